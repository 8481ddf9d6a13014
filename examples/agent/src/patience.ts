import { setTimeout as pause } from 'node:timers/promises';
import { APIConnectionError, APIError } from 'openai';

export interface Patience {
  /** How often to try again after the first time. */
  readonly maxRetries: number;
  readonly signal?: AbortSignal | undefined;
  /** Told about each failure that is followed by another attempt. */
  onRetry(failure: { readonly error: APIError; readonly waitMs: number }): void;
}

/**
 * Tries again when the model is busy, broken or out of reach, as long as it asks to wait or else 0.5, 1, 2, ... seconds.
 * Rejects with the last error, at once with any other error, and when the signal is aborted.
 */
export async function patiently<Result>(
  attempt: (retries: number) => Promise<Result>,
  { maxRetries, signal, onRetry }: Patience,
): Promise<Result> {
  for (let retries = 0; ; retries++) {
    try {
      return await attempt(retries);
    } catch (error) {
      if (retries >= maxRetries || !isTemporary(error)) throw error;
      const waitMs = askedWaitMs(error) ?? 500 * 2 ** retries;
      onRetry({ error, waitMs });
      await pause(waitMs, undefined, signal && { signal });
    }
  }
}

function isTemporary(error: unknown): error is APIError {
  if (error instanceof APIConnectionError) return true;
  return error instanceof APIError && (error.status === 429 || (error.status ?? 0) >= 500);
}

/** What `retry-after-ms` or `retry-after` say, at most a minute. */
function askedWaitMs({ headers }: APIError): number | undefined {
  const milliseconds = Number.parseFloat(headers?.get('retry-after-ms') ?? '');
  if (milliseconds >= 0) return Math.min(milliseconds, 60_000);
  const seconds = Number.parseFloat(headers?.get('retry-after') ?? '');
  return seconds >= 0 ? Math.min(seconds * 1000, 60_000) : undefined;
}
