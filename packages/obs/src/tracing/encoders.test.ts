import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { createTraceState, type Link, ROOT_CONTEXT, SpanKind, trace } from '@opentelemetry/api';
import { ProtobufTraceSerializer } from '@opentelemetry/otlp-transformer';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { InMemorySpanExporter, type ReadableSpan, SimpleSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import Long from 'long';
import protobuf from 'protobufjs';
import { describe, expect, it } from 'vitest';
import { JaegerEncoder } from './jaeger-encoder.ts';
import { OtlpEncoder } from './otlp-encoder.ts';
import { ZipkinEncoder } from './zipkin-encoder.ts';

const remote = {
  traceId: '0af7651916cd43dd8448eb211c80319c',
  spanId: 'b7ad6b7169203331',
  traceFlags: 1,
  isRemote: true,
  traceState: createTraceState('vendor=1'),
};

/** Spans as the real SDK makes them, with everything that a span can hold. */
function sampleSpans(): readonly ReadableSpan[] {
  const exporter = new InMemorySpanExporter();
  const provider = new TracerProvider({
    resource: resourceFromAttributes({ 'service.name': 'agent ü', 'service.version': '1.2.3', pid: 7 }),
    spanProcessors: [new SimpleSpanProcessor({ exporter })],
    spanLimits: { attributeCountLimit: 12 },
  });
  const tracer = provider.getTracer('alex', '0.1.0', { schemaUrl: 'https://example.test/schema' });
  const links: Link[] = [{ context: { ...remote, spanId: '00000000000000ff' }, attributes: { why: 'retry' } }];
  const start = 1_795_270_000_123;
  const root = tracer.startSpan(
    'alex.session.solve_task',
    { kind: SpanKind.SERVER, links, startTime: start, attributes: { 'alex.session_id': 'sitzung ✓' } },
    trace.setSpanContext(ROOT_CONTEXT, remote),
  );
  const child = tracer.startSpan('alex.llm.generate', { startTime: start + 1 }, trace.setSpan(ROOT_CONTEXT, root));
  child.setAttributes({
    int: 42,
    negative: -7,
    large: 2 ** 52,
    huge: 1e300,
    fraction: 0.25,
    yes: true,
    no: false,
    empty: '',
    texts: ['a', 'b'],
    nested: { list: [1, 'x', { deep: null }], bytes: Uint8Array.of(1, 2, 255) },
    bytes: Uint8Array.of(0, 128, 255),
    zero: 0,
    dropped: 'one too many',
  });
  child.addEvent('first token', { index: 1 }, start + 20);
  child.addEvent('bare', start + 30);
  child.recordException(new RangeError('out of range'), start + 40);
  child.setStatus({ code: 2, message: 'out of range' });
  child.end(start + 1234.5);
  provider.getTracer('other').startSpan('second scope', { kind: SpanKind.CLIENT, startTime: start }).end(start);
  root.setStatus({ code: 1 });
  root.end(start + 2000);
  return exporter.getFinishedSpans();
}

const spans = sampleSpans();
const child = spans.find(({ name }) => name === 'alex.llm.generate')!;
const root = spans.find(({ name }) => name === 'alex.session.solve_task')!;

describe('OTLP', () => {
  protobuf.util.Long = Long;
  protobuf.configure();
  const request = protobuf
    .parse(`
      syntax = "proto3";
      message AnyValue { oneof value { string string_value = 1; bool bool_value = 2; int64 int_value = 3; double double_value = 4;
        ArrayValue array_value = 5; KeyValueList kvlist_value = 6; bytes bytes_value = 7; } }
      message ArrayValue { repeated AnyValue values = 1; }
      message KeyValueList { repeated KeyValue values = 1; }
      message KeyValue { string key = 1; AnyValue value = 2; }
      message Resource { repeated KeyValue attributes = 1; uint32 dropped_attributes_count = 2; }
      message Scope { string name = 1; string version = 2; repeated KeyValue attributes = 3; uint32 dropped_attributes_count = 4; }
      message Event { fixed64 time_unix_nano = 1; string name = 2; repeated KeyValue attributes = 3; uint32 dropped_attributes_count = 4; }
      message Link { bytes trace_id = 1; bytes span_id = 2; string trace_state = 3; repeated KeyValue attributes = 4;
        uint32 dropped_attributes_count = 5; fixed32 flags = 6; }
      message Status { string message = 2; int32 code = 3; }
      message Span { bytes trace_id = 1; bytes span_id = 2; string trace_state = 3; bytes parent_span_id = 4; string name = 5; int32 kind = 6;
        fixed64 start_time_unix_nano = 7; fixed64 end_time_unix_nano = 8; repeated KeyValue attributes = 9; uint32 dropped_attributes_count = 10;
        repeated Event events = 11; uint32 dropped_events_count = 12; repeated Link links = 13; uint32 dropped_links_count = 14;
        Status status = 15; fixed32 flags = 16; }
      message ScopeSpans { Scope scope = 1; repeated Span spans = 2; string schema_url = 3; }
      message ResourceSpans { Resource resource = 1; repeated ScopeSpans scope_spans = 2; string schema_url = 3; }
      message Request { repeated ResourceSpans resource_spans = 1; }`)
    .root.lookupType('Request');
  const decode = (bytes: Uint8Array) =>
    request.toObject(request.decode(bytes), { longs: String, bytes: String, defaults: true, arrays: true });

  it('means what the serializer of OpenTelemetry means', () => {
    const ours = decode(new OtlpEncoder().encode(spans));
    expect(ours).toEqual(decode(ProtobufTraceSerializer.serializeRequest([...spans])!));
    expect(JSON.stringify(ours)).toContain('"droppedAttributesCount":1');
  });

  it('starts anew after a span that cannot be encoded', () => {
    const encoder = new OtlpEncoder();
    const broken = { ...child, name: 'broken', spanContext: () => child.spanContext(), startTime: undefined } as never;
    expect(() => encoder.encode([broken])).toThrow();
    expect(decode(encoder.encode(spans))).toEqual(decode(new OtlpEncoder().encode(spans)));
  });
});

describe('Jaeger Thrift', () => {
  const require = createRequire(import.meta.url);
  const source = readFileSync(
    require.resolve('jaeger-client').replace(/dist.*$/, 'dist/src/jaeger-idl/thrift/jaeger.thrift'),
    'utf8',
  );
  interface Codec {
    // biome-ignore lint/suspicious/noExplicitAny: whatever the foreign decoder gives
    readonly Batch: { readonly rw: { readFrom(bytes: Buffer, at: number): { readonly value: any } } };
  }
  const { Thrift } = require('thriftrw') as { Thrift: new (options: object) => Codec };
  const thrift = new Thrift({ source, allowOptionalArguments: true });
  type Tag = { key: string; vType: string } & Record<string, unknown>;
  const decode = (bytes: Uint8Array) => thrift.Batch.rw.readFrom(Buffer.from(bytes), 0).value;
  const value = (tag: Tag) => {
    if (tag.vType === 'LONG') return Number((tag['vLong'] as Buffer).readBigInt64BE());
    if (tag.vType === 'BINARY') return [...(tag['vBinary'] as Buffer)];
    return tag[`v${{ STRING: 'Str', DOUBLE: 'Double', BOOL: 'Bool' }[tag.vType]}`];
  };
  const tags = (list: Tag[]) => Object.fromEntries(list.map((tag) => [tag.key, value(tag)]));
  const batch = decode(new JaegerEncoder().encode(spans));

  it('names the process by its resource', () => {
    expect(batch.process.serviceName).toBe('agent ü');
    expect(tags(batch.process.tags)).toEqual({ 'service.version': '1.2.3', pid: 7 });
  });

  it('carries ids, times, tags and logs of a span', () => {
    const [span] = batch.spans.filter((one: { operationName: string }) => one.operationName === 'alex.llm.generate');
    const { traceId, spanId } = child.spanContext();
    expect(span.traceIdHigh.toString('hex') + span.traceIdLow.toString('hex')).toBe(traceId);
    expect(span.spanId.toString('hex')).toBe(spanId);
    expect(span.parentSpanId.toString('hex')).toBe(root.spanContext().spanId);
    expect(span.flags).toBe(1);
    expect(Number(span.startTime.readBigInt64BE())).toBe(1_795_270_000_124_000);
    expect(Number(span.duration.readBigInt64BE())).toBe(1_233_500);
    expect(tags(span.tags)).toEqual({
      int: 42,
      negative: -7,
      large: 2 ** 52,
      huge: 1e300,
      fraction: 0.25,
      yes: true,
      no: false,
      empty: '',
      texts: '["a","b"]',
      nested: expect.stringContaining('"list":[1,"x",{"deep":null}]'),
      bytes: [0, 128, 255],
      zero: 0,
      'span.kind': 'internal',
      'otel.scope.name': 'alex',
      'otel.scope.version': '0.1.0',
      'otel.status_code': 'ERROR',
      'otel.status_description': 'out of range',
      error: true,
      'w3c.tracestate': 'vendor=1',
      'otel.dropped_attributes_count': 1,
    });
    expect(span.logs).toHaveLength(3);
    expect(tags(span.logs[0].fields)).toEqual({ event: 'first token', index: 1 });
    expect(Number(span.logs[0].timestamp.readBigInt64BE())).toBe(1_795_270_000_143_000);
    expect(tags(span.logs[2].fields)).toMatchObject({ event: 'exception', 'exception.message': 'out of range' });
  });

  it('carries links as references', () => {
    const [span] = batch.spans.filter((one: { references?: unknown }) => one.references);
    expect(span.references).toHaveLength(1);
    expect(span.references[0].refType).toBe('FOLLOWS_FROM');
    expect(span.references[0].spanId.toString('hex')).toBe('00000000000000ff');
  });
});

describe('Zipkin JSON v2', () => {
  const list = JSON.parse(Buffer.from(new ZipkinEncoder().encode(spans)).toString()) as Record<string, unknown>[];

  it('has the documented shape', () => {
    const span = list.find(({ name }) => name === 'alex.llm.generate');
    const { traceId, spanId } = child.spanContext();
    expect(span).toEqual({
      traceId,
      id: spanId,
      parentId: root.spanContext().spanId,
      name: 'alex.llm.generate',
      timestamp: 1_795_270_000_124_000,
      duration: 1_233_500,
      localEndpoint: { serviceName: 'agent ü' },
      annotations: [
        { timestamp: 1_795_270_000_143_000, value: '"first token": {"index":1}' },
        { timestamp: 1_795_270_000_153_000, value: 'bare' },
        { timestamp: 1_795_270_000_163_000, value: expect.stringMatching(/^"exception": \{.*"out of range"/) },
      ],
      tags: expect.objectContaining({
        int: '42',
        yes: 'true',
        texts: '["a","b"]',
        bytes: 'AID/',
        error: 'out of range',
        'otel.status_code': 'ERROR',
        'otel.scope.name': 'alex',
        'service.version': '1.2.3',
        pid: '7',
      }),
    });
  });

  it('has only text tags, kinds that Zipkin knows, and no duration of nothing', () => {
    for (const span of list) {
      expect(Object.values(span['tags'] as object).every((tag) => typeof tag === 'string')).toBe(true);
      expect([undefined, 'SERVER', 'CLIENT', 'PRODUCER', 'CONSUMER']).toContain(span['kind']);
      expect(span['duration']).toBeGreaterThanOrEqual(1);
    }
    expect(list.find(({ name }) => name === 'second scope')).not.toHaveProperty('parentId');
  });
});
