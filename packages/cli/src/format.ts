/** `$0.0123`: four decimals below a dollar, two above. */
export function dollars(usd: number): string {
  return `$${usd.toFixed(usd < 1 ? 4 : 2)}`;
}

/** `12.3k` above ten thousand. */
export function tokens(count: number): string {
  return count < 10_000 ? String(Math.round(count)) : `${(count / 1000).toFixed(1)}k`;
}

/** `850 ms`, `12.3 s`, `4 min 10 s`. */
export function elapsed(milliseconds: number): string {
  if (milliseconds < 1000) return `${Math.round(milliseconds)} ms`;
  if (milliseconds < 60_000) return `${(milliseconds / 1000).toFixed(1)} s`;
  return `${Math.floor(milliseconds / 60_000)} min ${Math.floor((milliseconds % 60_000) / 1000)} s`;
}

/** `1 error`, `2 errors`. */
export function counted(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}
