import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { lint, parseOpenMetrics, parsePrometheusText } from '@alex/openmetrics';
import { type Clock, captureIo, type RunningService, runService } from '@alex/service';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { openCostStore } from '../store/open-cost-store.ts';
import { record } from '../testing/records.ts';
import { type CostServiceOptions, costService } from './cost-service.ts';

const folder = mkdtempSync(join(tmpdir(), 'cost-service-'));
afterAll(() => rmSync(folder, { recursive: true }));
const running: RunningService[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((service) => service.close()));
});

class FakeClock implements Clock {
  time = Date.parse('2026-03-10T12:00:00Z');
  readonly #sleepers: { readonly until: number; readonly wake: () => void }[] = [];
  now(): number {
    return this.time;
  }
  sleep(milliseconds: number): Promise<void> {
    return new Promise((wake) => this.#sleepers.push({ until: this.time + milliseconds, wake }));
  }
  to(iso: string): void {
    this.time = Date.parse(iso);
    for (const { until, wake } of this.#sleepers.splice(0)) if (until <= this.time) wake();
  }
}

const token = 'secret';
let files = 0;

async function start(options: Partial<CostServiceOptions> = {}) {
  const clock = new FakeClock();
  const captured = captureIo();
  const location = join(folder, `costs-${++files}.db`);
  const definition = costService({
    host: '127.0.0.1',
    port: 0,
    token,
    location,
    environment: 'test',
    buildDate: 'today',
    settings: { timeZone: 'UTC' },
    shutdownTimeout: 2000,
    ...options,
  });
  const service = await runService(definition, { io: captured.io, clock });
  running.push(service);
  const get = async (path: string) => {
    const response = await fetch(`${service.url}${path}`);
    return { status: response.status, body: await response.text(), type: response.headers.get('content-type') };
  };
  const post = async (path: string, body: unknown, authorization = `Bearer ${token}`) => {
    const headers = { 'Content-Type': 'application/json', Authorization: authorization };
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    const response = await fetch(`${service.url}${path}`, { method: 'POST', headers, body: text });
    return { status: response.status, body: (await response.json()) as Record<string, unknown> };
  };
  const spend = (service: string, cost_dollars: number, more: object = {}) =>
    post('/costs', { service, operation: 'call', cost_dollars, ...more });
  const lines = async (pattern: RegExp) =>
    (await get('/metrics')).body.split('\n').filter((line) => !line.startsWith('#') && pattern.test(line));
  return {
    ...service,
    clock,
    get,
    post,
    spend,
    lines,
    location: options.location ?? location,
    log: () => captured.output().stderr,
  };
}

describe('the cost service', () => {
  it('shows costs, utilisation and gate as numbers', async () => {
    const { spend, lines, get } = await start();
    await spend('openai', 10.5);
    await spend('sendgrid', 2.3);
    await spend('openai', 107.7, { timestamp: '2026-03-02T00:00:00Z' });
    expect(await lines(/lead_factory_(daily|monthly|budget|scaling_gate_active|cost_store_up|build)/)).toEqual([
      'lead_factory_daily_cost{service="openai"} 10.5',
      'lead_factory_daily_cost{service="sendgrid"} 2.3',
      'lead_factory_monthly_cost{service="openai"} 118.2',
      'lead_factory_monthly_cost{service="sendgrid"} 2.3',
      'lead_factory_budget_utilization{period="daily"} 25.6',
      'lead_factory_budget_utilization{period="monthly"} 12.05',
      'lead_factory_budget_limit_usd{period="daily"} 50',
      'lead_factory_budget_limit_usd{period="monthly"} 1000',
      'lead_factory_scaling_gate_active 0',
      'lead_factory_cost_store_up 1',
      expect.stringMatching(
        /^lead_factory_build_info\{version="\d+\.\d+\.\d+",build_date="today",environment="test"\} 1$/,
      ),
    ]);
    expect(JSON.parse((await get('/costs/daily')).body)).toEqual({ openai: 10.5, sendgrid: 2.3 });
    expect((await get('/costs/monthly')).body).toBe('{"openai":118.2,"sendgrid":2.3}');
    expect(JSON.parse((await get('/budget')).body)).toEqual({
      daily_cost: 12.8,
      monthly_cost: 120.5,
      daily_budget: 50,
      monthly_budget: 1000,
      daily_percentage: 0.256,
      monthly_percentage: 0.1205,
      daily_utilization_percent: 25.6,
      monthly_utilization_percent: 12.05,
      daily_threshold_exceeded: false,
      monthly_threshold_exceeded: false,
      scaling_gate_triggered: false,
      scaling_gate_active: false,
      scaling_gate_reason: 'not active',
    });
  });

  it('answers in both formats, valid and without findings', async () => {
    const { get, url, spend } = await start();
    await spend('openai', 1);
    const metrics = await get('/metrics');
    expect(metrics.type).toBe('text/plain; version=0.0.4; charset=utf-8');
    expect([...parsePrometheusText(metrics.body).families].length).toBeGreaterThan(13);
    const response = await fetch(`${url}/metrics`, {
      headers: { Accept: 'application/openmetrics-text; version=1.0.0' },
    });
    const own = [...parseOpenMetrics(await response.text()).families].filter(({ name }) => name.startsWith('lead_'));
    expect(lint({ families: own })).toEqual([]);
  });

  it('keeps a service that spent this month, not today, at 0, and drops it with the month', async () => {
    const { spend, lines, clock, get } = await start();
    await spend('openai', 10);
    clock.to('2026-03-11T00:00:00Z');
    expect(await lines(/_cost\{/)).toEqual([
      'lead_factory_daily_cost{service="openai"} 0',
      'lead_factory_monthly_cost{service="openai"} 10',
    ]);
    expect((await get('/costs/daily')).body).toBe('{}');
    clock.to('2026-04-01T00:00:00Z');
    expect(await lines(/_cost\{/)).toEqual([]);
  });

  it('has probes, and labels that no client can make up', async () => {
    const { get, lines, url } = await start();
    expect(await get('/health')).toMatchObject({ status: 200, body: '{"status":"healthy"}' });
    expect((await get('/ready')).status).toBe(200);
    expect((await get('/nowhere/123')).status).toBe(404);
    expect((await fetch(`${url}/budget`, { method: 'DELETE' })).headers.get('allow')).toContain('GET');
    await fetch(`${url}/budget`, { method: 'PROPFIND' });
    expect(await lines(/http_requests_total/)).toEqual(
      expect.arrayContaining([
        'lead_factory_http_requests_total{method="GET",endpoint="unmatched",http_status="404"} 1',
        'lead_factory_http_requests_total{method="GET",endpoint="/health",http_status="200"} 1',
        expect.stringMatching(/method="other"/),
      ]),
    );
  });

  it('sums the services beyond 200 into other, today and this month', async () => {
    const { lines, location, clock } = await start();
    const store = await openCostStore(location);
    const at = new Date(clock.time).toISOString();
    await store.append(Array.from({ length: 205 }, (_, index) => record(`service-${index}`, 0.01 * (index + 1), at)));
    await store.close();
    const monthly = await lines(/^lead_factory_monthly_cost/);
    expect(monthly.length).toBe(201);
    expect(monthly.at(-1)).toBe('lead_factory_monthly_cost{service="other"} 0.15');
    expect(await lines(/^lead_factory_daily_cost\{service="other"/)).toEqual([
      'lead_factory_daily_cost{service="other"} 0.15',
    ]);
  });

  it('closes the gate at 90 %, refuses, counts, tells a webhook, and opens it on the next day', async () => {
    const told: unknown[] = [];
    const hook = createServer((request, response) => {
      let body = '';
      request
        .on('data', (chunk) => (body += chunk))
        .on('end', () => {
          told.push(JSON.parse(body));
          response.writeHead(told.length === 1 ? 500 : 204).end();
        });
    });
    await new Promise<void>((resolve) => hook.listen(0, '127.0.0.1', resolve));
    const gateCommand = `printf '%s ' "$GATE_EVENT" >> ${join(folder, 'told')}`;
    const { spend, post, lines, get, clock, log } = await start({
      gateWebhook: `http://127.0.0.1:${(hook.address() as AddressInfo).port}/`,
      gateCommand,
    });
    await spend('openai', 45);
    expect(await post('/authorize', { service: 'openai', operation: 'gpt-4o' })).toEqual({
      status: 200,
      body: { allowed: false, reason: 'the scaling gate is active: daily $45.00 of $50.00 (90.0%)' },
    });
    expect((await post('/authorize', { service: 'database', operation: 'backup' })).body).toMatchObject({
      allowed: true,
    });
    expect(await lines(/scaling_gate/)).toEqual([
      'lead_factory_scaling_gate_active 1',
      'lead_factory_scaling_gate_activations_total{reason_kind="daily"} 1',
      'lead_factory_scaling_gate_activations_total{reason_kind="monthly"} 0',
      'lead_factory_scaling_gate_activations_total{reason_kind="manual"} 0',
      'lead_factory_scaling_gate_blocked_operations_total{service="openai",operation="gpt-4o"} 1',
    ]);
    expect(JSON.parse((await get('/scaling-gate/status')).body)).toEqual({
      scaling_gate_active: true,
      reason: 'daily $45.00 of $50.00 (90.0%)',
      source: 'auto',
      since: '2026-03-10T12:00:00.000Z',
      timestamp: '2026-03-10T12:00:00.000Z',
    });
    // Nobody asks: the clock alone opens it.
    clock.to('2026-03-11T00:00:01Z');
    await expect.poll(() => log()).toContain('Scaling gate open: within thresholds');
    await expect.poll(() => told.length).toBe(3);
    expect(told.map((one) => (one as { event: string }).event)).toEqual(
      expect.arrayContaining(['activated', 'deactivated']),
    );
    expect(JSON.parse((await get('/scaling-gate/history?limit=1')).body)).toMatchObject({
      history: [{ status: 'deactivated', daily_cost: 0, monthly_cost: 45 }],
    });
    expect((await get('/scaling-gate/history?limit=many')).status).toBe(400);
    hook.close();
  });

  it('is switched by hand', async () => {
    const { post, get } = await start();
    expect(await post('/scaling-gate', { active: true, reason: 'incident' })).toMatchObject({
      status: 200,
      body: { scaling_gate_active: true, reason: 'incident' },
    });
    expect(JSON.parse((await get('/scaling-gate/status')).body)).toMatchObject({ source: 'manual' });
    expect((await post('/scaling-gate', { active: 'yes', reason: 'x' })).status).toBe(400);
    expect((await post('/scaling-gate', { active: false })).status).toBe(400);
    const off = await start({ settings: { gateEnabled: false } });
    expect((await off.post('/scaling-gate', { active: true, reason: 'x' })).status).toBe(409);
  });

  it('books an external id once and says so', async () => {
    const { spend, lines } = await start();
    expect((await spend('a', 1, { external_id: 'x' })).body).toEqual({ recorded: true, duplicate: false });
    expect((await spend('a', 1, { external_id: 'x' })).body).toEqual({ recorded: false, duplicate: true });
    expect(await lines(/cost_entries_total\{outcome="(booked|duplicate)"/)).toEqual([
      'lead_factory_cost_entries_total{outcome="booked"} 1',
      'lead_factory_cost_entries_total{outcome="duplicate"} 1',
    ]);
  });

  it.each([
    ['{"service":', 400, /no valid JSON/],
    ['[]', 400, /JSON object/],
    ['null', 400, /JSON object/],
    ['{"service":"","operation":"b","cost_dollars":1}', 400, /service/],
    ['{"service":"a","operation":"b","cost_dollars":-1}', 400, /cost_dollars/],
    ['{"service":"a","operation":"b","cost_dollars":1e999}', 400, /cost_dollars/],
    ['{"service":"a","operation":"b","cost_dollars":"1"}', 400, /cost_dollars/],
    ['{"service":"a","operation":"b","cost_dollars":1,"timestamp":"never"}', 400, /timestamp/],
    ['{"service":"a","operation":"b","cost_dollars":1,"timestamp":12}', 400, /timestamp/],
    ['{"service":"a","operation":"b","cost_dollars":1,"timestamp":"2026-02-30T00:00:00Z"}', 400, /timestamp/],
    [`{"service":"${'x'.repeat(2_000_000)}"}`, 413, /larger/],
  ])('refuses the body %.60s with %d', async (body, status, message) => {
    const { post, get } = await start();
    const answer = await post('/costs', body);
    expect(answer).toMatchObject({ status, body: { error: expect.stringMatching(message) } });
    expect((await get('/costs/monthly')).body).toBe('{}');
  });

  it('refuses a limit that is no number of lines', async () => {
    const { get } = await start();
    for (const limit of ['x', '1.5', '1e300']) {
      expect((await get(`/scaling-gate/history?limit=${limit}`)).status).toBe(400);
    }
  });

  it('takes nothing without the right token, and nothing at all when it has none', async () => {
    const { post } = await start();
    const entry = { service: 'a', operation: 'b', cost_dollars: 1 };
    for (const path of ['/costs', '/authorize', '/scaling-gate']) {
      expect((await post(path, entry, 'Bearer wrong')).status).toBe(401);
      expect((await post(path, entry, '')).status).toBe(401);
    }
    const open = await start({ token: undefined });
    expect((await open.post('/costs', entry)).status).toBe(403);
  });

  it('never takes a ledger that it cannot read for one without costs', async () => {
    const { spend, get, lines, location, post } = await start();
    await spend('openai', 45);
    await lines(/./);
    const other = new DatabaseSync(location);
    other.exec('ALTER TABLE cost_totals RENAME TO away');
    expect(await get('/costs/daily')).toMatchObject({ status: 503, body: '{"error":"cost store unavailable"}' });
    expect((await get('/ready')).status).toBe(503);
    expect((await get('/health')).status).toBe(200);
    expect(await lines(/_up|gate_active|daily_cost|errors_total\{code="unav/)).toEqual([
      'lead_factory_daily_cost{service="openai"} 45',
      'lead_factory_scaling_gate_active 1',
      'lead_factory_cost_store_up 0',
      expect.stringMatching(/code="unavailable"\} [1-9]/),
    ]);
    expect((await spend('openai', 1)).status).toBe(503);
    expect((await post('/authorize', { service: 'openai', operation: 'x' })).body).toMatchObject({ allowed: false });
    other.exec('ALTER TABLE away RENAME TO cost_totals');
    other.close();
    expect((await get('/ready')).status).toBe(200);
    expect(await lines(/_up|gate_active/)).toEqual([
      'lead_factory_scaling_gate_active 1',
      'lead_factory_cost_store_up 1',
    ]);
  });

  it.each([
    ['{"active":true,"source":"manual","reason":"frozen","since":"2026-03-01T00:00:00Z"}', true, 'frozen'],
    ['2025-05-20 10:00:00: Daily budget exceeded', false, 'not active: within thresholds'],
    ['{"history": "odd"}', false, 'not active'],
    ['{not json', false, 'not active'],
    ['', false, 'not active'],
  ])('takes over the state file %j once', async (content, active, reason) => {
    const gateFile = join(folder, `gate-${++files}`);
    writeFileSync(gateFile, content);
    const first = await start({ gateFile });
    expect(JSON.parse((await first.get('/scaling-gate/status')).body)).toMatchObject({
      scaling_gate_active: active,
      reason,
    });
    if (!active) return;
    await first.post('/scaling-gate', { active: false, reason: 'over' });
    await first.close();
    const second = await start({ gateFile, location: first.location });
    expect(JSON.parse((await second.get('/scaling-gate/status')).body)).toMatchObject({ scaling_gate_active: false });
  });

  it('says at the start what is in force, also what an earlier start has left behind', async () => {
    const first = await start({ settings: { gateEnabled: false, dailyBudgetUsd: 7 } });
    await first.close();
    const { log } = await start({ settings: {}, location: first.location });
    expect(log()).toMatch(/"dailyBudgetUsd":7.*"msg":"Budgets in force"/);
    expect(log()).toMatch(/"level":"WARN".*The scaling gate is switched off/);
  });

  it('does not start on a ledger of a newer version', async () => {
    const location = join(folder, `newer-${++files}.db`);
    await (await start({ location })).close();
    const database = new DatabaseSync(location);
    database.exec('PRAGMA user_version = 9');
    database.close();
    await expect(start({ location })).rejects.toMatchObject({ code: 'store_newer' });
  });
});
