import type { Context } from '@opentelemetry/api';
import type { Outcome } from './outcome.ts';

/** Follows what a function returned. No method throws; only the first `end` counts. */
export interface Watch {
  /** What belongs to the work runs with this context active. */
  readonly context: Context;
  /** Already over: whatever happens to the result now is no part of the work. */
  readonly ended: boolean;
  /** What this follows belongs to a larger thing that is watched for being abandoned. */
  readonly attached?: true;
  /** The final value, when it is no stream. */
  value(value: unknown): void;
  /** One item of a stream. */
  chunk(item: unknown): void;
  end(outcome: Outcome): void;
}
