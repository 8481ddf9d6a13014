import { setTimeout as sleep } from 'node:timers/promises';
import { ROOT_CONTEXT, type Span, type TimeInput, trace } from '@opentelemetry/api';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Configuration } from '../config/configuration.ts';
import { runWith, withSession } from '../context/active.ts';
import { activeContext } from '../context/active-context.ts';
import { type HttpSink, openHttpSink } from '../testing/http-sink.ts';
import { createTracing, type Tracing, type TracingOptions } from './tracing.ts';

interface ZipkinSpan {
  readonly traceId: string;
  readonly id: string;
  readonly parentId?: string;
  readonly name: string;
  readonly tags: Record<string, string>;
  readonly timestamp: number;
  readonly duration: number;
  readonly annotations: readonly { timestamp: number; value: string }[];
}

const counted = {
  exported: 0,
  failed: {} as Record<string, number>,
  dropped: {} as Record<string, number>,
  exports: 0,
};
const warnings: string[] = [];
let sink: HttpSink;
let tracing: Tracing;

beforeEach(async () => {
  Object.assign(counted, { exported: 0, failed: {}, dropped: {}, exports: 0 });
  warnings.length = 0;
  sink = await openHttpSink();
});
afterEach(async () => {
  await tracing?.shutdown(50);
  await sink.close();
});

function start(config: Partial<Configuration['tracing']> = {}, options: Partial<TracingOptions> = {}): Tracing {
  tracing = createTracing({
    config: {
      enabled: true,
      exporter: 'zipkin',
      jaeger_endpoint: `${sink.url}/api/traces`,
      otlp_endpoint: sink.url.replace('http://', ''),
      zipkin_endpoint: `${sink.url}/api/v2/spans`,
      sample_rate: 1,
      service_name: 'alex',
      service_version: '1.0.0',
      headers: undefined,
      jaeger_client: 'builtin',
      ...config,
    },
    context: activeContext,
    warn: (message) => warnings.push(message),
    listener: {
      spansExported: (count) => void (counted.exported += count),
      spansFailed: (reason, count) => void (counted.failed[reason] = (counted.failed[reason] ?? 0) + count),
      dropped: (_signal, reason, count) => void (counted.dropped[reason] = (counted.dropped[reason] ?? 0) + count),
      exportSeconds: () => void (counted.exports += 1),
    },
    ...options,
  });
  return tracing;
}

const received = (): ZipkinSpan[] => sink.requests.flatMap(({ body }) => JSON.parse(body.toString()));
const spanNamed = (name: string): ZipkinSpan => received().find((span) => span.name === name)!;

