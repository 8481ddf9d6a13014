type Reviver = (this: unknown, key: string, value: unknown, context: { readonly source?: string }) => unknown;

const parse = JSON.parse as (text: string, reviver: Reviver) => unknown;

/**
 * Parses JSON with integers beyond 2^53 as BigInt: Unix nanoseconds would otherwise be rounded to multiples of 256.
 * Throws SyntaxError. JSON without a number of 16 digits is parsed at full speed.
 */
export function parseExactJson(text: string): unknown {
  if (!/\d{16}/.test(text)) return JSON.parse(text);
  return parse(text, (_key, value, { source }) =>
    typeof value === 'number' && !Number.isSafeInteger(value) && source !== undefined && /^-?\d+$/.test(source)
      ? BigInt(source)
      : value,
  );
}
