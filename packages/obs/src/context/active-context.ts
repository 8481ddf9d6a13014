import type { Context, Span, SpanContext } from '@opentelemetry/api';
import { active, isContext, rootContext, runWith, sessionOf, spanOf, withSpan } from './active.ts';
import { follow } from './follow/follow.ts';
import { createWatch, type Watcher } from './follow/watch.ts';
import { nonRecordingSpan } from './non-recording-span.ts';

/** The context as the folders that may not import this one are handed it. */
export interface ActiveContext {
  readonly rootContext: Context;
  active(): Context;
  isContext(value: unknown): value is Context;
  runWith<Result>(context: Context, fn: () => Result): Result;
  spanOf(context: Context): Span | undefined;
  withSpan(context: Context, span: Span | undefined): Context;
  sessionOf(context: Context): string | undefined;
  nonRecordingSpan(spanContext: SpanContext): Span;
  /** Watches what a function returned until it is over, and returns it: the same object. */
  watchResult<Result>(result: Result, watcher: Watcher): Result;
}

/** The context of this process. */
export const activeContext: ActiveContext = {
  rootContext,
  active,
  isContext,
  runWith,
  spanOf,
  withSpan,
  sessionOf,
  nonRecordingSpan,
  watchResult(result, watcher) {
    follow(result, createWatch(watcher));
    return result;
  },
};