describe('spans', () => {
  it('arrive with parents, resource and session', async () => {
    const { tracer, flush } = start(
      { service_name: 'my agent' },
      { env: { OTEL_RESOURCE_ATTRIBUTES: 'env=pr%C3%B6d' } },
    );
    await runWith(withSession(activeContext.active(), 's-1'), () =>
      tracer.withSpan('outer', { answer: 42 }, async () => {
        await sleep(1);
        return tracer.withSpan('inner', () => 1);
      }),
    );
    expect(await flush()).toEqual([]);
    expect(spanNamed('inner')).toMatchObject({
      traceId: spanNamed('outer').traceId,
      parentId: spanNamed('outer').id,
      tags: { 'alex.session_id': 's-1', 'gen_ai.conversation.id': 's-1' },
    });
    expect(spanNamed('outer').tags).toMatchObject({
      answer: '42',
      env: 'pröd',
      'service.version': '1.0.0',
      'service.instance.id': expect.stringMatching(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/),
      'telemetry.sdk.language': 'nodejs',
      'otel.scope.name': 'alex',
    });
    expect(Object.keys(spanNamed('outer').tags).filter((key) => key.startsWith('process.'))).toEqual([]);
    expect(counted).toMatchObject({ exported: 2, failed: {}, dropped: {}, exports: 1 });
  });

  it('take anything in their methods, and count what they could not take', async () => {
    const { tracer, flush } = start();
    const span = tracer.startSpan('total') as unknown as Record<string, (...args: unknown[]) => unknown>;
    expect(span['setStatus']!(undefined)).toBe(span);
    expect(span['setAttribute']!(Symbol('key'), Symbol('value'))).toBe(span);
    expect(span['addLinks']!(5)).toBe(span);
    span['end']!(Symbol('time'));
    await flush();
    expect(spanNamed('total')).toBeDefined();
    expect(counted.dropped['invalid_attribute']).toBe(2);
  });

  it('take as many attributes as they keep, and no text for attributes', async () => {
    const { tracer, flush } = start();
    const many = Object.fromEntries(Array.from({ length: 1000 }, (_, index) => [`key${index}`, index]));
    tracer.startSpan('bounded', { attributes: many }).end();
    const span = tracer.startSpan('text');
    span.setAttributes('abc' as never);
    span.addEvent('event', 'abc' as never);
    span.addEvent('timed', 1_700_000_000_000);
    span.end();
    await flush();
    expect(spanNamed('bounded').tags).toMatchObject({ key0: '0', key127: '127' });
    expect(spanNamed('bounded').tags).not.toHaveProperty('key128');
    expect(spanNamed('text').tags).not.toHaveProperty('0');
    expect(spanNamed('text').annotations).toMatchObject([
      { value: 'event' },
      { value: 'timed', timestamp: 1_700_000_000_000_000 },
    ]);
  });

  it('say of errors only what is redacted', async () => {
    const redactText = (text: string): string => text.replaceAll('hunter2', '***');
    const { tracer, flush } = start({}, { redactText });
    expect(() =>
      tracer.withSpan('failing', () => {
        throw new Error('wrong password hunter2');
      }),
    ).toThrow('hunter2');
    await flush();
    const body = sink.requests.map((request) => request.body.toString()).join('');
    expect(body).toContain('wrong password ***');
    expect(body).not.toContain('hunter2');
  });

  it('take resource attributes from the environment of the process unless given another', async () => {
    vi.stubEnv('OTEL_RESOURCE_ATTRIBUTES', 'team=agents');
    const { tracer, flush } = start();
    vi.unstubAllEnvs();
    tracer.startSpan('one').end();
    await flush();
    expect(spanNamed('one').tags).toMatchObject({ team: 'agents' });
  });

  it.each([
    ['otlp', '/v1/traces', 'application/x-protobuf'],
    ['jaeger', '/api/traces', 'application/x-thrift'],
    ['zipkin', '/api/v2/spans', 'application/json'],
  ] as const)('go out by %s, with the headers of the configuration', async (exporter, path, type) => {
    const { tracer, flush } = start({ exporter, headers: { authorization: 'Bearer x' } });
    tracer.startSpan('one').end();
    expect(await flush()).toEqual([]);
    expect(sink.requests[0]).toMatchObject({
      path,
      headers: { 'content-type': type, authorization: 'Bearer x' },
    });
  });

  it('go out by themselves soon', async () => {
    start().tracer.startSpan('one').end();
    await sink.received(1);
    expect(received()[0]?.name).toBe('one');
  });

  it('wait for the start where they are told to', async () => {
    const held = start({ exporter: 'otlp' }, { held: true });
    for (let n = 0; n < 600; n++) held.tracer.startSpan('one').end();
    await sleep(50);
    expect([sink.connections, held.queued.spans]).toEqual([0, 600]);
    held.start();
    await sink.received(1);
  });

  it('record what is thrown, and pass it on unchanged', async () => {
    const { tracer, flush } = start();
    const failure = new TypeError('boom');
    const fail = () => {
      throw failure;
    };
    expect(() => tracer.withSpan('sync', fail)).toThrow(failure);
    await expect(tracer.withSpan('async', async () => fail())).rejects.toBe(failure);
    const hostile = Object.defineProperty({}, 'message', { get: fail });
    await expect(tracer.withSpan('hostile', () => Promise.reject(hostile))).rejects.toBe(hostile);
    await flush();
    for (const name of ['sync', 'async']) {
      expect(spanNamed(name).tags).toMatchObject({ error: 'boom', 'otel.status_code': 'ERROR' });
      expect(spanNamed(name).annotations[0]?.value).toContain('TypeError');
    }
    expect(spanNamed('hostile').tags['otel.status_code']).toBe('ERROR');
  });

  it('of a stream end when it ends, and its steps are their children', async () => {
    const { tracer, flush } = start();
    async function* stream() {
      yield tracer.withSpan('step', () => 1);
    }
    const generator = stream();
    const returned = tracer.withSpan('stream', () => generator);
    expect(returned).toBe(generator);
    await flush();
    expect(received()).toEqual([]);
    for await (const _ of returned);
    await flush();
    expect(spanNamed('step').parentId).toBe(spanNamed('stream').id);
  });

  it('are made by an OpenTelemetry tracer, whatever the form of the call', () => {
    const { tracer } = start();
    const id = (span: Span) => span.spanContext().traceId;
    const outer = tracer.startSpan('outer');
    const context = trace.setSpan(ROOT_CONTEXT, outer);
    expect(tracer.startActiveSpan('a', {}, context, id)).toBe(id(outer));
    expect(tracer.startActiveSpan('b', { root: true }, id)).not.toBe(id(outer));
    expect(tracer.startActiveSpan('c', (span) => trace.getSpan(activeContext.active()) === span)).toBe(true);
    expect(tracer.startSpan('d', {}, context).spanContext().traceId).toBe(id(outer));
    expect(() => tracer.startSpan('e', { attributes: new Proxy({}, { ownKeys: () => ['a', 'a'] }) })).not.toThrow();
  });

  it('follow the sample rate while running', async () => {
    const { tracer, flush, setSampleRate } = start({ sample_rate: 0 });
    const make = (name: string) => tracer.withSpan(name, (span) => span.spanContext().traceFlags);
    expect(make('before')).toBe(0);
    setSampleRate(1);
    expect(make('after')).toBe(1);
    await flush();
    expect(received().map(({ name }) => name)).toEqual(['after']);
  });

  it.each<{ time: TimeInput }>([
    { time: Number.NaN },
    { time: new Date(Number.NaN) },
    { time: [-5, -5] },
    { time: [Number.NaN, 0] },
    { time: 1e300 },
  ])('with the time $time arrive with one that collectors take', async ({ time }) => {
    const { tracer, flush } = start();
    const begin = Date.now() * 1000;
    const span = tracer.startSpan('odd', { startTime: time });
    span.addEvent('event', {}, time);
    span.end(time);
    tracer.startSpan('late').end(time);
    await flush();
    for (const name of ['odd', 'late']) {
      const { timestamp, duration, annotations } = spanNamed(name);
      for (const each of [timestamp, ...annotations.map((annotation) => annotation.timestamp)]) {
        expect(each).toBeGreaterThanOrEqual(begin);
        expect(each).toBeLessThan(begin + 60e6);
      }
      expect(Number.isSafeInteger(duration) && duration > 0 && duration < 60e6).toBe(true);
    }
  });

  it('never hold huge values', async () => {
    const { tracer, flush } = start();
    const huge = 'x'.repeat(10_000_000);
    const span = tracer.startSpan(huge, { attributes: { prompt: huge, nested: { deep: [huge] } } });
    span.recordException(new Error(huge));
    span.setStatus({ code: 2, message: huge });
    span.end();
    tracer.startSpan('many', { attributes: { list: Array.from({ length: 500_000 }, (_, n) => n) } }).end();
    expect(tracing.queued.spans).toBe(1);
    expect(tracing.queued.bytes).toBeLessThan(300_000);
    await flush();
    expect(received()[0]?.tags['prompt']).toHaveLength(32_768);
    expect(sink.requests[0]?.body.length).toBeLessThan(300_000);
    expect(counted.dropped).toEqual({ span_too_large: 1 });
  });
});

