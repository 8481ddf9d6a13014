import { LedgerError, type LedgerErrorCode } from '../errors.ts';

/** SQLite's primary result codes (sqlite.org/rescode.html). */
const codes: Readonly<Record<number, readonly [LedgerErrorCode, string]>> = {
  5: ['store_locked', 'is locked by another process'],
  6: ['store_locked', 'is locked by another process'],
  8: ['store_read_only', 'is read-only'],
  10: ['store_unavailable', 'cannot be read or written'],
  11: ['store_corrupt', 'is damaged'],
  13: ['store_full', 'is full, or its disk is'],
  14: ['store_unavailable', 'cannot be opened'],
  26: ['store_foreign', 'is no SQLite database'],
};

/** Whether another process holds the lock right now. */
export function isBusy(error: unknown): boolean {
  const code = primaryCode(error);
  return code === 5 || code === 6;
}

/** What SQLite says, as a LedgerError that names the file. */
export function sqliteError(error: unknown, path: string): LedgerError {
  if (LedgerError.isInstance(error)) return error;
  const [code, text] = codes[primaryCode(error)] ?? ['store_unavailable', 'does not work'];
  const message = error instanceof Error ? error.message : String(error);
  return new LedgerError(code, `The cost ledger ${path} ${text}: ${message}`, { cause: error });
}

function primaryCode(error: unknown): number {
  const { errcode } = (error ?? {}) as { errcode?: unknown };
  return typeof errcode === 'number' ? errcode & 0xff : -1;
}
