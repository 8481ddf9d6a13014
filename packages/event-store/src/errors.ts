/** What kind of failure it is; each has one HTTP status. */
export type StoreErrorCode =
  | 'not_found'
  | 'invalid'
  | 'conflict'
  | 'too_large'
  | 'unsupported_media_type'
  | 'disk_full'
  | 'unavailable'
  | 'storage'
  | 'corrupt'
  | 'locked';

const statuses: Record<StoreErrorCode, 400 | 404 | 409 | 413 | 415 | 500 | 503 | 507> = {
  not_found: 404,
  invalid: 400,
  conflict: 409,
  too_large: 413,
  unsupported_media_type: 415,
  disk_full: 507,
  unavailable: 503,
  storage: 500,
  corrupt: 500,
  locked: 500,
};

/** The HTTP status of an error code. */
export type StoreErrorStatus = (typeof statuses)[StoreErrorCode];

const marker = 'alexEventStoreError';

/** Everything that the store refuses or fails at; the message is for the one who asked. */
export class StoreError extends Error {
  readonly code: StoreErrorCode;
  /** The position in a batch that was refused. */
  readonly index: number | undefined;
  /** Marks errors of every copy of this module. */
  readonly alexEventStoreError = true;

  constructor(code: StoreErrorCode, message: string, options: ErrorOptions & { readonly index?: number } = {}) {
    super(message, options);
    this.name = 'StoreError';
    this.code = code;
    this.index = options.index;
  }

  /** Whether a value is a StoreError, of whichever copy of this module. */
  static isInstance(value: unknown): value is StoreError {
    return typeof value === 'object' && value !== null && marker in value;
  }

  get status(): StoreErrorStatus {
    return statuses[this.code];
  }
}
