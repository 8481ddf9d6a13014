import type { Ended, Operation } from './operation.ts';

/** The line that says how it ended: completed, failed or cancelled. */
export function logEnd(operation: Operation, what: string, end: Ended, fields: object): void {
  if (end.status === 'error') operation.log('error', `${what} failed`, { ...fields, error: end.error });
  else if (end.status === 'cancelled') operation.log('warn', `${what} cancelled`, fields);
  else operation.log('info', `${what} completed`, fields);
}

/** US dollars for people: without the noise of binary fractions, to a billionth. */
export function dollars(usd: number): number {
  return Math.round(usd * 1e9) / 1e9;
}

/** Milliseconds for people: three digits after the point. */
export function milliseconds(duration: number): number {
  return Math.round(duration * 1000) / 1000;
}
