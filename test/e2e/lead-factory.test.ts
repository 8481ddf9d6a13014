import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { costService, openCostStore } from '@alex/exporters/lead-factory';
import { type Clock, captureIo, type RunningService, runService } from '@alex/service';
import { afterEach, describe, expect, it } from 'vitest';
import { Child, killRounds, Prometheus, runExpressions, scaleRules, waitFor } from './harness/index.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const writer = join(root, 'test/e2e/ledger-writer.ts');
const always = { fromMs: 0, toMs: Date.UTC(9000, 0) };

let open: (() => unknown)[] = [];
afterEach(async () => {
  for (const stop of open.reverse()) await stop();
  open = [];
});

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'alex-ledger-'));
  open.push(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

function write(args: readonly string[], env: Record<string, string> = {}, prefix: readonly string[] = []): Child {
  const [command, ...rest] = [...prefix, process.execPath, '--conditions=@alex/source', writer, ...args];
  const child = new Child(command!, rest, { env: { ...process.env, ...env } });
  open.push(() => child.stop('SIGKILL'));
  return child;
}

class FakeClock implements Clock {
  time = Date.parse('2026-03-10T12:00:00Z');
  now(): number {
    return this.time;
  }
  sleep(): Promise<void> {
    return new Promise((resolve) => setTimeout(resolve, 100));
  }
}

const token = 'secret';

async function serve(location: string, clock: Clock): Promise<RunningService> {
  const definition = costService({
    host: '127.0.0.1',
    port: 0,
    token,
    location,
    environment: 'test',
    settings: { timeZone: 'Europe/Berlin', dailyBudgetUsd: 50, monthlyBudgetUsd: 1000 },
  });
  const service = await runService(definition, { io: captureIo().io, clock });
  open.push(() => service.close());
  return service;
}

describe('two processes that spend, seen by Prometheus', () => {
  it('close the gate at 90 % of the budget, fire the alert, are refused, and may spend again on the next day', async () => {
    const place = folder();
    const clock = new FakeClock();
    const service = await serve(join(place, 'costs.db'), clock);
    const ask = async () => {
      const response = await fetch(`${service.url}/authorize`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${token}` },
        body: JSON.stringify({ service: 'one', operation: 'call' }),
      });
      return (await response.json()) as { allowed: boolean; reason: string };
    };
    const dashboard = join(root, 'deployments/observability/grafana/dashboards/lead-factory.json');
    const rules = join(place, 'rules.yml');
    scaleRules(join(root, 'deployments/observability/prometheus/rules/lead-factory.yml'), rules, { factor: 600 });
    const prometheus = await Prometheus.start({
      targets: { 'lead-factory': [new URL(service.url).host] },
      ruleFiles: [rules],
      scrapeIntervalMs: 300,
    });
    open.push(() => prometheus.stop());
    await prometheus.scraped();
    const value = async (expression: string) => (await prometheus.query(expression))[0]?.value;
    const firing = async (name: string) =>
      (await prometheus.alerts()).some(({ labels, state }) => labels['alertname'] === name && state === 'firing') ||
      undefined;
    expect(await value('lead_factory_scaling_gate_active')).toBe(0);
    expect(await ask()).toMatchObject({ allowed: true });

    // 44 dollars are 88 %: a warning, and no gate.
    const spend = (name: string, count: number) =>
      write(['http', service.url, name, String(count)], { METRICS_ADMIN_TOKEN: token, NOW: String(clock.time) });
    const [one, two] = [spend('one', 44), spend('two', 44)];
    expect([await one.ends(), await two.ends()]).toEqual([0, 0]);
    await waitFor('the spending', async () => (await value('sum(lead_factory_daily_cost)')) === 44 || undefined);
    expect(await value('lead_factory_budget_utilization{period="daily"}')).toBe(88);
    expect(await value('lead_factory_scaling_gate_active')).toBe(0);
    await waitFor('the alert of 80 %', () => firing('HighDailyBudgetUtilization'));

    expect(await spend('three', 2).ends()).toBe(0);
    await waitFor('the gate', async () => (await value('lead_factory_scaling_gate_active')) === 1 || undefined);
    await waitFor('the alert of the gate', () => firing('ScalingGateActive'));
    expect(await ask()).toEqual({
      allowed: false,
      reason: 'the scaling gate is active: daily $45.00 of $50.00 (90.0%)',
    });
    await waitFor(
      'the refusal',
      async () => (await value('sum(lead_factory_scaling_gate_blocked_operations_total)')) === 1 || undefined,
    );
    expect((await runExpressions(prometheus, rules)).filter(({ error }) => error !== undefined)).toEqual([]);
    // A rate needs two samples of its series.
    await waitFor('data in every panel', async () => {
      const panels = await runExpressions(prometheus, dashboard);
      const bad = panels.filter(
        ({ name, samples, error }) => error || (samples.length === 0 && name !== 'Error ratio'),
      );
      if (bad.length > 0) throw new Error(JSON.stringify(bad));
      return true;
    });

    // Midnight in Berlin.
    clock.time = Date.parse('2026-03-10T23:00:00Z');
    await waitFor('the gate to open', async () => (await value('lead_factory_scaling_gate_active')) === 0 || undefined);
    await waitFor('the alert to end', async () => ((await firing('ScalingGateActive')) ? undefined : true));
    expect(await ask()).toMatchObject({ allowed: true });
    expect(await value('sum(lead_factory_daily_cost)')).toBe(0);
    expect(await value('sum(lead_factory_monthly_cost)')).toBe(45);
    expect(await value('lead_factory_scaling_gate_activations_total{reason_kind="daily"}')).toBe(1);
  });
});

describe('a ledger on disk', () => {
  it.each([
    ['through the worker of agents', 'file'],
    ['without a worker', 'store'],
  ])('loses nothing acknowledged when its writer is killed, %s', async (_, kind) => {
    const path = join(folder(), 'costs.db');
    let total = 0;
    let child: Child;
    await killRounds({
      rounds: 8,
      longestMs: 400,
      start: async (round) => {
        child = write([kind, path, `writer-${round}`]);
        await child.prints(/acknowledged 0/);
        return child;
      },
      check: async (round) => {
        const acknowledged = child.output.match(/acknowledged \d+\n/g)!.length;
        const store = await openCostStore(path);
        const [sum] = (await store.sumByService(always)).filter(({ name }) => name === `writer-${round}`);
        // One more may have been committed just before its acknowledgement was written.
        expect(sum!.entries - acknowledged).toBeGreaterThanOrEqual(0);
        expect(sum!.entries - acknowledged).toBeLessThanOrEqual(1);
        expect(await store.verifyTotals(false)).toEqual([]);
        total += sum!.entries;
        await store.close();
      },
    });
    const store = await openCostStore(path);
    expect((await store.entries({ ...always, limit: 100_000 })).length).toBe(total);
    await store.close();
  });

  it('is synced to the disk before each acknowledgement', async () => {
    const place = folder();
    const trace = join(place, 'trace');
    const strace = ['strace', '-f', '-y', '-qq', '-e', 'trace=fdatasync,fsync,write', '-o', trace];
    const child = write(['store', join(place, 'costs.db'), 'writer', '20'], {}, strace);
    expect(await child.ends(60_000)).toBe(0);
    const calls = readFileSync(trace, 'utf8').split('\n');
    let synced = 0;
    let acknowledged = 0;
    for (const call of calls) {
      if (/f(data)?sync\(\d+<[^>]*costs\.db-wal>/.test(call)) synced++;
      if (!call.includes('write(1') || !call.includes('acknowledged')) continue;
      acknowledged++;
      expect(synced, call).toBeGreaterThanOrEqual(1);
      synced = 0;
    }
    expect(acknowledged).toBe(20);
  });

  it('takes entries of several processes at once', async () => {
    const path = join(folder(), 'costs.db');
    const writers = ['a', 'b', 'c'].map((name) => write([name === 'a' ? 'file' : 'store', path, name, '150']));
    expect(await Promise.all(writers.map((child) => child.ends(60_000)))).toEqual([0, 0, 0]);
    const store = await openCostStore(path);
    expect((await store.sumByService(always)).map(({ name, entries }) => [name, entries])).toEqual([
      ['a', 150],
      ['b', 150],
      ['c', 150],
    ]);
    expect(await store.verifyTotals(false)).toEqual([]);
    await store.close();
  });
});

describe('the command', () => {
  it('serves, and ends with code 0 on SIGTERM', async () => {
    const place = folder();
    const bin = join(root, 'packages/exporters/bin/lead-factory-metrics.js');
    const child = new Child(process.execPath, [
      bin,
      'serve',
      '--port',
      '0',
      '--host',
      '127.0.0.1',
      '--db',
      join(place, 'costs.db'),
    ]);
    open.push(() => child.stop('SIGKILL'));
    const [, url] = await child.prints(/listening on (http:\S+)/);
    expect((await fetch(`${url}/ready`)).status).toBe(200);
    expect(await (await fetch(`${url}/metrics`)).text()).toContain('lead_factory_budget_limit_usd{period="daily"} 50');
    expect(await child.stop('SIGTERM')).toBe(0);
  });
});
