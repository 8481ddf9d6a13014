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

const manyDigits = /\d{16}|\d[eE]/;
const rawJson = (JSON as unknown as { rawJSON(text: string): unknown }).rawJSON;

/**
 * Parses JSON so that `JSON.stringify` gives every number back as it came: one that a double does not hold exactly
 * becomes a raw value. Throws SyntaxError.
 */
export function parseExact(text: string): unknown {
  if (!manyDigits.test(text)) return JSON.parse(text);
  const keep = (_key: string, value: unknown, context: { readonly source?: string }): unknown =>
    typeof value === 'number' && context.source !== undefined && String(value) !== context.source
      ? rawJson(context.source)
      : value;
  return JSON.parse(text, keep as (key: string, value: unknown) => unknown);
}

/** Whether `JSON.parse` may have lost digits of a value whose text this is; flat objects with short numbers are quick. */
export function needsExact(value: unknown, text: string): boolean {
  if (typeof value !== 'object' || value === null) return false;
  for (const key in value) {
    const part = (value as Bare)[key];
    if (typeof part === 'string' || typeof part === 'boolean' || part === null) continue;
    if (typeof part !== 'number' || !isShort(part)) return manyDigits.test(text);
  }
  return false;
}

/** Whether a number is surely the one that its text said: a safe integer, or one with three decimals at most. */
function isShort(value: number): boolean {
  return Math.abs(value) < 1e12 && Math.round(value * 1000) / 1000 === value;
}
