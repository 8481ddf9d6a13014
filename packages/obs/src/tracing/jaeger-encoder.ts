import type { Attributes, HrTime, SpanContext } from '@opentelemetry/api';
import type { ReadableSpan } from '@opentelemetry/sdk-trace';
import { attributeText } from './attribute-text.ts';
import { ThriftWriter, thriftType } from './thrift-writer.ts';

const kinds = ['internal', 'server', 'client', 'producer', 'consumer'] as const;
const followsFrom = 1;
const { bool, double, i32, i64, list, string, struct } = thriftType;

/**
 * A Jaeger `Batch` for spans that share a resource, in Thrift's binary protocol
 * (https://github.com/jaegertracing/jaeger-idl, `thrift/jaeger.thrift`), mapped as
 * https://opentelemetry.io/docs/specs/otel/trace/sdk_exporters/jaeger/ says.
 */
export class JaegerEncoder {
  readonly contentType = 'application/x-thrift';
  readonly #writer: ThriftWriter = new ThriftWriter(65_536);

  encode(spans: readonly ReadableSpan[]): Uint8Array {
    const writer = this.#writer;
    writer.reset();
    const resource = spans[0]?.resource.attributes ?? {};
    const { 'service.name': serviceName, ...rest } = resource;
    writer.field(struct, 1);
    writer.field(string, 1).string(attributeText(serviceName));
    encodeTags(writer, 2, rest);
    writer.stop();
    writer.field(list, 2).list(struct, spans.length);
    for (const span of spans) encodeSpan(writer, span);
    writer.stop();
    return writer.finish();
  }
}

function encodeSpan(writer: ThriftWriter, span: ReadableSpan): void {
  const context = span.spanContext();
  ids(writer, context, 1);
  writer.field(i64, 4).hex64(span.parentSpanContext?.spanId ?? '');
  writer.field(string, 5).string(span.name);
  if (span.links.length > 0) {
    writer.field(list, 6).list(struct, span.links.length);
    for (const link of span.links) encodeReference(writer, link.context);
  }
  writer.field(i32, 7).i32(context.traceFlags);
  writer.field(i64, 8).i64(microseconds(span.startTime));
  writer.field(i64, 9).i64(microseconds(span.duration));
  encodeTags(writer, 10, spanTags(span));
  if (span.events.length > 0) {
    writer.field(list, 11).list(struct, span.events.length);
    for (const event of span.events) {
      writer.field(i64, 1).i64(microseconds(event.time));
      encodeTags(writer, 2, { event: event.name, ...event.attributes });
      writer.stop();
    }
  }
  writer.stop();
}

function encodeReference(writer: ThriftWriter, context: SpanContext): void {
  writer.field(i32, 1).i32(followsFrom);
  ids(writer, context, 2);
  writer.stop();
}

/** Three fields: the low and the high half of the trace id, and the span id. */
function ids(writer: ThriftWriter, context: SpanContext, field: number): void {
  writer.field(i64, field).hex64(context.traceId.slice(16));
  writer.field(i64, field + 1).hex64(context.traceId.slice(0, 16));
  writer.field(i64, field + 2).hex64(context.spanId);
}

function spanTags(span: ReadableSpan): Attributes {
  const { status, instrumentationScope: scope } = span;
  const tags: Attributes = { ...span.attributes, 'span.kind': kinds[span.kind], 'otel.scope.name': scope.name };
  if (scope.version) tags['otel.scope.version'] = scope.version;
  if (status.code === 1) tags['otel.status_code'] = 'OK';
  if (status.code === 2) {
    tags['otel.status_code'] = 'ERROR';
    tags['error'] = true;
  }
  if (status.message) tags['otel.status_description'] = status.message;
  const state = span.spanContext().traceState?.serialize();
  if (state) tags['w3c.tracestate'] = state;
  if (span.droppedAttributesCount) tags['otel.dropped_attributes_count'] = span.droppedAttributesCount;
  if (span.droppedEventsCount) tags['otel.dropped_events_count'] = span.droppedEventsCount;
  if (span.droppedLinksCount) tags['otel.dropped_links_count'] = span.droppedLinksCount;
  return tags;
}

function encodeTags(writer: ThriftWriter, field: number, attributes: Attributes): void {
  const keys = Object.keys(attributes).filter((key) => attributes[key] !== undefined);
  if (keys.length === 0) return;
  writer.field(list, field).list(struct, keys.length);
  for (const key of keys) {
    writer.field(string, 1).string(key);
    encodeValue(writer, attributes[key]);
    writer.stop();
  }
}

function encodeValue(writer: ThriftWriter, value: unknown): void {
  if (typeof value === 'boolean') {
    writer.field(i32, 2).i32(2);
    writer.field(bool, 5).bool(value);
  } else if (typeof value === 'number' && Number.isSafeInteger(value)) {
    writer.field(i32, 2).i32(3);
    writer.field(i64, 6).i64(value);
  } else if (typeof value === 'number') {
    writer.field(i32, 2).i32(1);
    writer.field(double, 4).double(value);
  } else if (value instanceof Uint8Array) {
    writer.field(i32, 2).i32(4);
    writer.field(string, 7).bytes(value);
  } else {
    writer.field(i32, 2).i32(0);
    writer.field(string, 3).string(attributeText(value));
  }
}

function microseconds([seconds, nanoseconds]: HrTime): number {
  return seconds * 1e6 + Math.round(nanoseconds / 1000);
}
