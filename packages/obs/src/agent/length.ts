import { attempt } from '../context/guard.ts';

const maximumNodes = 10_000;

/**
 * About how long a value is as text: exact for strings, near to JSON's length for the rest. Looks at no more than
 * 10 000 nodes, calls no `toJSON`, never throws.
 */
export function textLength(value: unknown): number {
  if (typeof value === 'string') return value.length;
  return attempt(() => measure(value)) ?? 0;
}

function measure(root: unknown): number {
  const waiting: unknown[] = [root];
  const seen = new Set<object>();
  let length = 0;
  for (let nodes = 0; waiting.length > 0 && nodes < maximumNodes; nodes += 1) {
    const value = waiting.pop();
    if (typeof value === 'string') length += value.length + (value === root ? 0 : 2);
    else if (typeof value !== 'object' || value === null) length += value === undefined ? 0 : String(value).length;
    else if (ArrayBuffer.isView(value)) length += value.byteLength;
    else if (!seen.has(value)) {
      seen.add(value);
      length += open(value, waiting);
    }
  }
  return length;
}

/** Puts what is inside on the pile and tells the length of brackets, keys and commas. */
function open(value: object, waiting: unknown[]): number {
  if (Array.isArray(value)) {
    for (let index = 0; index < value.length && waiting.length < maximumNodes; index += 1) waiting.push(value[index]);
    return 2 + Math.max(0, value.length - 1);
  }
  let length = 2;
  for (const key of Object.keys(value)) {
    if (waiting.length >= maximumNodes) break;
    length += key.length + 4;
    const inside = attempt(() => Reflect.get(value, key));
    if (typeof inside !== 'function') waiting.push(inside);
  }
  return length;
}
