import type { Attributes, Context, Span, SpanOptions } from '@opentelemetry/api';
import type { AgentTracer } from '../api.ts';
import { isError, messageOf } from '../errors.ts';
import type { ContextAccess, SpanOutcome } from './context-access.ts';
import { boundedAttributes } from './total-spans.ts';

/** Where spans come from: the SDK's tracer, or the light one. */
export interface SpanSource {
  startSpan(name: string, options: SpanOptions | undefined, context: Context): Span;
}

const statusError = 2;
/** Of a message and of a stack; the length is bounded before redaction, which is not free. */
const maximumErrorLength = 4000;

export interface ContextTracerOptions {
  readonly context: ContextAccess;
  /** Hides secrets in what `withSpan` says of errors. */
  readonly redactText: (text: string) => string;
  /** Makes the methods of a span total. */
  readonly total: (span: Span) => Span;
}

/**
 * A tracer on our context, which works whether or not anything is registered globally. Total: where the source fails, the
 * fallback makes the span.
 */
export class ContextTracer implements AgentTracer {
  readonly #context: ContextAccess;
  readonly #redactText: (text: string) => string;
  readonly #total: (span: Span) => Span;
  readonly #fallback: SpanSource;
  #source: SpanSource;

  constructor(source: SpanSource, fallback: SpanSource, { context, redactText, total }: ContextTracerOptions) {
    this.#source = source;
    this.#fallback = fallback;
    this.#context = context;
    this.#redactText = redactText;
    this.#total = total;
  }

  /** From now on spans only have ids. */
  disable(): void {
    this.#source = this.#fallback;
  }

  startSpan(name: string, options?: SpanOptions, context?: Context): Span {
    const parent = this.#parent(context);
    try {
      return this.#total(this.#source.startSpan(name, checked(options), parent));
    } catch {
      return this.#fallback.startSpan(name, undefined, parent);
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
    const fn = callback(rest.at(-1));
    const options = rest.length > 1 ? (rest[0] as SpanOptions | undefined) : undefined;
    const parent = this.#parent(rest.length > 2 ? rest[1] : undefined);
    const span = this.startSpan(name, options, parent);
    return this.#context.runWith(this.#context.withSpan(parent, span), () => fn(span));
  }

  withSpan<Result>(name: string, fn: (span: Span) => Result): Result;
  withSpan<Result>(name: string, attributes: Attributes, fn: (span: Span) => Result): Result;
  withSpan<Result>(name: string, ...rest: readonly unknown[]): Result {
    const fn = callback(rest.at(-1)) as (span: Span) => Result;
    const parent = this.#parent(undefined);
    const span = this.startSpan(name, rest.length > 1 ? { attributes: rest[0] as Attributes } : undefined, parent);
    const context = this.#context.withSpan(parent, span);
    let result: Result;
    try {
      result = this.#context.runWith(context, () => fn(span));
    } catch (error) {
      this.#finish(span, { ending: 'failed', error });
      throw error;
    }
    return this.#context.watchResult(result, { context, onEnd: (outcome) => this.#finish(span, outcome) });
  }

  #finish(span: Span, { ending, error }: SpanOutcome): void {
    try {
      if (ending === 'failed' && span.isRecording()) this.#markFailed(span, error);
    } finally {
      span.end();
    }
  }

  #markFailed(span: Span, error: unknown): void {
    let message = 'unreadable error';
    try {
      const shown = (text: string): string => this.#redactText(text.slice(0, maximumErrorLength));
      message = shown(messageOf(error));
      if (isError(error)) {
        const { name, stack } = error;
        span.recordException({ name, message, ...(typeof stack === 'string' && { stack: shown(stack) }) });
      } else span.recordException(message);
    } catch {
      // An error that cannot be read is no reason to lose the span.
    }
    span.setStatus({ code: statusError, message });
  }

  #parent(given: unknown): Context {
    return this.#context.isContext(given) ? given : this.#context.active();
  }
}

function checked(options: SpanOptions | undefined): SpanOptions | undefined {
  const attributes: unknown = options?.attributes;
  return attributes === undefined ? options : { ...options, attributes: boundedAttributes(attributes) };
}

/** What is no function counts as its own result. */
function callback(value: unknown): (span: Span) => unknown {
  return typeof value === 'function' ? (value as (span: Span) => unknown) : () => value;
}
