import type { Ended, Operation } from './operation.ts';

/** The line that says how it ended: completed, failed or cancelled. */
export function logEnd(operation: Operation, what: string, end: Ended, fields: object): void {
  if (end.status === 'error') operation.log('error', `${what} failed`, { ...fields, error: end.error });
  else if (end.status === 'cancelled') operation.log('warn', `${what} cancelled`, fields);
  else operation.log('info', `${what} completed`, fields);
}

/** Milliseconds for people: three digits after the point. */
export function milliseconds(duration: number): number {
  return Math.round(duration * 1000) / 1000;
}
