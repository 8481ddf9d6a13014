/** An object without inherited names: `__proto__` is a key like any other. */
export type Bare = Record<string, unknown>;

// An instance of a class has a fast shape; an object with a null prototype is a hash table.
const BareObject = function BareObject(): void {} as unknown as { new (): Bare; prototype: object };
BareObject.prototype = Object.create(null) as object;

/** An empty object without inherited names. */
export function bareObject(): Bare {
  return new BareObject();
}

/** Copies the keys of `source`, parsed from JSON, over those of `target`, one level deep; what is no object changes nothing. */
export function mergeInto(target: Bare, source: unknown): void {
  if (typeof source !== 'object' || source === null || Array.isArray(source)) return;
  for (const key in source) target[key] = (source as Bare)[key];
}

// Where a value may begin: a minus zero, an exponent, or 16 digits and more, a point among them or not.
const maybeInexact = /(?:^|[[:,\s])(?:-?(?:\d{16}|[\d.]{17}|[\d.]+[eE])|-0(?:\.0+)?(?![\d.]))/;
const rawJson = (JSON as unknown as { rawJSON(text: string): unknown }).rawJSON;

/**
 * Parses JSON so that `JSON.stringify` gives every number back as it came: one that a double does not hold exactly
 * becomes a raw value. Throws SyntaxError.
 */
export function parseExact(text: string): unknown {
  if (!maybeInexact.test(text)) return JSON.parse(text);
  const keep = (_key: string, value: unknown, context: { readonly source?: string }): unknown =>
    typeof value === 'number' && context.source !== undefined && String(value) !== context.source
      ? rawJson(context.source)
      : value;
  return JSON.parse(text, keep as (key: string, value: unknown) => unknown);
}

/** Whether `JSON.parse` may have lost digits of an object whose text this is; quick where the text is a compact one. */
export function needsExact(value: unknown, text: string): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return text.length - leastLength(value) >= leastSurplus && maybeInexact.test(text);
}

/**
 * A text is longer than the least one by so much if it lost digits to a number of at most twelve digits and three
 * decimals: below 16 digits none are lost, and with its point that is 17 characters, of which the least text counts five.
 */
const leastSurplus = 12;

/** What became 0 may be as short as `1e-400`. */
const zeroSurplus = 5;

/** The least length of the JSON of a value; less where a number is one that digits may have been lost of. */
function leastLength(value: unknown): number {
  switch (typeof value) {
    case 'string':
      return value.length + 2;
    case 'number':
      return leastDigits(value);
    case 'boolean':
      return 4;
    default:
  }
  if (value === null) return 4;
  let length = 1;
  if (Array.isArray(value)) {
    for (const part of value) length += 1 + leastLength(part);
  } else {
    for (const key in value) length += key.length + 4 + leastLength((value as Bare)[key]);
  }
  return length;
}

function leastDigits(value: number): number {
  const size = Math.abs(value);
  if (size === 0) return Object.is(value, 0) ? 1 + zeroSurplus - leastSurplus : Number.NEGATIVE_INFINITY;
  if (size >= 1e12 || Math.round(value * 1000) / 1000 !== value) return Number.NEGATIVE_INFINITY;
  // What is larger may be as short as `1e2`.
  const digits = size < 10 ? 1 : size < 100 ? 2 : 3;
  return Number.isInteger(size) ? digits : digits + 2;
}
