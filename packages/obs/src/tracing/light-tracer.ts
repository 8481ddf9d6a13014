import type { Context, Span, SpanContext, SpanOptions } from '@opentelemetry/api';
import type { ContextAccess } from './context-access.ts';
import { IdGenerator } from './id-generator.ts';

/** Makes spans that record nothing but have ids of their own, in their parent's trace, so that log lines can be joined. */
export class LightTracer {
  readonly #context: ContextAccess;
  readonly #ids: IdGenerator = new IdGenerator();

  constructor(context: ContextAccess) {
    this.#context = context;
  }

  startSpan(_name: string, options: SpanOptions | undefined, context: Context): Span {
    const parent = options?.root ? undefined : this.#context.spanOf(context)?.spanContext();
    const traceId = isValid(parent) ? parent.traceId : this.#ids.generateTraceId();
    return this.#context.nonRecordingSpan({ traceId, spanId: this.#ids.generateSpanId(), traceFlags: 0 });
  }
}

function isValid(context: SpanContext | undefined): context is SpanContext {
  return context !== undefined && /^(?!0+$)[0-9a-f]{32}$/.test(context.traceId);
}
