/** Longer than any call: beyond it sums lose their meaning. 31 years in milliseconds. */
const maximumDurationMs = 1e12;

/** More than any call costs, and than any count of iterations. */
const maximumAmount = 1e9;

/** Whether a value is a duration that a histogram may take, milliseconds. */
export function isDuration(value: unknown): value is number {
  return typeof value === 'number' && value >= 0 && value <= maximumDurationMs;
}

/** Whether a value is a sensible amount of dollars or iterations. */
export function isAmount(value: unknown): value is number {
  return typeof value === 'number' && value >= 0 && value <= maximumAmount;
}

/** Whether a value is a token count as providers report it: whole, and below 2^32. */
export function isTokenCount(value: unknown): value is number {
  return typeof value === 'number' && value >>> 0 === value;
}
