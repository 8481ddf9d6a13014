const maximumDepth = 8;
/** More than a span that is kept can hold. */
const maximumNodes = 131_072;

/**
 * A bounded copy of a structured attribute value, which every encoder can write: the program may go on to change its own,
 * and that may be cyclic, or throw when it is read. `cutText` bounds each text. Never throws.
 */
export function plainValue(value: object, cutText: (text: string) => string): unknown {
  let nodes = 0;
  const visit = (one: unknown, depth: number): unknown => {
    nodes += 1;
    if (typeof one === 'string') return cutText(one);
    if (typeof one === 'bigint' || typeof one === 'symbol' || typeof one === 'function') return cutText(String(one));
    if (typeof one !== 'object' || one === null || one instanceof Uint8Array) return one;
    if (depth >= maximumDepth || nodes > maximumNodes) return '…';
    if (Array.isArray(one)) return one.map((item) => visit(item, depth + 1));
    const copy: Record<string, unknown> = {};
    for (const key of Object.keys(one)) copy[key] = visit(Reflect.get(one, key), depth + 1);
    return copy;
  };
  try {
    return visit(value, 0);
  } catch {
    return 'unreadable value';
  }
}
