import type { TimeRange } from './cost-store.ts';
import type { SqlValue } from './sql-driver.ts';

const quarterSeconds = 900;
const daySeconds = 86_400;

/** Unix seconds at which the quarter of an hour, and the day, of a time began. */
export function startsOf(timeMs: number): { readonly quarter: number; readonly day: number } {
  const seconds = Math.floor(timeMs / 1000);
  return { quarter: floor(seconds, quarterSeconds), day: floor(seconds, daySeconds) };
}

/**
 * The parameters of `rangeRows` for a range: whole days in the middle, quarters of an hour around them, and the entries
 * that the outermost quarters hold beyond the range.
 */
export function rangeParameters({ fromMs, toMs }: TimeRange): SqlValue[] {
  const first = floor(fromMs / 1000, quarterSeconds);
  const last = Math.max(ceil(toMs / 1000, quarterSeconds), first);
  const firstDay = ceil(first, daySeconds);
  const lastDay = floor(last, daySeconds);
  const [from, to] = firstDay < lastDay ? [firstDay, lastDay] : [last, last];
  return [first, from, to, last, iso(first * 1000), iso(fromMs), iso(toMs), iso(last * 1000)];
}

/** Rows whose amounts and entries add up to a range; takes the parameters $1 to $8 of `rangeParameters`. */
export const rangeRows: string = `
  SELECT service, operation, amount_microusd, entries FROM cost_totals
    WHERE span_seconds = ${daySeconds} AND start_seconds >= $2 AND start_seconds < $3
  UNION ALL SELECT service, operation, amount_microusd, entries FROM cost_totals
    WHERE span_seconds = ${quarterSeconds} AND start_seconds >= $1 AND start_seconds < $2
  UNION ALL SELECT service, operation, amount_microusd, entries FROM cost_totals
    WHERE span_seconds = ${quarterSeconds} AND start_seconds >= $3 AND start_seconds < $4
  UNION ALL SELECT service, operation, -amount_microusd, -1 FROM cost_tracking
    WHERE occurred_at >= $5 AND occurred_at < $6
  UNION ALL SELECT service, operation, -amount_microusd, -1 FROM cost_tracking
    WHERE occurred_at >= $7 AND occurred_at < $8`;

/** The last millisecond whose ISO 8601 text sorts as time. */
const latestMs: number = Date.UTC(10_000, 0) - 1;

/** ISO 8601 in UTC with milliseconds, as entries keep their time. */
export function iso(timeMs: number): string {
  return new Date(Math.min(timeMs, latestMs)).toISOString();
}

function floor(seconds: number, step: number): number {
  return Math.floor(seconds / step) * step;
}

function ceil(seconds: number, step: number): number {
  return Math.ceil(seconds / step) * step;
}
