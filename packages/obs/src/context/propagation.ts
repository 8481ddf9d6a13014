import type { Context, SpanContext } from '@opentelemetry/api';
import { load } from '../load.ts';
import { spanOf, withSpan } from './active.ts';
import { nonRecordingSpan } from './non-recording-span.ts';

/** Incoming headers, as `node:http` and most frameworks give them. */
export type IncomingHeaders = Readonly<Record<string, string | readonly string[] | undefined>>;

const pattern = /^[ \t]*([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?[ \t]*$/;
const noTrace = '0'.repeat(32);
const noSpan = '0'.repeat(16);

/**
 * Writes the span of a context into HTTP headers as `traceparent` and `tracestate`
 * (https://www.w3.org/TR/trace-context/). Without a span the headers stay as they are.
 */
export function injectHeaders<Headers extends Record<string, string>>(context: Context, headers: Headers): Headers {
  const spanContext = spanOf(context)?.spanContext();
  if (spanContext === undefined || spanContext.traceId === noTrace || spanContext.spanId === noSpan) return headers;
  const { traceId, spanId, traceFlags, traceState } = spanContext;
  const flags = (traceFlags & 0xff).toString(16).padStart(2, '0');
  const added: Record<string, string> = { traceparent: `00-${traceId}-${spanId}-${flags}` };
  const state = traceState?.serialize();
  if (state) added['tracestate'] = state;
  return Object.assign(headers, added);
}

/** `context` with the remote span that HTTP headers carry; `context` itself where they carry none, or a malformed one. */
export function extractHeaders(context: Context, headers: IncomingHeaders): Context {
  const spanContext = parseTraceparent(single(headers, 'traceparent'));
  if (spanContext === undefined) return context;
  const state = all(headers, 'tracestate').join(',');
  if (state === '') return withSpan(context, nonRecordingSpan(spanContext));
  const { createTraceState } = load<typeof import('@opentelemetry/api')>('@opentelemetry/api');
  return withSpan(context, nonRecordingSpan({ ...spanContext, traceState: createTraceState(state) }));
}

/** The W3C `traceparent` of version 00, or the part of a later version that 00 knows. */
export function parseTraceparent(value: string | undefined): SpanContext | undefined {
  const match = pattern.exec(value ?? '');
  if (match === null) return undefined;
  const [, version, traceId, spanId, flags, rest] = match as unknown as readonly [
    string,
    string,
    string,
    string,
    string,
    string?,
  ];
  if (version === 'ff' || (version === '00' && rest !== undefined)) return undefined;
  if (traceId === noTrace || spanId === noSpan) return undefined;
  return { traceId, spanId, traceFlags: Number.parseInt(flags, 16) & 1, isRemote: true };
}

function single(headers: IncomingHeaders, name: string): string | undefined {
  const values = all(headers, name);
  return values.length === 1 ? values[0] : undefined;
}

function all(headers: IncomingHeaders, name: string): readonly string[] {
  if (typeof headers !== 'object' || Array.isArray(headers)) return [];
  return Object.keys(headers)
    .filter((key) => key.toLowerCase() === name)
    .flatMap((key) => headers[key] ?? []);
}
