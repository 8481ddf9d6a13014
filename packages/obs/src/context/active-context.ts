import type { Context, Span, SpanContext } from '@opentelemetry/api';
import { active, rootContext, runWith, sessionOf, spanOf, withSpan } from './active.ts';
import { nonRecordingSpan } from './non-recording-span.ts';
import type { IterationObserver } from './observe-iterable.ts';
import { observeResult } from './observe-result.ts';

/** The context as the folders that may not import this one are handed it. */
export interface ActiveContext {
  readonly rootContext: Context;
  active(): Context;
  runWith<Result>(context: Context, fn: () => Result): Result;
  spanOf(context: Context): Span | undefined;
  withSpan(context: Context, span: Span | undefined): Context;
  sessionOf(context: Context): string | undefined;
  nonRecordingSpan(spanContext: SpanContext): Span;
  observeResult<Result>(result: Result, observer: IterationObserver): Result;
}

/** The context of this process. */
export const activeContext: ActiveContext = {
  rootContext,
  active,
  runWith,
  spanOf,
  withSpan,
  sessionOf,
  nonRecordingSpan,
  observeResult,
};
