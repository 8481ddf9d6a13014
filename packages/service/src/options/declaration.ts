interface Declared {
  /** One sentence for `--help`. */
  readonly description: string;
  /** Long flag without dashes; default is the key in kebab-case. `false`: no flag. */
  readonly flag?: string | false;
  /** One letter, for instance `p` for `-p`. */
  readonly short?: string;
  /** The environment variable that sets it. */
  readonly env?: string;
  /** Key in the configuration file; default is the option's key in snake_case. `false`: not settable there. */
  readonly fileKey?: string | false;
  /** Missing from flags, environment and file is an error. */
  readonly required?: boolean;
  /** Its value is never printed. */
  readonly secret?: boolean;
  /** How `--help` names the value, for instance `file`. */
  readonly valueName?: string;
}

/** One option of a command: its flag, environment variable, key in a file, help, type, bounds and default. */
export type OptionDeclaration = Declared &
  (
    | { readonly type: 'string'; readonly default?: string }
    | {
        readonly type: 'integer' | 'number';
        readonly default?: number;
        readonly minimum?: number;
        readonly maximum?: number;
        /** `minimum` itself is not allowed. */
        readonly aboveMinimum?: boolean;
      }
    /** Default false. Flags are `--x`, `--x=false` and `--no-x`. */
    | { readonly type: 'boolean'; readonly default?: boolean }
    /** Milliseconds; written `250ms`, `5s`, `1m30s`, `2h`, `7d`; a bare number is milliseconds. */
    | { readonly type: 'duration'; readonly default?: number; readonly minimum?: number; readonly maximum?: number }
    | {
        readonly type: 'choice';
        readonly values: readonly string[];
        readonly default?: string;
        /** Upper and lower case are the same. */
        readonly ignoreCase?: boolean;
      }
    /** Repeatable flag; values in the environment are separated by commas. Default empty. */
    | { readonly type: 'list'; readonly default?: readonly string[] }
  );

/** All options of a command, by the name that code uses. */
export type OptionDeclarations = Readonly<Record<string, OptionDeclaration>>;

type Value<D> = D extends { readonly type: 'boolean' }
  ? boolean
  : D extends { readonly type: 'list' }
    ? readonly string[]
    : D extends { readonly type: 'choice'; readonly values: infer V extends readonly string[] }
      ? V[number] | Missing<D>
      : D extends { readonly type: 'string' }
        ? string | Missing<D>
        : number | Missing<D>;

type Missing<D> = D extends { readonly default: string | number } | { readonly required: true } ? never : undefined;

/** The typed result: `undefined` only where an option has neither a default nor `required`. */
export type OptionValues<D extends OptionDeclarations> = { readonly [K in keyof D]: Value<D[K]> };

/**
 * Checks declarations once and returns them as they are: two options may not share a flag, a letter, a variable or a
 * file key, and a default obeys its own bounds.
 * Throws TypeError, as that is a mistake in code.
 */
export function defineOptions<const D extends OptionDeclarations>(declarations: D): D {
  const taken = new Map<string, string>();
  for (const [key, declaration] of Object.entries(declarations)) {
    const flag = flagOf(key, declaration);
    const names = [flag && `--${flag}`, declaration.short && `-${declaration.short}`, declaration.env];
    const fileKey = fileKeyOf(key, declaration);
    if (fileKey !== undefined) names.push(`file key ${fileKey}`);
    for (const name of names) {
      if (!name) continue;
      const other = taken.get(name);
      if (other !== undefined) throw new TypeError(`Options ${other} and ${key} share ${name}`);
      taken.set(name, key);
    }
    if (declaration.type === 'choice' && declaration.default !== undefined) {
      if (!declaration.values.includes(declaration.default)) throw new TypeError(`The default of ${key} is no choice`);
    }
  }
  return declarations;
}

/** The long flag without dashes, if it has one. */
export function flagOf(key: string, declaration: OptionDeclaration): string | undefined {
  if (declaration.flag === false) return undefined;
  return declaration.flag ?? key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

/** The key in a configuration file, if it has one. */
export function fileKeyOf(key: string, declaration: OptionDeclaration): string | undefined {
  if (declaration.fileKey === false) return undefined;
  return declaration.fileKey ?? key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
