import { UsageError } from '../errors.ts';
import { nearest } from '../nearest.ts';
import {
  fileKeyOf,
  flagOf,
  type OptionDeclaration,
  type OptionDeclarations,
  type OptionValues,
} from './declaration.ts';
import { describeAllowed, type OptionValue, parseValue } from './parse-value.ts';

/** What a configuration file says, by file key, with the place of each value for messages. */
export interface OptionFile {
  readonly path: string;
  readonly values: Readonly<Record<string, unknown>>;
  readonly lines: Readonly<Record<string, number>>;
  /** Why nothing was found in it, where that is odd. */
  readonly warning?: string;
}

export interface OptionSources {
  /** By option key: text as given on the command line; a list option has one item per flag. */
  readonly flags?: Readonly<Record<string, unknown>>;
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly file?: OptionFile | undefined;
}

export interface ResolvedOptions<D extends OptionDeclarations> {
  readonly values: OptionValues<D>;
  /** Where each value came from. */
  readonly origins: { readonly [K in keyof D]: 'flag' | 'environment' | 'file' | 'default' };
  /** For instance unknown keys of the file. */
  readonly warnings: readonly string[];
}

interface Found {
  readonly value: unknown;
  readonly origin: 'flag' | 'environment' | 'file';
  /** How an error names the place. */
  readonly place: string;
}

/**
 * The value of each option: flag, else environment, else file, else default. An empty environment variable is not set.
 * Throws UsageError that names the place, the value found and what is allowed.
 */
export function resolveOptions<const D extends OptionDeclarations>(
  declarations: D,
  sources: OptionSources,
): ResolvedOptions<D> {
  const values: Record<string, OptionValue | undefined> = {};
  const origins: Record<string, string> = {};
  for (const [key, declaration] of Object.entries(declarations)) {
    const found = find(key, declaration, sources);
    values[key] = found === undefined ? fallback(key, declaration) : parse(declaration, found);
    origins[key] = found?.origin ?? 'default';
  }
  return {
    values: values as OptionValues<D>,
    origins: origins as ResolvedOptions<D>['origins'],
    warnings: sources.file === undefined ? [] : fileWarnings(declarations, sources.file),
  };
}

function find(key: string, declaration: OptionDeclaration, sources: OptionSources): Found | undefined {
  const flag = sources.flags?.[key];
  if (flag !== undefined) return { value: flag, origin: 'flag', place: `--${flagOf(key, declaration)}` };
  const variable = declaration.env === undefined ? undefined : sources.env?.[declaration.env];
  if (variable !== undefined && variable !== '') {
    return { value: variable, origin: 'environment', place: `Environment variable ${declaration.env}` };
  }
  const fileKey = fileKeyOf(key, declaration);
  const { file } = sources;
  if (file === undefined || fileKey === undefined) return undefined;
  const value = file.values[fileKey];
  if (value === undefined || value === null) return undefined;
  const line = file.lines[fileKey];
  return { value, origin: 'file', place: `${file.path}${line === undefined ? '' : `:${line}`}: ${fileKey}` };
}

function parse(declaration: OptionDeclaration, found: Found): OptionValue {
  const value = parseValue(declaration, found.value);
  if (value !== undefined) return value;
  const shown = declaration.secret ? 'the value found' : JSON.stringify(found.value);
  throw new UsageError(`${found.place} must be ${describeAllowed(declaration)}, but is ${shown}`);
}

function fallback(key: string, declaration: OptionDeclaration): OptionValue | undefined {
  if (declaration.default !== undefined) return declaration.default;
  if (declaration.required) {
    const flag = flagOf(key, declaration);
    const ways = [flag && `--${flag}`, declaration.env].filter((way) => way !== undefined);
    throw new UsageError(`${ways.join(' or ') || key} is required`);
  }
  if (declaration.type === 'boolean') return false;
  return declaration.type === 'list' ? [] : undefined;
}

function fileWarnings(declarations: OptionDeclarations, file: OptionFile): string[] {
  if (file.warning !== undefined) return [file.warning];
  const known = Object.entries(declarations).flatMap(([key, declaration]) => fileKeyOf(key, declaration) ?? []);
  return Object.keys(file.values)
    .filter((key) => !known.includes(key))
    .map((key) => {
      const close = nearest(key, known);
      const line = file.lines[key];
      const place = `${file.path}${line === undefined ? '' : `:${line}`}`;
      return `${place}: unknown key ${key}${close === undefined ? '' : `; did you mean ${close}?`}`;
    });
}
