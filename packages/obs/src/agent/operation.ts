import {
  type Attributes,
  type Context,
  type Span,
  type SpanKind,
  SpanStatusCode,
  TraceFlags,
} from '@opentelemetry/api';
import type { Logger } from 'pino';
import { active, runWith, sessionOf, spanOf, withSession, withSpan } from '../context/active.ts';
import { forgetAbandonment } from '../context/follow/abandoned.ts';
import { follow } from '../context/follow/follow.ts';
import type { Outcome, Watch } from '../context/follow/watch.ts';
import { attempt, isObject } from '../context/guard.ts';
import type { ObsRecord, Status } from '../record.ts';
import { attributesOf } from './attributes.ts';
import type { AgentHost } from './host.ts';
import { errorText, errorType, statusOf } from './outcome.ts';

const maximumErrorLength = 500;
/** Of a stack; the length is bounded before redaction, which is not free. */
const maximumStackLength = 4000;

/** The fields that every record of an operation shares. */
export interface RecordFields {
  readonly phase: 'start' | 'end';
  readonly timeMs: number;
  readonly sessionId: string | undefined;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string | undefined;
  readonly sampled: boolean;
  readonly status?: Status;
  readonly durationMs?: number;
  readonly error?: string | undefined;
}

/** What is known of an operation once it is over. */
export interface Ended {
  readonly outcome: Outcome;
  readonly status: Status;
  readonly durationMs: number;
  readonly error: string | undefined;
  readonly fields: RecordFields;
}

interface Mark {
  readonly status: Status;
  readonly ending: Outcome['ending'];
  readonly error: string | undefined;
  readonly cause: unknown;
}

/** What an operation begins with. */
export interface OperationOptions {
  readonly name: string;
  readonly kind: SpanKind;
  readonly attributes: Attributes;
  /** What the user adds; what is ours wins. */
  readonly userAttributes?: Attributes | undefined;
  readonly sessionId?: string | undefined;
}

/** One piece of work: a span, a timing, a start and an end. Subclasses say what is recorded of it. */
export abstract class Operation implements Watch {
  readonly host: AgentHost;
  readonly span: Span;
  /** Subclasses may derive another one from it before the work runs. */
  context: Context;
  readonly parentContext: Context;
  readonly sessionId: string | undefined;
  /** When something was last seen of the work, by the monotonic clock: milliseconds. */
  protected lastSeen: number;
  protected readonly startedAt: number;
  readonly #parentSpanId: string | undefined;
  #ended = false;
  #logger: Logger | undefined;
  #failure: { readonly reason: unknown; readonly status: 'error' | 'cancelled' } | undefined;

  constructor(host: AgentHost, options: OperationOptions) {
    this.host = host;
    this.parentContext = active();
    this.sessionId = options.sessionId ?? sessionOf(this.parentContext);
    const attributes: Attributes = { ...attempt(() => attributesOf(options.userAttributes)), ...options.attributes };
    if (this.sessionId !== undefined) {
      attributes['alex.session_id'] = this.sessionId;
      attributes['gen_ai.conversation.id'] = this.sessionId;
    }
    this.span = host.tracer.startSpan(options.name, { kind: options.kind, attributes }, this.parentContext);
    this.#parentSpanId = spanOf(this.parentContext)?.spanContext().spanId;
    const spanned = withSpan(this.parentContext, this.span);
    this.context = options.sessionId === undefined ? spanned : withSession(spanned, options.sessionId);
    this.startedAt = performance.now();
    this.lastSeen = this.startedAt;
  }

  get ended(): boolean {
    return this.#ended;
  }

