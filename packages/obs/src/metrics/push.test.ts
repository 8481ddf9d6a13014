import { readFileSync } from 'node:fs';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';
import { type FamilyDeclaration, translateName } from '@alex/openmetrics';
import { samplesOf } from '@alex/openmetrics/testing';
import protobuf from 'protobufjs';
import { afterEach, expect, test } from 'vitest';
import { createFixture } from './fixture.ts';
import type { Metrics } from './metrics.ts';

interface Point {
  readonly attributes: readonly { readonly key: string; readonly value: { readonly stringValue: string } }[];
  readonly startTimeUnixNano: string;
  readonly timeUnixNano: string;
  readonly asDouble: number;
  readonly count: string;
  readonly sum: number;
  readonly bucketCounts: readonly string[];
  readonly explicitBounds: readonly number[];
  readonly exemplars: readonly Readonly<Record<string, unknown>>[];
}

interface Metric {
  readonly name: string;
  readonly description: string;
  readonly unit: string;
  readonly gauge?: { readonly dataPoints: readonly Point[] };
  readonly sum?: {
    readonly dataPoints: readonly Point[];
    readonly aggregationTemporality: number;
    readonly isMonotonic: boolean;
  };
  readonly histogram?: { readonly dataPoints: readonly Point[]; readonly aggregationTemporality: number };
}

interface Request {
  readonly resourceMetrics: readonly {
    readonly resource: { readonly attributes: Point['attributes'] };
    readonly scopeMetrics: readonly { readonly scope: object; readonly metrics: readonly Metric[] }[];
  }[];
}

const schema = protobuf
  .parse(readFileSync(new URL('./golden/metrics.proto', import.meta.url), 'utf8'))
  .root.lookupType('ExportMetricsServiceRequest');

function decode(body: Uint8Array): Request {
  const options = { longs: String, bytes: String, defaults: true, arrays: true };
  return schema.toObject(schema.decode(body), options) as unknown as Request;
}

interface Sink {
  readonly url: string;
  readonly requests: { readonly headers: IncomingHttpHeaders; readonly message: Request }[];
  status: number;
}

const servers: Server[] = [];
const running: Metrics[] = [];
const { create: createOnly, warnings } = createFixture();
const create: typeof createOnly = (...options) => {
  const metrics = createOnly(...options);
  running.push(metrics);
  return metrics;
};

