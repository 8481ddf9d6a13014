import type { Context, Span, SpanContext } from '@opentelemetry/api';

/** How something that a span covers ended. */
export type SpanOutcome = { readonly kind: 'thrown'; readonly error: unknown } | { readonly kind: 'done' | 'returned' };

/** What tracing needs of the active context; `context/active-context.ts` provides it. */
export interface ContextAccess {
  readonly rootContext: Context;
  active(): Context;
  runWith<Result>(context: Context, fn: () => Result): Result;
  spanOf(context: Context): Span | undefined;
  withSpan(context: Context, span: Span | undefined): Context;
  sessionOf(context: Context): string | undefined;
  nonRecordingSpan(spanContext: SpanContext): Span;
  observeResult<Result>(
    result: Result,
    observer: { readonly context: Context; readonly onEnd: (outcome: SpanOutcome) => void },
  ): Result;
}
