import { createHash } from 'node:crypto';
import type { Calendar } from '../budget/calendar.ts';
import { type CostRecord, toRecord } from '../entry.ts';
import { LedgerError } from '../errors.ts';
import { parseTime } from '../parse-time.ts';

/** A row of a foreign ledger, by the names of our columns; `cost` is in the unit of its column. */
export type ForeignRow = Readonly<Record<string, unknown>>;

/** Names under which other layouts keep what we need. */
const names = {
  cents: ['cost_cents'],
  dollars: ['cost_dollars', 'amount', 'cost_usd', 'cost'],
  time: ['occurred_at', 'timestamp', 'created_at', 'time', 'date'],
} as const;

export interface RowLayout {
  /** The column of the amount, and how many dollars one of it is. */
  readonly amount: string;
  readonly dollarsEach: number;
  readonly time: string;
  /** Stamps without a zone are UTC, not local. */
  readonly utc: boolean;
}

/** Finds amount and time in the columns of a table. Throws LedgerError `invalid_argument` where one is missing. */
export function layoutOf(columns: readonly string[]): RowLayout {
  const find = (candidates: readonly string[]): string | undefined => candidates.find((name) => columns.includes(name));
  const cents = find(names.cents);
  const amount = cents ?? find(names.dollars);
  const time = find(names.time);
  const missing = [
    ...(columns.includes('service') ? [] : ['service']),
    ...(amount === undefined ? [`an amount (${[...names.cents, ...names.dollars].join(', ')})`] : []),
    ...(time === undefined ? [`a time (${names.time.join(', ')})`] : []),
  ];
  if (amount === undefined || time === undefined || missing.length > 0) {
    throw new LedgerError(
      'invalid_argument',
      `There is no column for ${missing.join(' and ')}; columns are: ${columns.join(', ')}`,
    );
  }
  return { amount, dollarsEach: cents === undefined ? 1 : 0.01, time, utc: cents !== undefined };
}

export interface RowContext {
  readonly layout: RowLayout;
  /** The zone of stamps that name none. */
  readonly calendar: Calendar;
  /** What the same file is recognized by when it is imported again. */
  readonly source: string;
}

/** A foreign row as an entry. Throws LedgerError `invalid_argument` that says what is wrong; nothing is guessed. */
export function toImportedRecord(
  row: ForeignRow,
  number: number,
  { layout, calendar, source }: RowContext,
): CostRecord {
  const amount = amountOf(row[layout.amount]);
  if (amount === undefined) {
    throw new LedgerError('invalid_argument', `${layout.amount} is no amount: ${JSON.stringify(row[layout.amount])}`);
  }
  const timeMs = timeOf(row[layout.time], layout, calendar);
  if (timeMs === undefined) {
    throw new LedgerError('invalid_argument', `${layout.time} is no time: ${JSON.stringify(row[layout.time])}`);
  }
  const hash = createHash('sha256').update(JSON.stringify(row)).digest('hex').slice(0, 16);
  return toRecord(
    {
      service: text(row['service']) ?? '',
      operation: text(row['operation']) ?? 'unknown',
      costUsd: layout.dollarsEach === 1 ? amount : centsToDollars(amount),
      timeMs,
      externalId: text(row['external_id']) ?? `import:${source}:${number}:${hash}`,
      tier: integer(row['tier']),
      businessId: integer(row['business_id']),
      sessionId: text(row['session_id']),
      model: text(row['model']),
    },
    timeMs,
  );
}

/** A cent is 0.01 exactly where the decimal point is moved in the text. */
function centsToDollars(cents: number): number {
  const [digits, exponent = '0'] = String(cents).split('e');
  return Number(`${digits}e${Number(exponent) - 2}`);
}

function amountOf(value: unknown): number | undefined {
  if (typeof value === 'number') return Number.isFinite(value) && value >= 0 ? value : undefined;
  if (typeof value !== 'string' || !/^\d+(\.\d+)?$/.test(value.trim())) return undefined;
  return Number(value);
}

function timeOf(value: unknown, { utc }: RowLayout, calendar: Calendar): number | undefined {
  if (typeof value !== 'string') return undefined;
  if (/(Z|[+-]\d\d:?\d\d)$/.test(value.trim()) && value.includes(':')) {
    return parseTime(value);
  }
  return utc ? parseTime(`${value.trim()}Z`) : calendar.parseLocal(value);
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value.trim() !== '' ? value : undefined;
}

function integer(value: unknown): number | undefined {
  const number = value === null || value === '' || value === undefined ? Number.NaN : Number(value);
  return Number.isSafeInteger(number) ? number : undefined;
}
