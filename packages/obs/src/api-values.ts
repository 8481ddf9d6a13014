import type { SpanContext, SpanKind, SpanStatusCode } from '@opentelemetry/api';

// Constants of the OpenTelemetry API, fixed by its specification. To import them from there would load its fifty files at
// each start, also where nothing else needs them.

/** `SpanKind` of the API. */
export const spanKinds: { readonly internal: SpanKind.INTERNAL; readonly client: SpanKind.CLIENT } = {
  internal: 0,
  client: 2,
};

/** `SpanStatusCode.ERROR` of the API. */
export const errorStatusCode: SpanStatusCode.ERROR = 2;

/** `TraceFlags.SAMPLED` of the API. */
export const sampledFlag = 1;

/** `INVALID_SPAN_CONTEXT` of the API. */
export const invalidSpanContext: SpanContext = {
  traceId: '00000000000000000000000000000000',
  spanId: '0000000000000000',
  traceFlags: 0,
};