describe('a burst', () => {
  it('of 10000 spans in one tick arrives whole, in several requests at a time', async () => {
    const { tracer, flush } = start({ exporter: 'otlp' });
    for (let n = 0; n < 10_000; n++) tracer.startSpan('burst').end();
    expect(await flush()).toEqual([]);
    expect(counted).toMatchObject({ exported: 10_000, dropped: {} });
    expect(sink.connections).toBeLessThanOrEqual(4);
  });

  it('beyond the queue is dropped and counted', async () => {
    const { tracer, flush } = start({ exporter: 'otlp' });
    for (let n = 0; n < 17_000; n++) tracer.startSpan('burst').end();
    expect(tracing.queued.spans).toBe(16_384);
    await flush();
    expect(counted).toMatchObject({ exported: 16_384, dropped: { queue_full: 616 } });
  });

  it('is split into requests of a megabyte', async () => {
    const { tracer, flush } = start({ exporter: 'otlp' });
    for (let n = 0; n < 100; n++) tracer.startSpan('big', { attributes: { text: 'x'.repeat(30_000) } }).end();
    await flush();
    expect(counted.exported).toBe(100);
    expect(sink.requests.length).toBeGreaterThanOrEqual(3);
    for (const { body } of sink.requests) expect(body.length).toBeLessThan(1_100_000);
  });
});

