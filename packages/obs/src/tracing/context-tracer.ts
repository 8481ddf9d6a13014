import type { Attributes, Context, Span, SpanOptions } from '@opentelemetry/api';
import type { AgentTracer } from '../api.ts';
import type { ContextAccess } from './context-access.ts';

/** Where spans come from: the SDK's tracer, or the light one. */
export interface SpanSource {
  startSpan(name: string, options: SpanOptions | undefined, context: Context): Span;
}

const statusError = 2;

/**
 * A tracer on our context, which works whether or not anything is registered globally. Total: where the source fails, the
 * fallback makes the span.
 */
export class ContextTracer implements AgentTracer {
  readonly #context: ContextAccess;
  readonly #fallback: SpanSource;
  #source: SpanSource;

  constructor(source: SpanSource, fallback: SpanSource, context: ContextAccess) {
    this.#source = source;
    this.#fallback = fallback;
    this.#context = context;
  }

  /** From now on spans only have ids. */
  disable(): void {
    this.#source = this.#fallback;
  }

  startSpan(name: string, options?: SpanOptions, context: Context = this.#context.active()): Span {
    try {
      return this.#source.startSpan(name, options, context);
    } catch {
      return this.#fallback.startSpan(name, options, context);
    }
  }

  startActiveSpan<F extends (span: Span) => unknown>(name: string, fn: F): ReturnType<F>;
  startActiveSpan<F extends (span: Span) => unknown>(name: string, options: SpanOptions, fn: F): ReturnType<F>;
  startActiveSpan<F extends (span: Span) => unknown>(
    name: string,
    options: SpanOptions,
    context: Context,
    fn: F,
  ): ReturnType<F>;
  startActiveSpan(name: string, ...rest: readonly unknown[]): unknown {
    const fn = rest.at(-1) as (span: Span) => unknown;
    const options = rest.length > 1 ? (rest[0] as SpanOptions | undefined) : undefined;
    const parent = (rest.length > 2 ? (rest[1] as Context | undefined) : undefined) ?? this.#context.active();
    const span = this.startSpan(name, options, parent);
    return this.#context.runWith(this.#context.withSpan(parent, span), () => fn(span));
  }

  withSpan<Result>(name: string, fn: (span: Span) => Result): Result;
  withSpan<Result>(name: string, attributes: Attributes, fn: (span: Span) => Result): Result;
  withSpan<Result>(name: string, ...rest: readonly unknown[]): Result {
    const fn = rest.at(-1) as (span: Span) => Result;
    const parent = this.#context.active();
    const span = this.startSpan(name, rest.length > 1 ? { attributes: rest[0] as Attributes } : undefined, parent);
    const context = this.#context.withSpan(parent, span);
    let result: Result;
    try {
      result = this.#context.runWith(context, () => fn(span));
    } catch (error) {
      finish(span, error, true);
      throw error;
    }
    return this.#context.observeResult(result, {
      context,
      onEnd: (outcome) =>
        finish(span, outcome.kind === 'thrown' ? outcome.error : undefined, outcome.kind === 'thrown'),
    });
  }
}

function finish(span: Span, error: unknown, failed: boolean): void {
  try {
    if (!span.isRecording()) return;
    if (failed) {
      const message = error instanceof Error ? error.message : String(error);
      span.recordException(error instanceof Error ? error : message);
      span.setStatus({ code: statusError, message });
    }
  } catch {
    // An error that cannot be read is no reason to lose the span.
  }
  span.end();
}
