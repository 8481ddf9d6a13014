import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { captureIo, type RunningService, runService, type ServiceDefinition } from '@alex/service';
import { afterEach, describe, expect, it } from 'vitest';
import { createCore } from '../http/core.ts';
import { samples } from '../testing/movement.ts';
import { type ControlPlaneOptions, createControlPlane } from './control-plane.ts';

const running: (() => unknown)[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((close) => close()));
});

const service = { host: '127.0.0.1', port: 0, shutdownTimeout: 300 };

async function run(definition: ServiceDefinition, captured = captureIo()): Promise<RunningService> {
  const started = await runService(definition, { io: captured.io });
  running.push(() => started.close());
  return started;
}

/** A control plane in front of a core, of a server that a test writes, or of nothing. */
async function start(core: string | 'nothing', options: Partial<ControlPlaneOptions> = {}) {
  const definition = createControlPlane({
    service,
    coreUrl: core === 'nothing' ? 'http://127.0.0.1:1' : core,
    healthCheckIntervalMs: 0,
    ...options,
  });
  const captured = captureIo();
  const { url } = await run(definition, captured);
  const call = async (method: string, path: string, body?: unknown) => {
    const headers = { 'content-type': 'application/json' };
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    const response = await fetch(url + path, { method, ...(body === undefined ? {} : { headers, body: text }) });
    const answer = await response.text();
    return {
      status: response.status,
      text: answer,
      body: parsed(answer),
    };
  };
  return { call, values: () => samples(definition.registry!), log: () => captured.output().stderr };
}

async function startCore() {
  return await run(createCore({ store: {}, service }));
}