describe('a collector that', () => {
  const end = (name = 'one') => tracing.tracer.startSpan(name).end();
  async function timed<Value>(promise: Promise<Value>): Promise<[Value, number]> {
    const begin = performance.now();
    return [await promise, performance.now() - begin];
  }

  it('is down costs spans, one warning and little time', async () => {
    start({ exporter: 'otlp', otlp_endpoint: '127.0.0.1:1' });
    for (let n = 0; n < 3; n++) {
      end();
      const [failures, ms] = await timed(tracing.flush());
      expect(failures).toEqual([{ part: 'traces', message: expect.stringContaining('127.0.0.1:1') }]);
      expect(ms).toBeLessThan(1500);
    }
    expect(warnings).toHaveLength(1);
    expect(counted).toMatchObject({ failed: { network: 3 }, dropped: { export_failed: 3 } });
  });

  it('asks for patience gets the spans later', async () => {
    sink.answer = (_request, response) => {
      if (sink.requests.length === 1) response.writeHead(503, { 'retry-after': '1' });
      response.end();
    };
    start();
    end();
    expect(await tracing.flush()).toEqual([]);
    expect(counted.exported).toBe(1);
  });

  it('hangs delays neither a flush nor a shutdown beyond their time', async () => {
    sink.answer = () => {};
    start();
    end();
    const [failures, flushMs] = await timed(tracing.flush(200));
    expect(failures).toEqual([{ part: 'traces', message: expect.stringContaining('not done within 200 ms') }]);
    expect(flushMs).toBeLessThan(600);
    end('later');
    const [, shutdownMs] = await timed(tracing.shutdown(300));
    expect(shutdownMs).toBeLessThan(800);
    expect(counted.failed).toEqual({ closed: 2 });
  });

  it('is slow is waited for: a flush includes what is in flight', async () => {
    sink.answer = (_request, response) => void setTimeout(() => response.end(), 150);
    start();
    end();
    void tracing.flush();
    const [failures, ms] = await timed(tracing.flush());
    expect(failures).toEqual([]);
    expect(ms).toBeGreaterThan(120);
    expect(counted.exported).toBe(1);
  });

  it('never rests, because spans keep coming, does not hold a flush of those before', async () => {
    sink.answer = (_request, response) => setTimeout(() => response.end(), 5);
    const { tracer, flush } = start();
    tracer.startSpan('before').end();
    const producer = setInterval(() => tracer.startSpan('after').end(), 1);
    await sleep(50);
    const begin = performance.now();
    expect(await flush(2000)).toEqual([]);
    clearInterval(producer);
    expect(performance.now() - begin).toBeLessThan(1500);
    expect(received().some(({ name }) => name === 'before')).toBe(true);
  });

  it('answers garbage is reported', async () => {
    sink.answer = (_request, response) => void response.writeHead(400).end('\u0000nonsense');
    start();
    end();
    expect((await tracing.flush())[0]?.message).toContain('HTTP 400 nonsense');
    expect(counted.failed).toEqual({ rejected: 1 });
  });
});

