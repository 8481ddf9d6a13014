import { LedgerError } from '../errors.ts';
import type { TimeRange } from '../store/cost-store.ts';

/** `custom` needs `start` and `end`, calendar dates that are both included. */
export interface PeriodRequest {
  readonly period: 'day' | 'week' | 'month' | 'custom';
  readonly start?: string | undefined;
  readonly end?: string | undefined;
}

/** A stretch of local calendar days. */
export interface Period extends TimeRange {
  readonly name: PeriodRequest['period'];
  /** First and last day, `YYYY-MM-DD`. */
  readonly start: string;
  readonly end: string;
}

interface Day {
  readonly year: number;
  readonly month: number;
  readonly day: number;
}

/** Days, weeks (from Monday) and months of a named time zone, days of 23 and 25 hours included. */
export class Calendar {
  readonly timeZone: string;
  readonly #format: Intl.DateTimeFormat;
  #today: (TimeRange & { readonly date: Day }) | undefined;

  /** Throws LedgerError `invalid_argument` for a name that is no IANA time zone. */
  constructor(timeZone: string) {
    try {
      this.#format = new Intl.DateTimeFormat('en-US', {
        timeZone,
        calendar: 'iso8601',
        hourCycle: 'h23',
        year: 'numeric',
        month: 'numeric',
        day: 'numeric',
        hour: 'numeric',
        minute: 'numeric',
        second: 'numeric',
      });
    } catch (error) {
      const message = `BUDGET_TIMEZONE must be an IANA time zone such as Europe/Berlin, but is ${JSON.stringify(timeZone)}`;
      throw new LedgerError('invalid_argument', message, { cause: error });
    }
    this.timeZone = timeZone;
  }

  /** The calendar day of a moment, `2026-11-21`. */
  dayOf(timeMs: number): string {
    return dateText(this.#dayAt(timeMs).date);
  }

  /** The calendar month of a moment, `2026-11`. */
  monthOf(timeMs: number): string {
    return this.dayOf(timeMs).slice(0, 7);
  }

  /** The day so far: from its first moment to now, included. */
  day(nowMs: number): Period {
    const { fromMs, date } = this.#dayAt(nowMs);
    return { name: 'day', fromMs, toMs: nowMs + 1, start: dateText(date), end: dateText(date) };
  }

  /** The month so far. */
  month(nowMs: number): Period {
    const { date } = this.#dayAt(nowMs);
    return this.#since('month', { ...date, day: 1 }, nowMs);
  }

  /** The period that a request names. Throws LedgerError `invalid_argument` for wrong or missing dates. */
  period({ period, start, end }: PeriodRequest, nowMs: number): Period {
    const { date } = this.#dayAt(nowMs);
    switch (period) {
      case 'day':
        return this.day(nowMs);
      case 'week': {
        const weekday = new Date(Date.UTC(date.year, date.month - 1, date.day)).getUTCDay();
        return this.#since('week', addDays(date, -((weekday + 6) % 7)), nowMs);
      }
      case 'month':
        return this.month(nowMs);
      case 'custom':
        return this.#between(start, end);
      default:
        throw new LedgerError(
          'invalid_argument',
          `period must be day, week, month or custom, but is ${JSON.stringify(period)}`,
        );
    }
  }

  /** A moment that is written in local time, without a zone: `2025-05-20 10:00:00`. `undefined` when it is none. */
  parseLocal(text: string): number | undefined {
    const match = /^(\d{4}-\d\d-\d\d)(?:[ T](\d\d):(\d\d)(?::(\d\d)(\.\d+)?)?)?$/.exec(text.trim());
    const date = match && parseDate(match[1]);
    if (!match || !date) return undefined;
    const [hour, minute, second] = [2, 3, 4].map((group) => Number(match[group] ?? 0)) as [number, number, number];
    if (hour > 23 || minute > 59 || second > 59) return undefined;
    const wall = Date.UTC(date.year, date.month - 1, date.day, hour, minute, second);
    return this.#utcOf(wall) + Math.floor(Number(match[5] ?? 0) * 1000);
  }

  #since(name: Period['name'], first: Day, nowMs: number): Period {
    const { date } = this.#dayAt(nowMs);
    return { name, fromMs: this.#startOf(first), toMs: nowMs + 1, start: dateText(first), end: dateText(date) };
  }

  #between(start: string | undefined, end: string | undefined): Period {
    const [first, last] = [parseDate(start), parseDate(end)];
    if (!first || !last) {
      throw new LedgerError('invalid_argument', 'a custom period needs a start and an end date, both as YYYY-MM-DD');
    }
    const [from, to] = [dateText(first), dateText(last)];
    if (from > to) throw new LedgerError('invalid_argument', `the period begins on ${from}, after its end on ${to}`);
    const toMs = this.#startOf(addDays(last, 1));
    return { name: 'custom', fromMs: this.#startOf(first), toMs, start: from, end: to };
  }

  #dayAt(timeMs: number): TimeRange & { readonly date: Day } {
    const known = this.#today;
    if (known !== undefined && timeMs >= known.fromMs && timeMs < known.toMs) return known;
    const { year, month, day } = this.#wallOf(timeMs);
    const date = { year, month, day };
    this.#today = { date, fromMs: this.#startOf(date), toMs: this.#startOf(addDays(date, 1)) };
    return this.#today;
  }

  /** The first moment of a day. Where midnight does not exist that is later; where it exists twice, the first one. */
  #startOf(date: Day): number {
    const wall = Date.UTC(date.year, date.month - 1, date.day);
    const text = dateText(date);
    const candidates = [-1, 1].map((side) => wall - this.#offset(wall + side * 86_400_000)).sort((a, b) => a - b);
    return candidates.find((time) => dateText(this.#wallOf(time)) === text) ?? candidates[1]!;
  }

  #utcOf(wall: number): number {
    const before = wall - this.#offset(wall - 86_400_000);
    const after = wall - this.#offset(wall + 86_400_000);
    return before + this.#offset(before) === wall ? before : after;
  }

  /** Milliseconds by which local time is ahead of UTC. */
  #offset(timeMs: number): number {
    const { year, month, day, hour, minute, second } = this.#wallOf(timeMs);
    return Date.UTC(year, month - 1, day, hour, minute, second) - Math.floor(timeMs / 1000) * 1000;
  }

  #wallOf(timeMs: number): Day & { readonly hour: number; readonly minute: number; readonly second: number } {
    const parts: Record<string, number> = {};
    for (const { type, value } of this.#format.formatToParts(timeMs)) parts[type] = Number(value);
    const { year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0 } = parts;
    return { year, month, day, hour, minute, second };
  }
}

/** The name of the time zone of this machine. */
export function machineTimeZone(): string {
  return new Intl.DateTimeFormat().resolvedOptions().timeZone;
}

function parseDate(text: string | undefined): Day | undefined {
  const match = /^(\d{4})-(\d\d)-(\d\d)$/.exec(text ?? '');
  if (!match) return undefined;
  const day = { year: Number(match[1]), month: Number(match[2]), day: Number(match[3]) };
  return dateText(addDays(day, 0)) === text ? day : undefined;
}

function addDays({ year, month, day }: Day, days: number): Day {
  const date = new Date(Date.UTC(year, month - 1, day + days));
  return { year: date.getUTCFullYear(), month: date.getUTCMonth() + 1, day: date.getUTCDate() };
}

function dateText({ year, month, day }: Day): string {
  return `${String(year).padStart(4, '0')}-${String(month).padStart(2, '0')}-${String(day).padStart(2, '0')}`;
}
