import { LedgerError } from './errors.ts';
import { toMicroUsd } from './money.ts';

/** Money that was spent. */
export interface CostEntry {
  readonly service: string;
  readonly operation: string;
  /** US dollars, 0 to 1e9. */
  readonly costUsd: number;
  /** Unix milliseconds; default now. */
  readonly timeMs?: number | undefined;
  /** A second entry of the same id adds nothing: what is retried is counted once. */
  readonly externalId?: string | undefined;
  readonly tier?: number | undefined;
  readonly businessId?: number | undefined;
  readonly sessionId?: string | undefined;
  readonly model?: string | undefined;
}

/** An entry as stores keep it. */
export interface CostRecord {
  readonly service: string;
  readonly operation: string;
  /** A whole number, 0 or more. */
  readonly microUsd: number;
  readonly timeMs: number;
  readonly externalId: string | null;
  readonly tier: number | null;
  readonly businessId: number | null;
  readonly sessionId: string | null;
  readonly model: string | null;
}

const maximumUsd = 1e9;
const maximumLength = 256;
/** Years 0 to 9999, where ISO 8601 text sorts as time. */
const earliestMs: number = Date.UTC(1970, 0, 1);
const latestMs: number = Date.UTC(9999, 11, 31);

/** Checks an entry. Throws LedgerError `invalid_argument` that names the field, what is allowed and what was found. */
export function toRecord(entry: CostEntry, nowMs: number): CostRecord {
  if (typeof entry !== 'object' || entry === null) throw invalid('an entry', 'an object', entry);
  const { costUsd, timeMs = nowMs } = entry;
  if (typeof costUsd !== 'number' || !(costUsd >= 0 && costUsd <= maximumUsd)) {
    throw invalid('cost_dollars', 'a number from 0 to 1000000000', costUsd);
  }
  if (typeof timeMs !== 'number' || !(timeMs >= earliestMs && timeMs <= latestMs)) {
    throw invalid('the time', 'between the years 1970 and 9999', timeMs);
  }
  return {
    service: requiredText('service', entry.service),
    operation: requiredText('operation', entry.operation),
    microUsd: toMicroUsd(costUsd),
    timeMs: Math.floor(timeMs),
    externalId: optionalText('external_id', entry.externalId),
    tier: optionalInteger('tier', entry.tier),
    businessId: optionalInteger('business_id', entry.businessId),
    sessionId: optionalText('session_id', entry.sessionId),
    model: optionalText('model', entry.model),
  };
}

/** A name of a service or operation. Throws LedgerError `invalid_argument`. */
export function requiredText(field: string, value: unknown): string {
  const text = typeof value === 'string' ? value.trim() : '';
  if (text === '' || text.length > maximumLength || text.includes('\0')) {
    throw invalid(field, `text of 1 to ${maximumLength} characters`, value);
  }
  return text.toWellFormed();
}

function optionalText(field: string, value: unknown): string | null {
  return value === undefined || value === null ? null : requiredText(field, value);
}

function optionalInteger(field: string, value: unknown): number | null {
  if (value === undefined || value === null) return null;
  if (!Number.isSafeInteger(value)) throw invalid(field, 'an integer', value);
  return value as number;
}

function invalid(field: string, allowed: string, found: unknown): LedgerError {
  const shown = typeof found === 'string' ? JSON.stringify(found.slice(0, 40)) : String(found);
  return new LedgerError('invalid_argument', `${field} must be ${allowed}, but is ${shown}`);
}
