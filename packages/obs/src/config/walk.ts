import { check, shown } from './check.ts';
import type { ConfigProblem } from './configuration.ts';
import type { Key } from './keys.ts';
import { nearest } from './nearest.ts';
import { joinPath, keyByPath, namesBySection } from './tree.ts';

/** A place in a configuration: a node of a YAML file or a value given in code. */
export interface Item {
  /** Name and content of each entry in order, `undefined` where the item is no mapping. */
  entries(): readonly (readonly [name: string, item: Item, place: Place])[] | undefined;
  /** The plain value; may throw. */
  value(): unknown;
}

/** Where something stands in the file; empty for code. */
export interface Place {
  readonly line?: number | undefined;
  readonly column?: number | undefined;
}

/** What is valid in a source, by dotted path, and what is not. */
export interface Walked {
  readonly values: Map<string, unknown>;
  readonly problems: ConfigProblem[];
}

/** Reads all known keys below `observability`. `prefix` starts the names in messages, `file` stands before them. */
export function walk(root: Item, prefix: string, file?: string): Walked {
  const values = new Map<string, unknown>();
  const problems: ConfigProblem[] = [];
  readSection('', root, {});
  return { values, problems };

  function report(severity: ConfigProblem['severity'], path: string, text: string, place: Place): void {
    const position =
      file === undefined ? '' : `${file}${place.line === undefined ? '' : `:${place.line}:${place.column}`}: `;
    const name = path === '' ? prefix.slice(0, -1) : `${prefix}${path}`;
    const message = `${position}${name} ${text}`;
    problems.push({ severity, code: 'CONFIG_INVALID', message, path, file, ...place });
  }

  function readSection(section: string, item: Item, place: Place): void {
    const entries = item.entries();
    if (entries === undefined) {
      if (isEmpty(item)) report('warning', section, 'is empty and is ignored', place);
      else report('error', section, 'must be a mapping of keys to values; it is ignored', place);
      return;
    }
    const known = namesBySection.get(section)!;
    const seen = new Set<string>();
    for (const [name, child, childPlace] of entries) {
      const path = joinPath(section, name);
      const key = keyByPath.get(path);
      if (!known.has(name)) reportUnknown(path, name, childPlace);
      else if (seen.has(name)) reportDuplicate(path, childPlace);
      else if (key === undefined) readSection(path, child, childPlace);
      else readValue(key, child, childPlace);
      seen.add(name);
    }
  }

  function readValue(key: Key, item: Item, place: Place): void {
    let value: unknown;
    try {
      value = item.value();
    } catch (error) {
      report('error', key.path, `cannot be read: ${(error as Error).message}`, place);
      return;
    }
    if (value === undefined) return;
    if (value === null) {
      report('warning', key.path, 'is empty and is ignored', place);
      return;
    }
    const checked = check(key, value);
    if (checked.allowed === undefined) values.set(key.path, checked.value);
    else report('error', key.path, `must be ${checked.allowed}; found ${shown(key, value)}, which is ignored`, place);
  }

  function reportUnknown(path: string, name: string, place: Place): void {
    const guess = nearest(name, namesBySection.get(path.slice(0, -name.length - 1))!) ?? elsewhere(name);
    const hint = guess === undefined ? '' : `; did you mean ${guess}?`;
    report('warning', path, `is not a known key and is ignored${hint}`, place);
  }

  function reportDuplicate(path: string, place: Place): void {
    for (const known of values.keys()) if (known === path || known.startsWith(`${path}.`)) values.delete(known);
    report('error', path, 'stands here a second time; neither is used', place);
  }
}

function isEmpty(item: Item): boolean {
  try {
    const value = item.value();
    return value === null || value === undefined;
  } catch {
    return false;
  }
}

/** A key of that name in another section. */
function elsewhere(name: string): string | undefined {
  return [...keyByPath.keys()].find((path) => path.endsWith(`.${name}`));
}

/** A configuration given in code. */
export function codeItem(value: unknown): Item {
  return {
    value: () => value,
    entries() {
      if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
      const entries = Object.entries(value).filter(([, content]) => content !== undefined);
      return entries.map(([name, content]) => [name, codeItem(content), {}] as const);
    },
  };
}
