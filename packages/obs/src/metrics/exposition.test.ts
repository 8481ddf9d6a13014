import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseOpenMetrics } from '@alex/openmetrics';
import { afterEach, expect, test } from 'vitest';
import { createFixture } from './fixture.ts';
import type { Metrics } from './metrics.ts';

const { create: createOnly, warnings } = createFixture();
const running: Metrics[] = [];
const servers: Server[] = [];

const create: typeof createOnly = (...options) => {
  const metrics = createOnly(...options);
  running.push(metrics);
  return metrics;
};

async function occupy(): Promise<number> {
  const server = createServer();
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

afterEach(async () => {
  for (const metrics of running.splice(0)) await metrics.shutdown(500);
  for (const server of servers.splice(0)) server.close();
  warnings.length = 0;
});

const openMetrics = { headers: { accept: 'application/openmetrics-text; version=1.0.0' } };

test('a scrape reads what was recorded, in strict OpenMetrics', async () => {
  const metrics = create();
  metrics.api.recordToolExecution('grep', 'success', 42);
  const { url } = await metrics.start();
  const response = await fetch(url!, openMetrics);
  const body = await response.text();
  expect(body).toContain('alex_tool_executions_total{tool_name="grep",status="success"} 1\n');
  expect(body).toContain('process_cpu_seconds_total');
  expect([...parseOpenMetrics(body).families].length).toBeGreaterThan(30);
  expect(await (await fetch(url!)).text()).toMatch(/alex_obs_scrape_duration_seconds_count [1-9]/);
  expect(warnings).toEqual([]);
});

test('a taken port gives a free one and one warning that names both', async () => {
  const port = await occupy();
  const metrics = create({ prometheus_port: port });
  const { url } = await metrics.start();
  expect(url).not.toContain(`:${port}/`);
  expect((await fetch(url!)).status).toBe(200);
  expect(warnings).toEqual([expect.stringMatching(new RegExp(`Port ${port}.*${url}`))]);
});

test('an address that is none of this machine is said and harms nobody', async () => {
  const metrics = create({ host: '203.0.113.7' });
  expect(await metrics.start()).toEqual({ url: undefined });
  expect(warnings).toEqual([expect.stringContaining('203.0.113.7')]);
  expect(() => metrics.api.recordToolExecution('t', 'success', 1)).not.toThrow();
});

test('beyond loopback the token is demanded too', async () => {
  const { url } = await create({ host: '0.0.0.0', token: 'secret' }).start();
  expect(warnings).toEqual([]);
  expect((await fetch(url!)).status).toBe(401);
  expect((await fetch(url!, { headers: { authorization: 'Bearer secret' } })).status).toBe(200);
});

test('more routes are served under the same token', async () => {
  const metrics = create({ token: 'secret' });
  const { url } = await metrics.start({ '/sessions': (_request, response) => void response.end('[]') });
  const sessions = new URL('/sessions', url);
  expect((await fetch(sessions)).status).toBe(401);
  expect(await (await fetch(sessions, { headers: { authorization: 'Bearer secret' } })).text()).toBe('[]');
});

test('the targets file says where, while it serves', async () => {
  const home = mkdtempSync(join(tmpdir(), 'alex-home-'));
  try {
    const metrics = create({}, { home });
    const { url } = await metrics.start();
    const file = join(home, 'targets', `${process.pid}.json`);
    expect(JSON.parse(readFileSync(file, 'utf8'))).toMatchObject([{ targets: [new URL(url!).host] }]);
    await metrics.shutdown(500);
    expect(readdirSync(join(home, 'targets'))).toEqual([]);
  } finally {
    rmSync(home, { recursive: true });
  }
});

test('a home that cannot be written is said, and metrics are served all the same', async () => {
  const { url } = await create({}, { home: '/dev/null/alex' }).start();
  expect((await fetch(url!)).status).toBe(200);
  expect(warnings).toEqual([expect.stringContaining('targets file')]);
});

test('after a shutdown nothing counts and nothing listens, until the next start', async () => {
  const metrics = create();
  metrics.api.recordToolExecution('t', 'success', 1);
  const { url } = await metrics.start();
  expect(await metrics.shutdown(500)).toEqual([]);
  await expect(fetch(url!)).rejects.toThrow();
  metrics.api.recordToolExecution('t', 'success', 1);
  const again = await metrics.start();
  metrics.api.recordToolExecution('t', 'success', 1);
  const body = await (await fetch(again.url!)).text();
  expect(body).toContain('alex_tool_executions_total{tool_name="t",status="success"} 2\n');
});

/** Samples of an exposition, without what changes from one scrape to the next. */
function samples(body: string): string[] {
  return body
    .split('\n')
    .filter(
      (line) =>
        line !== '' && !line.startsWith('#') && !/^(process|nodejs|alex_obs_scrape)_|family="nodejs_/.test(line),
    )
    .map((line) => line.replace(/(\d)\.0$/, '$1'))
    .sort();
}

function names(body: string): string[] {
  return [...new Set(body.split('\n').flatMap((line) => /^# TYPE (\S+ \S+)/.exec(line)?.[1] ?? []))].sort();
}

test('the official exporter serves the same series as our own exposition', async () => {
  const metrics = create({ exposition: 'opentelemetry', labels: { env: 'test "quoted" \\ and\nbroken' } });
  metrics.api.recordToolExecution('grep', 'success', 42);
  metrics.api.recordToolExecution('bash \u{1f600}', 'error', 4200);
  metrics.api.recordLLMRequest({
    model: 'gpt-4',
    status: 'success',
    latencyMs: 1234,
    inputTokens: 10,
    outputTokens: 5,
    costUsd: 0.1,
  });
  metrics.api.sessionStarted();
  metrics.api.meter
    .createCounter('house.requests', { unit: 'By', description: 'Bytes.' })
    .add(3, { 'http.route': '/a' });
  metrics.api.meter.createHistogram('house.latency', { unit: 's' }).record(3, { ok: true });
  metrics.api.meter.createUpDownCounter('house.open').add(-2);
  const { url } = await metrics.start();
  await metrics.collect();
  const official = await (await fetch(url!)).text();
  const own = await (await fetch(new URL('/openmetrics', url))).text();
  expect(samples(official).length).toBeGreaterThan(150);
  expect(samples(official)).toEqual(samples(own));
  expect(names(official)).toEqual(names(own));
});