async function openSink(): Promise<Sink> {
  const requests: Sink['requests'] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks);
    const unpacked = request.headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body;
    requests.push({ headers: request.headers, message: decode(unpacked) });
    response.statusCode = sink.status;
    response.end();
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const sink: Sink = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/metrics`,
    requests,
    status: 200,
  };
  return sink;
}

afterEach(async () => {
  for (const metrics of running.splice(0)) await metrics.shutdown(200);
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
  warnings.length = 0;
});

const span = { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331', traceFlags: 1 };

function record(metrics: Metrics): void {
  metrics.api.recordToolExecution('grep', 'success', 42);
  metrics.api.recordLLMRequest({
    model: 'gpt-4',
    status: 'success',
    latencyMs: 1234,
    inputTokens: 10,
    outputTokens: 5,
  });
  metrics.api.sessionStarted();
  metrics.api.meter.createCounter('house.requests', { unit: 'By' }).add(3, { 'http.route': '/ä' });
  metrics.api.meter.createUpDownCounter('house.open').add(-2);
  metrics.api.meter.createGauge('house.load', { unit: '1' }).record(0.5);
}

/** What Prometheus makes of a push: its own names, by its own translation. */
function samplesOfPush({ resourceMetrics }: Request): Map<string, number> {
  const samples = new Map<string, number>();
  const add = (name: string, labels: readonly (readonly [string, string])[], value: number): void => {
    samples.set(`${name} ${JSON.stringify([...labels].sort())}`, value);
  };
  for (const metric of resourceMetrics.flatMap(({ scopeMetrics }) => scopeMetrics.flatMap(({ metrics }) => metrics))) {
    const { name, unit, sum, gauge, histogram } = metric;
    const type: FamilyDeclaration['type'] = histogram
      ? 'histogram'
      : sum?.isMonotonic
        ? 'counter'
        : sum
          ? 'updowncounter'
          : 'gauge';
    const wire = translateName({ type, name, unit }, 'UnderscoreEscapingWithSuffixes').name;
    for (const point of (sum ?? gauge ?? histogram)?.dataPoints ?? []) {
      const labels = point.attributes.map(({ key, value }): [string, string] => [key, value.stringValue]);
      if (histogram === undefined) {
        add(type === 'counter' ? `${wire}_total` : wire, labels, point.asDouble);
        continue;
      }
      let count = 0;
      point.bucketCounts.forEach((bucket, index) => {
        count += Number(bucket);
        const bound = point.explicitBounds[index];
        add(`${wire}_bucket`, [...labels, ['le', bound === undefined ? '+Inf' : String(bound)]], count);
      });
      add(`${wire}_count`, labels, Number(point.count));
      add(`${wire}_sum`, labels, point.sum);
    }
  }
  return samples;
}

test('a push has the series of a scrape, after the translation of Prometheus', async () => {
  const sink = await openSink();
  const metrics = create({ exporter: 'otlp', otlp_endpoint: sink.url, labels: { env: 'test' } });
  record(metrics);
  const scraped = new Map(
    samplesOf(await metrics.collect()).map(({ name, labels, value }): [string, number] => {
      const text = Object.entries(labels).map(([key, label]) => [
        key,
        key === 'le' && label !== '+Inf' ? String(Number(label)) : label,
      ]);
      return [`${name} ${JSON.stringify(text.sort())}`, value];
    }),
  );
  expect(await metrics.start()).toEqual({ url: undefined });
  expect(await metrics.flush(2000)).toEqual([]);
  const pushed = new Map(
    [...samplesOfPush(sink.requests[0]!.message)].filter(
      ([name]) => !/^(process|nodejs)_|"(process|nodejs)_|family.*alex_obs_series"/.test(name),
    ),
  );
  const own = new Map([...scraped].filter(([name]) => !/family.*alex_obs_series"/.test(name)));
  expect(scraped.size).toBeGreaterThan(100);
  expect([...pushed].sort()).toEqual([...own].sort());
});

test('a push is cumulative, with resource, scope, start times, OTel names and exemplars', async () => {
  const sink = await openSink();
  const metrics = create(
    { exporter: 'otlp', otlp_endpoint: sink.url, otlp_headers: { authorization: 'Bearer x' } },
    { spanContext: () => span, resource: { 'service.name': 'alex', 'service.version': '1.0.0' } },
  );
  const before = Date.now();
  record(metrics);
  await metrics.start();
  await metrics.flush(2000);
  const { headers, message } = sink.requests[0]!;
  expect(headers).toMatchObject({ authorization: 'Bearer x', 'content-type': 'application/x-protobuf' });
  const [{ resource, scopeMetrics } = expect.fail()] = message.resourceMetrics;
  expect(resource.attributes.map(({ key, value }) => [key, value.stringValue])).toEqual([
    ['service.name', 'alex'],
    ['service.version', '1.0.0'],
  ]);
  expect(scopeMetrics[0]?.scope).toEqual({ name: '@alex/obs', version: '1.2.3' });
  const find = (name: string): Metric => scopeMetrics[0]!.metrics.find((metric) => metric.name === name)!;
  expect(find('alex.llm.requests.total')).toMatchObject({
    unit: '{request}',
    sum: { aggregationTemporality: 2, isMonotonic: true },
  });
  expect(find('alex.sessions.active').sum).toMatchObject({ isMonotonic: false, dataPoints: [{ asDouble: 1 }] });
  expect(find('house.requests')).toMatchObject({ unit: 'By', sum: { dataPoints: [{ asDouble: 3 }] } });
  const [point = expect.fail()] = find('alex.tool.duration').histogram!.dataPoints;
  expect(find('alex.tool.duration')).toMatchObject({ unit: 's', histogram: { aggregationTemporality: 2 } });
  expect(Number(point.startTimeUnixNano) / 1e6).toBeGreaterThanOrEqual(before - 1);
  expect(Number(point.timeUnixNano)).toBeGreaterThanOrEqual(Number(point.startTimeUnixNano));
  expect(point.exemplars).toEqual([
    expect.objectContaining({
      asDouble: 0.042,
      traceId: Buffer.from(span.traceId, 'hex').toString('base64'),
      spanId: Buffer.from(span.spanId, 'hex').toString('base64'),
    }),
  ]);
});

test('pushes repeat in the interval and once more at shutdown', async () => {
  const sink = await openSink();
  const metrics = create({ exporter: 'otlp', otlp_endpoint: sink.url, interval_ms: 100 });
  await metrics.start();
  await expect.poll(() => sink.requests.length, { timeout: 3000 }).toBeGreaterThanOrEqual(2);
  record(metrics);
  expect(await metrics.shutdown(2000)).toEqual([]);
  expect(samplesOfPush(sink.requests.at(-1)!.message).get('alex_sessions_active []')).toBe(1);
});

test('a backend that refuses is said once a minute, counted, and told by flush', async () => {
  const sink = await openSink();
  sink.status = 400;
  const metrics = create({ exporter: 'otlp', otlp_endpoint: sink.url });
  await metrics.start();
  expect(await metrics.flush(1000)).toEqual([{ part: 'metrics', message: expect.stringContaining('400') }]);
  await metrics.flush(1000);
  expect(warnings.filter((message) => message.includes('not pushed'))).toHaveLength(1);
  sink.status = 200;
  await metrics.flush(1000);
  const dropped = [...samplesOfPush(sink.requests.at(-1)!.message)].find(
    ([name]) => name.includes('export_failed') && name.includes('metrics'),
  );
  expect(dropped?.[1]).toBe(2);
});

test('a backend that hangs delays a shutdown no longer than its deadline', async () => {
  const server = createServer(() => {});
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const metrics = create({ exporter: 'otlp', otlp_endpoint: `http://127.0.0.1:${port}/` });
  await metrics.start();
  const start = performance.now();
  expect(await metrics.shutdown(150)).toEqual([{ part: 'metrics', message: expect.stringContaining('150 ms') }]);
  expect(performance.now() - start).toBeLessThan(1000);
});

test('a URL that is none is said, and harms nobody', async () => {
  const metrics = create({ exporter: 'otlp', otlp_endpoint: 'nonsense' });
  expect(await metrics.start()).toEqual({ url: undefined });
  expect(warnings).toEqual([expect.stringContaining('nobody can read them')]);
});
