import type { Attributes, SpanContext } from '@opentelemetry/api';
import type { ReadableSpan } from '@opentelemetry/sdk-trace';
import { ProtobufWriter } from '../protobuf.ts';

const hasIsRemote = 0x100;
const isRemote = 0x200;

/**
 * One OTLP `ExportTraceServiceRequest` for spans that share a resource
 * (https://github.com/open-telemetry/opentelemetry-proto, `trace/v1/trace.proto`).
 */
export class OtlpEncoder {
  readonly contentType = 'application/x-protobuf';
  readonly #writer: ProtobufWriter = new ProtobufWriter(65_536);

  encode(spans: readonly ReadableSpan[]): Uint8Array {
    const writer = this.#writer;
    writer.reset();
    const resourceSpans = writer.begin(1);
    const resource = writer.begin(1);
    attributes(writer, 1, spans[0]?.resource.attributes ?? {});
    writer.end(resource);
    for (const group of byScope(spans)) scopeSpans(writer, group);
    writer.end(resourceSpans);
    return writer.finish();
  }
}

function byScope(spans: readonly ReadableSpan[]): Iterable<readonly ReadableSpan[]> {
  return Map.groupBy(spans, (span) => span.instrumentationScope).values();
}

function scopeSpans(writer: ProtobufWriter, spans: readonly ReadableSpan[]): void {
  const { name, version, schemaUrl } = spans[0]!.instrumentationScope;
  const mark = writer.begin(2);
  const scope = writer.begin(1);
  writer.string(1, name);
  if (version) writer.string(2, version);
  writer.end(scope);
  for (const span of spans) encodeSpan(writer, span);
  if (schemaUrl) writer.string(3, schemaUrl);
  writer.end(mark);
}

function encodeSpan(writer: ProtobufWriter, span: ReadableSpan): void {
  const context = span.spanContext();
  const mark = writer.begin(2);
  ids(writer, context);
  if (span.parentSpanContext?.spanId) writer.hex(4, span.parentSpanContext.spanId);
  writer.string(5, span.name);
  writer.varint(6, span.kind + 1);
  writer.nanoseconds(7, span.startTime[0], span.startTime[1]);
  writer.nanoseconds(8, span.endTime[0], span.endTime[1]);
  attributes(writer, 9, span.attributes);
  count(writer, 10, span.droppedAttributesCount);
  for (const event of span.events) encodeEvent(writer, event);
  count(writer, 12, span.droppedEventsCount);
  for (const link of span.links) encodeLink(writer, link);
  count(writer, 14, span.droppedLinksCount);
  encodeStatus(writer, span);
  writer.fixed32(16, flags(context.traceFlags, span.parentSpanContext?.isRemote));
  writer.end(mark);
}

function encodeEvent(writer: ProtobufWriter, event: ReadableSpan['events'][number]): void {
  const mark = writer.begin(11);
  writer.nanoseconds(1, event.time[0], event.time[1]);
  writer.string(2, event.name);
  attributes(writer, 3, event.attributes ?? {});
  count(writer, 4, event.droppedAttributesCount);
  writer.end(mark);
}

function encodeLink(writer: ProtobufWriter, link: ReadableSpan['links'][number]): void {
  const mark = writer.begin(13);
  ids(writer, link.context);
  attributes(writer, 4, link.attributes ?? {});
  count(writer, 5, link.droppedAttributesCount);
  writer.fixed32(6, flags(link.context.traceFlags, link.context.isRemote));
  writer.end(mark);
}

function encodeStatus(writer: ProtobufWriter, { status }: ReadableSpan): void {
  const mark = writer.begin(15);
  if (status.message) writer.string(2, status.message);
  count(writer, 3, status.code);
  writer.end(mark);
}

function ids(writer: ProtobufWriter, context: SpanContext): void {
  writer.hex(1, context.traceId);
  writer.hex(2, context.spanId);
  const state = context.traceState?.serialize();
  if (state) writer.string(3, state);
}

function flags(traceFlags: number, remote: boolean | undefined): number {
  return (traceFlags & 0xff) | hasIsRemote | (remote ? isRemote : 0);
}

function count(writer: ProtobufWriter, field: number, value: number | undefined): void {
  if (value) writer.varint(field, value);
}

function attributes(writer: ProtobufWriter, field: number, values: Attributes): void {
  for (const key of Object.keys(values)) keyValue(writer, field, key, values[key]);
}

function keyValue(writer: ProtobufWriter, field: number, key: string, value: unknown): void {
  const mark = writer.begin(field);
  writer.string(1, key);
  anyValue(writer, 2, value);
  writer.end(mark);
}

function anyValue(writer: ProtobufWriter, field: number, value: unknown): void {
  const mark = writer.begin(field);
  if (typeof value === 'string') writer.string(1, value);
  else if (typeof value === 'boolean') writer.varint(2, value);
  else if (typeof value === 'number') {
    if (Number.isSafeInteger(value)) writer.varint(3, value);
    else writer.double(4, value);
  } else if (value instanceof Uint8Array) writer.bytes(7, value);
  else if (typeof value === 'object' && value !== null) compound(writer, value);
  writer.end(mark);
}

function compound(writer: ProtobufWriter, value: object): void {
  const list = Array.isArray(value);
  const mark = writer.begin(list ? 5 : 6);
  if (list) for (const item of value) anyValue(writer, 1, item);
  else for (const [key, item] of Object.entries(value)) keyValue(writer, 1, key, item);
  writer.end(mark);
}
