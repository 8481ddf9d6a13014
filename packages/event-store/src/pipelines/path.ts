/** The value at a path inside a JSON value; `undefined` where there is none. Inherited names are none. */
export function valueAt(value: unknown, path: readonly string[]): unknown {
  for (const key of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
    value = (value as Record<string, unknown>)[key];
  }
  return value;
}

/** A copy of a JSON value with another value at a path that exists; what is off the path is shared. */
export function withValueAt(value: unknown, path: readonly string[], put: unknown): unknown {
  const [key, ...rest] = path;
  if (key === undefined) return put;
  const copy = Array.isArray(value) ? [...value] : { ...(value as object) };
  Object.defineProperty(copy, key, {
    value: withValueAt((value as Record<string, unknown>)[key], rest, put),
    enumerable: true,
    configurable: true,
    writable: true,
  });
  return copy;
}