  /** Reports the start, runs `fn` with the span active and follows what it returns, which is returned itself. */
  run<Result>(fn: () => Result): Result {
    attempt(() => this.started(this.#fields('start')));
    let result: Result;
    try {
      result = runWith(this.context, fn);
    } catch (error) {
      this.end({ ending: 'failed', error });
      throw error;
    }
    follow(result, this);
    return result;
  }

  value(value: unknown): void {
    attempt(() => this.read(value));
  }

  chunk(item: unknown): void {
    this.lastSeen = performance.now();
    attempt(() => this.readItem(item));
  }

  end(outcome: Outcome): void {
    if (this.#ended) return;
    this.#ended = true;
    forgetAbandonment(this);
    attempt(() => this.#finish(outcome));
  }

  fail(reason?: unknown, status: 'error' | 'cancelled' = 'error'): void {
    this.#failure ??= { reason, status: status === 'cancelled' ? 'cancelled' : 'error' };
  }

  setAttributes(attributes: Attributes): void {
    attempt(() => this.span.setAttributes(attributesOf(attributes)));
  }

  /** Adds attributes that cost something to find, if the span keeps them. */
  protected describe(attributes: () => Attributes): void {
    attempt(() => {
      if (this.span.isRecording()) this.span.setAttributes(attributes());
    });
  }

  /** A log line that carries the ids of this operation. */
  log(level: 'debug' | 'info' | 'warn' | 'error', message: string, fields: object): void {
    attempt(() => runWith(this.context, () => this.host.logger()[level](fields, message)));
  }

  emit(record: ObsRecord): void {
    attempt(() => this.host.emit(record));
  }

  /** Its lines carry the ids of this operation wherever they are written. Made at first use. */
  get logger(): Logger {
    const { traceId, spanId } = this.span.spanContext();
    const ids = { trace_id: traceId, span_id: spanId, session_id: this.sessionId };
    return (this.#logger ??= attempt(() => this.host.logger().child(ids)) ?? this.host.logger());
  }

  protected abstract started(fields: RecordFields): void;
  protected abstract finished(end: Ended): void;
  /** The final value of a result that is no stream. */
  protected read(_value: unknown): void {}
  protected readItem(_item: unknown): void {}
  /** What an outcome means, unless `fail` was called. */
  protected statusOf(outcome: Outcome): Status {
    return statusOf(outcome);
  }

  /** When the work was over, by the monotonic clock: for what nobody reads any more, when it was last seen. */
  protected endOf(outcome: Outcome, now: number): number {
    return outcome.ending === 'abandoned' ? this.lastSeen : now;
  }

  #finish(outcome: Outcome): void {
    const now = performance.now();
    const endedAt = this.endOf(outcome, now);
    const timeMs = Date.now() - (now - endedAt);
    const durationMs = Math.max(0, endedAt - this.startedAt);
    const thrown = outcome.ending === 'failed';
    const status = thrown || this.#failure === undefined ? this.statusOf(outcome) : this.#failure.status;
    const cause = thrown ? outcome.error : this.#failure?.reason;
    const error = status === 'error' ? this.#errorMessage(cause) : undefined;
    const fields = { ...this.#fields('end', timeMs), status, durationMs, ...(error !== undefined && { error }) };
    attempt(() => this.#markStatus({ status, ending: outcome.ending, error, cause }));
    attempt(() => this.finished({ outcome, status, durationMs, error, fields }));
    attempt(() => this.span.end(endedAt === now ? undefined : timeMs));
  }

  #markStatus({ status, ending, error, cause }: Mark): void {
    if (!this.span.isRecording()) return;
    this.span.setAttribute('alex.status', status);
    if (ending !== 'completed' && ending !== 'failed') this.span.setAttribute('alex.ending', ending);
    if (status !== 'error') return;
    this.span.setAttributes({
      'alex.error': true,
      'error.message': error ?? '',
      'error.type': cause === undefined ? 'tool_error' : errorType(cause),
    });
    this.span.setStatus({ code: SpanStatusCode.ERROR, message: error ?? '' });
    if (!isObject(cause)) return;
    const stack = attempt(() => cause['stack']);
    this.span.recordException({
      name: errorType(cause),
      message: error ?? '',
      ...(typeof stack === 'string' && { stack: this.host.redactText(stack.slice(0, maximumStackLength)) }),
    });
  }

  #errorMessage(cause: unknown): string {
    if (cause === undefined) return 'failed';
    const text = errorText(cause).slice(0, maximumStackLength);
    return (attempt(() => this.host.redactText(text)) ?? 'unreadable error').slice(0, maximumErrorLength);
  }

  #fields(phase: 'start' | 'end', timeMs: number = Date.now()): RecordFields {
    const { traceId, spanId, traceFlags } = this.span.spanContext();
    return {
      phase,
      timeMs,
      sessionId: this.sessionId,
      traceId,
      spanId,
      parentSpanId: this.#parentSpanId,
      sampled: (traceFlags & TraceFlags.SAMPLED) !== 0,
    };
  }
}
