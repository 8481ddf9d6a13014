/**
 * A float in fixed notation with exactly six decimals, rounded from its exact binary value, ties to even, and without a
 * negative zero; `NaN`, `+Inf` and `-Inf` as OpenMetrics writes them.
 */
export function sixDecimals(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? '+Inf' : '-Inf';
  const digits = magnitudeText(Math.abs(value));
  return value < 0 && /[1-9]/.test(digits) ? `-${digits}` : digits;
}

/** An integer as plain decimal digits, however large. */
export function plainInteger(value: number): string {
  return value < 1e21 ? String(value) : BigInt(value).toString();
}

function magnitudeText(magnitude: number): string {
  if (magnitude >= 1e21) return `${BigInt(magnitude)}.000000`;
  const text = magnitude.toFixed(6);
  // Only odd multiples of 1/128 lie exactly between two values of six decimals; there toFixed rounds up.
  const isTie = (magnitude * 128) % 2 === 1;
  const last = Number(text.at(-1));
  return isTie && last % 2 === 1 ? `${text.slice(0, -1)}${last - 1}` : text;
}