async function fake(handler: Parameters<typeof createServer>[1]): Promise<string> {
  const server: Server = createServer(handler!).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  running.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function parsed(text: string): Record<string, unknown> {
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch {
    return {};
  }
}

describe('the control plane', () => {
  it('counts requests by route, unknown ones as unmatched, and the scrape from the next one on', async () => {
    const { call } = await start('nothing');
    await call('GET', '/health');
    await call('GET', '/nope');
    const { text } = await call('GET', '/metrics');
    expect(text).toContain('control_plane_http_requests_total{method="GET",path="/health",status="200"} 1\n');
    expect(text).toContain('control_plane_http_requests_total{method="GET",path="unmatched",status="404"} 1\n');
    expect(text).toContain('control_plane_http_requests_in_flight 1\n');
    expect(text).not.toContain('path="/metrics"');
    expect(text).toMatch(/control_plane_uptime_seconds 0\.\d+\n/);
    expect((await call('GET', '/metrics')).text).toContain('path="/metrics",status="200"} 1\n');
  });

  it('shows the core, its statistics and its own numbers', async () => {
    const core = await startCore();
    const { call, values } = await start(core.url);
    expect(await call('GET', '/health/core')).toMatchObject({ status: 200, body: { service: 'allsource-core' } });
    expect((await call('GET', '/api/v1/cluster/status')).body).toMatchObject({
      nodes: [{ id: 'core-1', status: 'healthy', stats: { total_events: 0 } }],
      healthy_nodes: 1,
    });
    expect((await call('GET', '/api/v1/metrics/json')).body['metrics']).toMatchObject({
      event_store: { total_events: 0 },
      control_plane: { uptime_seconds: expect.any(Number), requests_handled: 2 },
    });
    expect(values()['control_plane_core_health_checks_total{status=success}']).toBe(1);
  });

  it('passes snapshots and replays on, and counts only what the core accepted', async () => {
    const core = await startCore();
    const event = { event_type: 'order.placed', entity_id: 'o-1', payload: {} };
    const ingest = (entity_id: string) =>
      fetch(`${core.url}/api/v1/events`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ ...event, entity_id }),
      });
    await ingest('o-1');
    await ingest('o-2');
    const { call, values } = await start(core.url);
    const one = await call('POST', '/api/v1/operations/snapshot', { entity_id: 'o-1' });
    expect(one).toMatchObject({
      status: 200,
      body: { status: 'created', snapshots: 1, snapshot_id: expect.any(String) },
    });
    expect((await call('POST', '/api/v1/operations/snapshot')).body).toMatchObject({ snapshots: 1, snapshot_id: null });
    expect((await call('POST', '/api/v1/operations/snapshot', { entity_id: 'nobody' })).status).toBe(404);
    expect((await call('POST', '/api/v1/operations/replay', { entity_id: 'o-1' })).body).toMatchObject({
      status: 'replay_initiated',
      replay_id: expect.any(String),
    });
    expect((await call('POST', '/api/v1/operations/replay')).body['message']).toContain('every projection is rebuilt');
    expect((await call('POST', '/api/v1/operations/replay', '{')).status).toBe(400);
    expect((await call('POST', '/api/v1/operations/replay', { as_of: 'soon' })).status).toBe(400);
    expect(values()).toMatchObject({
      control_plane_snapshot_operations_total: 2,
      control_plane_replay_operations_total: 2,
    });
  });

  it('answers 503 and counts an error when the core is down', async () => {
    const { call, values } = await start('nothing');
    expect(await call('GET', '/health/core')).toMatchObject({
      status: 503,
      body: { status: 'unhealthy', error: expect.stringContaining('unreachable') },
    });
    expect(values()).toMatchObject({
      'control_plane_core_health_checks_total{status=error}': 1,
      'control_plane_core_health_checks_total{status=success}': 0,
      control_plane_core_health_check_duration_seconds_count: 1,
    });
    expect((await call('GET', '/api/v1/metrics/json')).status).toBe(503);
    expect((await call('GET', '/api/v1/cluster/status')).body).toMatchObject({
      healthy_nodes: 0,
      nodes: [{ status: 'unhealthy', stats: null }],
    });
    expect((await call('POST', '/api/v1/operations/snapshot')).status).toBe(503);
    expect(values()['control_plane_snapshot_operations_total']).toBe(0);
  });

  it('does not wait for a core that hangs', async () => {
    const url = await fake(() => {});
    const { call, values } = await start(url, { coreTimeoutMs: 100 });
    expect((await call('GET', '/health/core')).body['error']).toBe('the core did not answer within 100 ms');
    expect(values()['control_plane_core_health_checks_total{status=error}']).toBe(1);
  });

  it.each([
    ['something that is no JSON', 200, 'hello', 502],
    ['that it is unhealthy', 200, '{"status":"unhealthy"}', 503],
    ['an error with JSON', 500, '{"status":"healthy"}', 500],
  ])('takes a core that answers %s for an error', async (_, status, body, wanted) => {
    const url = await fake((_request, response) => response.writeHead(status).end(body));
    const { call, values } = await start(url);
    expect((await call('GET', '/health/core')).status).toBe(wanted);
    expect(values()['control_plane_core_health_checks_total{status=error}']).toBe(1);
  });

  it('answers 502 for what is no answer of a core', async () => {
    const answers: Record<string, readonly [number, string]> = {
      '/health': [799, '{"status":"unhealthy"}'],
      '/api/v1/snapshots': [500, 'oh no'],
      '/api/v1/replay': [799, '{}'],
    };
    const url = await fake((request, response) => {
      const [status, body] = answers[request.url!]!;
      response.writeHead(status).end(body);
    });
    const { call } = await start(url);
    expect((await call('GET', '/health/core')).status).toBe(502);
    expect(await call('POST', '/api/v1/operations/snapshot')).toMatchObject({
      status: 502,
      body: { error: 'the core answered 500 without JSON' },
    });
    expect((await call('POST', '/api/v1/operations/replay')).status).toBe(502);
  });

  it('gives operations more time than checks', async () => {
    const url = await fake((_request, response) => {
      setTimeout(() => response.writeHead(200, { 'content-type': 'application/json' }).end('{"snapshots":7}'), 200);
    });
    const { call } = await start(url, { coreTimeoutMs: 50 });
    expect((await call('GET', '/health/core')).status).toBe(503);
    expect((await call('POST', '/api/v1/operations/snapshot')).body['snapshots']).toBe(7);
    const { call: hurried } = await start(url, { operationTimeoutMs: 50 });
    expect((await hurried('POST', '/api/v1/operations/snapshot')).status).toBe(503);
  });

  it('does not take an interval of a month for none at all', async () => {
    const core = await startCore();
    const { values, call } = await start(core.url, { healthCheckIntervalMs: 30 * 86_400_000 });
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(values()['control_plane_core_health_checks_total{status=success}']).toBe(1);
    expect((await call('GET', '/health')).status).toBe(200);
  });

  it('waits for one check before the next', async () => {
    let asked = 0;
    const url = await fake(() => {
      asked++;
    });
    const { values } = await start(url, { coreTimeoutMs: 200, healthCheckIntervalMs: 5 });
    await expect.poll(() => values()['control_plane_core_health_checks_total{status=error}']).toBe(1);
    expect(asked).toBeLessThanOrEqual(2);
  });

  it('checks the core in the background, and logs once when it goes', async () => {
    const core = await startCore();
    const { values, log } = await start(core.url, { healthCheckIntervalMs: 20 });
    const checks = (status: string) => values()[`control_plane_core_health_checks_total{status=${status}}`];
    await expect.poll(() => checks('success')).toBeGreaterThan(1);
    await core.close();
    await expect.poll(() => checks('error')).toBeGreaterThan(2);
    const messages = log().match(/The core is (not )?healthy/g);
    expect(messages).toEqual(['The core is healthy', 'The core is not healthy']);
  });

  it('allows other origins only when it is told to', async () => {
    const { url } = await run(createControlPlane({ service, healthCheckIntervalMs: 0 }));
    const preflight = (base: string) =>
      fetch(`${base}/health`, {
        method: 'OPTIONS',
        headers: { origin: 'https://a.example', 'access-control-request-method': 'GET' },
      });
    expect((await preflight(url)).headers.get('access-control-allow-origin')).toBeNull();
    const open = await run(
      createControlPlane({ service: { ...service, corsOrigin: ['*'] }, healthCheckIntervalMs: 0 }),
    );
    const answer = await preflight(open.url);
    expect([answer.status, answer.headers.get('access-control-allow-origin')]).toEqual([204, '*']);
  });
});