describe('@opentelemetry/exporter-jaeger', () => {
  it('can be chosen', async () => {
    const { tracer, flush, shutdown } = start({ jaeger_client: 'opentelemetry', exporter: 'jaeger' });
    for (let n = 0; n < 300; n++) tracer.startSpan('one').end();
    expect(await flush()).toEqual([]);
    expect(sink.requests).toHaveLength(1);
    expect(sink.requests[0]).toMatchObject({
      path: '/api/traces',
      headers: { 'content-type': 'application/x-thrift' },
    });
    await shutdown(500);
  });

  it('that fails or hangs does no harm', async () => {
    start({ jaeger_client: 'opentelemetry', exporter: 'jaeger' });
    sink.answer = (_request, response) => void response.writeHead(500).end();
    tracing.tracer.startSpan('one').end();
    expect((await tracing.flush())[0]?.message).toContain('500');
    sink.answer = () => {};
    tracing.tracer.startSpan('two').end();
    const begin = performance.now();
    await tracing.shutdown(200);
    expect(performance.now() - begin).toBeLessThan(1000);
  });
});

describe('tracing that is', () => {
  it('off makes spans with ids in their parent’s trace, and exports nothing', async () => {
    const { tracer, provider, flush } = start({ enabled: false });
    tracer.withSpan('outer', (outer) => {
      tracer.withSpan('inner', (inner) => {
        expect(inner.spanContext()).toMatchObject({ traceId: outer.spanContext().traceId, traceFlags: 0 });
        expect(inner.spanContext().spanId).not.toBe(outer.spanContext().spanId);
        expect(trace.isSpanContextValid(inner.spanContext())).toBe(true);
        expect(inner.isRecording()).toBe(false);
      });
    });
    expect(provider).toBeUndefined();
    expect(await flush()).toEqual([]);
    expect(sink.requests).toEqual([]);
  });

  it('set up wrongly is off, and says so', () => {
    const { tracer } = start({ zipkin_endpoint: 'nonsense' });
    expect(tracer.startSpan('one').isRecording()).toBe(false);
    expect(warnings).toEqual([expect.stringContaining('Tracing is off')]);
  });

  it('shut down drops late spans, makes new ones with ids only, and can be created again', async () => {
    const first = start();
    const late = first.tracer.startSpan('late');
    first.tracer.startSpan('in time').end();
    const closing = first.shutdown();
    expect(await closing).toEqual([]);
    expect(await first.shutdown()).toEqual([]);
    late.end();
    expect(counted).toMatchObject({ exported: 1, dropped: { shut_down: 1 } });
    expect(first.tracer.startSpan('after').isRecording()).toBe(false);
    expect(await first.flush()).toEqual([]);
    start().tracer.startSpan('again').end();
    expect(await tracing.flush()).toEqual([]);
    expect(counted.exported).toBe(2);
  });

  it('listened to by something broken works on', async () => {
    const broken = vi.fn(() => {
      throw new Error('listener');
    });
    const { tracer, flush } = start({}, { warn: broken, listener: { spansExported: broken, exportSeconds: broken } });
    tracer.startSpan('one').end();
    expect(await flush()).toEqual([]);
    expect(broken).toHaveBeenCalled();
  });
});
