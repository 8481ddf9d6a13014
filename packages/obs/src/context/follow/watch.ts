import type { Context } from '@opentelemetry/api';
import { attempt } from '../guard.ts';

/**
 * How observed work came to its end: `aborted` by a signal, `broken` off by its reader, `abandoned` when nobody ever
 * read it to its end.
 */
type Ending = 'completed' | 'failed' | 'aborted' | 'broken' | 'abandoned';

/** An ending, and what was thrown when it is `failed`. */
export interface Outcome {
  readonly ending: Ending;
  readonly error?: unknown;
}

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

/** What a watch tells. What the callbacks throw is swallowed. */
export interface Watcher {
  readonly context: Context;
  readonly onValue?: (value: unknown) => void;
  readonly onChunk?: (item: unknown) => void;
  /** Called once. */
  readonly onEnd: (outcome: Outcome) => void;
}

/** A watch of callbacks. */
export function createWatch({ context, onValue, onChunk, onEnd }: Watcher): Watch {
  let ended = false;
  return {
    context,
    get ended() {
      return ended;
    },
    value: (value) => void attempt(() => onValue?.(value)),
    chunk: (item) => void attempt(() => onChunk?.(item)),
    end(outcome) {
      if (ended) return;
      ended = true;
      attempt(() => onEnd(outcome));
    },
  };
}
