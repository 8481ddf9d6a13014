import type { Origin, ResolvedConfiguration } from './configuration.ts';
import { type Key, keys } from './keys.ts';
import { hidden, maskUrl } from './mask.ts';
import { valueAt } from './tree.ts';

/** One key with its value, safe to be shown: secrets are masked, and so are passwords in URLs. */
export interface ShownValue {
  readonly path: string;
  /** `undefined` for a key without a value. */
  readonly value: unknown;
  readonly origin: Origin;
}

/** The configuration in force, in the order of the table. */
export function showConfiguration({ values, origins }: ResolvedConfiguration): readonly ShownValue[] {
  return keys.map((key) => ({
    path: key.path,
    value: masked(key, valueAt(values, key.path)),
    origin: origins[key.path] ?? 'default',
  }));
}

/** The configuration in force as text: one line for each key with its value and where that came from. */
export function formatConfiguration(resolved: ResolvedConfiguration): string {
  const rows = showConfiguration(resolved).map(({ path, value, origin }) => [path, text(value), origin] as const);
  const width = (column: 0 | 1): number => Math.max(...rows.map((row) => Math.min(row[column].length, 48)));
  const [pathWidth, valueWidth] = [width(0), width(1)];
  const lines = rows.map(
    ([path, value, origin]) => `${path.padEnd(pathWidth)}  ${value.padEnd(valueWidth)}  ${origin}`,
  );
  const missing = resolved.fileExists ? '' : ' (does not exist)';
  const file = resolved.file === undefined ? 'none' : `${resolved.file}${missing}`;
  return `file: ${file}\n\n${lines.join('\n')}\n`;
}

function masked(key: Key, value: unknown): unknown {
  if (value === undefined) return undefined;
  if (!key.secret) return typeof value === 'string' ? maskUrl(value) : value;
  if (typeof value !== 'object' || value === null) return hidden;
  return Object.fromEntries(Object.keys(value).map((name) => [name, hidden]));
}

function text(value: unknown): string {
  if (value === undefined) return '-';
  return typeof value === 'string' ? value : JSON.stringify(value);
}
