const marker: symbol = Symbol.for('alex.lead-factory.error');

/**
 * What went wrong: input that no ledger takes, a gate that the configuration switches off, or a store that cannot do
 * its work (`store_newer`: written by a newer version; `store_foreign`: no ledger at all).
 */
export type LedgerErrorCode =
  | 'invalid_argument'
  | 'gate_disabled'
  | 'store_unavailable'
  | 'store_locked'
  | 'store_full'
  | 'store_read_only'
  | 'store_corrupt'
  | 'store_newer'
  | 'store_foreign'
  | 'missing_package';

/** An error of the cost ledger with a stable `code`. `LedgerError.isInstance` also knows errors of another copy. */
export class LedgerError extends Error {
  readonly code: LedgerErrorCode;

  constructor(code: LedgerErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'LedgerError';
    this.code = code;
    Object.defineProperty(this, marker, { value: true });
  }

  static isInstance(error: unknown): error is LedgerError {
    return typeof error === 'object' && error !== null && marker in error;
  }
}

/** Whether the store failed, and not the request. */
export function isStoreError(error: unknown): boolean {
  return LedgerError.isInstance(error) && error.code.startsWith('store_');
}
