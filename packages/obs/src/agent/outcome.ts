import type { Outcome } from '../context/follow/watch.ts';
import { attempt, isObject } from '../context/guard.ts';
import type { Status } from '../record.ts';

const cancellations = new Set(['AbortError', 'APIUserAbortError', 'ResponseAborted']);

/** Whether an error says that the caller itself called the work off. Never throws. */
function isCancellation(error: unknown): boolean {
  return (
    attempt(() => {
      if (!isObject(error)) return false;
      // Errors of the OpenAI SDK keep the name "Error": there only the class tells.
      return cancellations.has(String(error['name'])) || cancellations.has(errorType(error));
    }) ?? false
  );
}

/** The status of an ending that nobody has overridden. */
export function statusOf(outcome: Outcome): Status {
  if (outcome.ending === 'completed') return 'success';
  if (outcome.ending === 'failed') return isCancellation(outcome.error) ? 'cancelled' : 'error';
  return 'cancelled';
}

/** The class of an error, for `error.type`: low in cardinality, `_OTHER` when it has none. Never throws. */
export function errorType(error: unknown): string {
  return (
    attempt(() => {
      if (!isObject(error)) return '_OTHER';
      const type = error['constructor'];
      const name = typeof type === 'function' && type !== Object ? type.name : '';
      return (name !== '' ? name : String(error['name'] ?? '_OTHER')).slice(0, 100);
    }) ?? '_OTHER'
  );
}

/** Causes that are told of one error. */
const maximumCauses = 3;

/**
 * What an error (or any other thrown value) says in words, with its causes in brackets: "Connection error. (connect
 * ECONNREFUSED 127.0.0.1:1)". Of the errors of an `AggregateError`, which often says nothing itself, the first is a cause.
 * Unredacted. Never throws.
 */
export function errorText(error: unknown, causes: number = maximumCauses): string {
  return (
    attempt(() => {
      if (typeof error === 'string') return error;
      if (!isObject(error)) return String(error);
      const message = error['message'];
      const own = typeof message === 'string' && message !== '' ? message : errorType(error);
      const cause = error['cause'] ?? firstOf(error['errors']);
      if (!isObject(cause) || causes === 0) return own;
      const why = errorText(cause, causes - 1);
      return own.includes(why) ? own : `${own} (${why})`;
    }) ?? 'unreadable error'
  );
}

function firstOf(errors: unknown): unknown {
  return Array.isArray(errors) ? errors[0] : undefined;
}
