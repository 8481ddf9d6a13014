/** Micro-dollars in a dollar: the unit in which money is kept, so that sums are exact. */
export const microPerDollar = 1_000_000;

/** Whole micro-dollars of an amount, its shortest decimal spelling rounded half away from zero. */
export function toMicroUsd(usd: number): number {
  const [digits, exponent = '0'] = String(Math.abs(usd)).split('e');
  // Shifting the decimal point in the text keeps 0.0000015 from becoming 1.4999999999999998.
  return Math.sign(usd) * Math.round(Number(`${digits}e${Number(exponent) + 6}`)) || 0;
}

/** Dollars with at most six decimals. */
export function toUsd(microUsd: number): number {
  return microUsd / microPerDollar;
}

/** `$45.00`; more decimals, up to six, only where there are any: `$0.000125`. */
export function formatUsd(microUsd: number): string {
  const [whole, decimals] = (microUsd / microPerDollar).toFixed(6).split('.') as [string, string];
  return `$${whole}.${decimals.slice(0, 2)}${decimals.slice(2).replace(/0+$/, '')}`;
}

/** `90.0%`, rounded down, so that what is just below a limit never reads as the limit. */
export function formatPercent(percent: number): string {
  return `${(Math.floor(percent * 10 + 1e-9) / 10).toFixed(1)}%`;
}
