import { isNativeError } from 'node:util/types';

const marker: symbol = Symbol.for('alex.obs.error');

/** Every code that an `ObsError` can carry; `docs/errors.md` explains each. */
export const errorCodes = [
  'CONFIG_UNREADABLE',
  'CONFIG_SYNTAX',
  'CONFIG_INVALID',
  'CONFIG_EXISTS',
  'MISSING_PACKAGE',
] as const;

export type ErrorCode = (typeof errorCodes)[number];

/** An error of the SDK with a stable `code`. Use `ObsError.isInstance`: it also knows errors of another copy. */
export class ObsError extends Error {
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'ObsError';
    this.code = code;
    Object.defineProperty(this, marker, { value: true });
  }

  static isInstance(value: unknown): value is ObsError {
    return typeof value === 'object' && value !== null && Reflect.get(value, marker) === true;
  }
}

/** Whether a value is an error, of another realm (`node:vm`, Jest) too. */
export function isError(value: unknown): value is Error {
  return typeof value === 'object' && (value instanceof Error || isNativeError(value));
}

/** What an error, or any other thrown value, says in words. Never throws. */
export function messageOf(error: unknown): string {
  try {
    return isError(error) ? String(error.message) : String(error);
  } catch {
    return 'unreadable error';
  }
}
