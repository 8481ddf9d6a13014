import { type Key, keys } from './keys.ts';

/** Every key by its dotted path. */
export const keyByPath: ReadonlyMap<string, Key> = new Map(keys.map((key) => [key.path, key]));

/** The names below a section, by the dotted path of the section; the root is ''. */
export const namesBySection: ReadonlyMap<string, ReadonlySet<string>> = sections();

function sections(): Map<string, Set<string>> {
  const names = new Map<string, Set<string>>();
  for (const { path } of keys) {
    let section = '';
    for (const name of path.split('.')) {
      const known = names.get(section) ?? new Set();
      names.set(section, known.add(name));
      section = joinPath(section, name);
    }
  }
  return names;
}

/** `section.name`, or the name alone at the root. */
export function joinPath(section: string, name: string): string {
  return section === '' ? name : `${section}.${name}`;
}

/** Nested objects from values by dotted path. */
export function nest(values: ReadonlyMap<string, unknown>): Record<string, unknown> {
  const root: Record<string, unknown> = {};
  for (const [path, value] of values) {
    const names = path.split('.');
    const last = names.pop()!;
    let section = root;
    for (const name of names) section = (section[name] ??= {}) as Record<string, unknown>;
    section[last] = value;
  }
  return root;
}

/** The value at a dotted path of nested objects. */
export function valueAt(root: object, path: string): unknown {
  let value: unknown = root;
  for (const name of path.split('.')) value = (value as Record<string, unknown> | undefined)?.[name];
  return value;
}

/** Freezes a value and everything in it. */
export function deepFreeze<Value>(value: Value): Value {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.values(Object.freeze(value)).forEach(deepFreeze);
  }
  return value;
}
