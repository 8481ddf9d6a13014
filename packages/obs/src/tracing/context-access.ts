import type { Context, Span, SpanContext } from '@opentelemetry/api';

/** How something that a span covers ended; `error` is what was thrown when it `failed`. */
export interface SpanOutcome {
  readonly ending: 'completed' | 'failed' | 'aborted' | 'broken' | 'abandoned';
  readonly error?: unknown;
}

/** What tracing needs of the active context; `context/active-context.ts` provides it. */
export interface ContextAccess {
  readonly rootContext: Context;
  active(): Context;
  isContext(value: unknown): value is Context;
  runWith<Result>(context: Context, fn: () => Result): Result;
  spanOf(context: Context): Span | undefined;
  withSpan(context: Context, span: Span | undefined): Context;
  sessionOf(context: Context): string | undefined;
  nonRecordingSpan(spanContext: SpanContext): Span;
  /** Watches what a function returned until it is over, and returns it. */
  watchResult<Result>(
    result: Result,
    watcher: { readonly context: Context; readonly onEnd: (outcome: SpanOutcome) => void },
  ): Result;
}
