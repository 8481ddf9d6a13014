import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parsePrometheusText } from '@alex/openmetrics';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { binary, Child, Prometheus, runExpressions, scaleRules, waitFor } from './harness/index.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const alexObs = join(root, 'packages/cli/bin/alex-obs.js');
const ownBin = join(root, 'packages/exporters/bin/alec-exporter.js');
const stack = join(root, 'deployments/observability');

let folder: string;
let exporter: Child;
let url: string;
let prometheus: Prometheus;

const start = (script: string, ...args: string[]): Child =>
  new Child(process.execPath, [script, ...args], { env: { PATH: process.env['PATH'], HOME: folder } });
const listening = async (child: Child): Promise<string> => (await child.prints(/listening on (\S+)/))[1]!;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'alex-alec-'));
  mkdirSync(join(folder, 'rules'));
  const csv = join(folder, 'line.csv');
  const fault = 'noise@20m:vibration:600:5';
  const generated = start(
    alexObs,
    'alec',
    'generate',
    '--hours',
    '2',
    '--seed',
    '5',
    '--inject',
    fault,
    '--output',
    csv,
  );
  expect(await generated.ends()).toBe(0);
  // Minutes of the rules become seconds, as the data runs sixty times faster.
  scaleRules(join(stack, 'prometheus/rules/alec.yml'), join(folder, 'rules/alec.yml'), {
    factor: 60,
    leastRangeMs: 5000,
  });
  exporter = start(alexObs, 'alec', '--csv', csv, '--speed', '60', '--host', '127.0.0.1', '--port', '0');
  url = await listening(exporter);
  prometheus = await Prometheus.start({
    binary: binary('PROMETHEUS_LTS'),
    targets: { alec: [new URL(url).host] },
    ruleFiles: [join(folder, 'rules/alec.yml')],
  });
  await prometheus.scraped();
});

afterAll(async () => {
  await prometheus?.stop();
  await exporter?.stop();
  rmSync(folder, { recursive: true, force: true });
});

describe('alex-obs alec', () => {
  it('serves text that is valid, and its status', async () => {
    const text = await (await fetch(`${url}/metrics`)).text();
    const names = parsePrometheusText(text).families.map(({ name }) => name);
    expect(names).toContain('alec_resilience_index');
    expect(await (await fetch(`${url}/status`)).json()).toMatchObject({
      replay: { running: true, total_samples: 7200, speed: 60, loop: true },
    });
  });

  it('has data for every panel of its dashboard', async () => {
    await waitFor(
      'data for every panel',
      async () => {
        const results = await runExpressions(prometheus, join(stack, 'grafana/dashboards/alec-overview.json'));
        expect(results.length).toBeGreaterThan(20);
        const empty = results.filter(({ samples, error }) => error !== undefined || samples.length === 0);
        if (empty.length > 0) throw new Error(JSON.stringify(empty));
        return true;
      },
      { timeoutMs: 60_000 },
    );
  });

  it('raises no alert before the anomaly, and one after it', async () => {
    const raised = async () => (await prometheus.alerts()).filter(({ state }) => state === 'firing');
    const position = async (): Promise<number> => {
      const status = (await (await fetch(`${url}/status`)).json()) as { replay: { position: number } };
      return status.replay.position;
    };
    await waitFor('the baseline', async () => ((await position()) > 1100 ? true : undefined), { timeoutMs: 60_000 });
    expect(await prometheus.query('alec_baseline_locked')).toMatchObject([{ value: 1 }]);
    if ((await position()) < 1190) expect(await raised()).toEqual([]);
    const alert = await waitFor(
      'an alert',
      async () => (await raised()).find(({ labels }) => labels['alertname'] === 'AlecCriticalAnomaly'),
      { timeoutMs: 60_000 },
    );
    expect(alert.labels).toMatchObject({ severity: 'critical', job: 'alec' });
    const events = await prometheus.query('sum by (event_type) (alec_anomaly_events_total{severity="critical"}) > 0');
    expect(events.map(({ metric }) => metric['event_type'])).toEqual(
      expect.arrayContaining([expect.stringMatching(/COMPLEXITY_SURGE|REDUNDANCY_DROP/)]),
    );
  });

  it('watches a real Prometheus', async () => {
    const watcher = start(
      ownBin,
      ...['--prometheus', prometheus.url, '--interval', '200ms', '--host', '127.0.0.1', '--port', '0'],
      ...['--query', 'position=alec_exporter_replay_position', '--query', 'total=alec_total_correlation_bits'],
      ...['--query', 'several=alec_channel_entropy_bits', '--query', 'nothing=absent_metric'],
    );
    try {
      const own = await listening(watcher);
      await waitFor('a signal', async () => {
        const text = await (await fetch(`${own}/metrics`)).text();
        return /^alec_signal_valid 1$/m.test(text) && /^alec_signal_channels 2$/m.test(text) ? true : undefined;
      });
      const text = await (await fetch(`${own}/metrics`)).text();
      expect(text).toMatch(/^alec_exporter_rejected_values_total\{reason="several_series"\} [1-9]/m);
      expect(text).toMatch(/^alec_exporter_rejected_values_total\{reason="no_series"\} [1-9]/m);
    } finally {
      expect(await watcher.stop('SIGTERM')).toBe(0);
    }
  });

  it('takes rows over HTTP and ends cleanly on SIGTERM', async () => {
    const taker = start(ownBin, '--ingest', '--token', 'secret', '--host', '127.0.0.1', '--port', '0');
    const own = await listening(taker);
    const body = Array.from({ length: 40 }, (_, index) =>
      JSON.stringify({ timestamp_ms: index * 1000, values: { a: index % 5, b: (index * 3) % 7 } }),
    ).join('\n');
    const headers = { Authorization: 'Bearer secret' };
    const response = await fetch(`${own}/ingest`, { method: 'POST', body, headers });
    expect([response.status, await response.json()]).toEqual([202, { accepted: 40 }]);
    expect(await (await fetch(`${own}/metrics`)).text()).toMatch(/^alec_signal_valid 1$/m);
    expect(await taker.stop('SIGTERM')).toBe(0);
  });

  it('says in one line what is wrong with a file, and ends with 1', async () => {
    const failed = start(ownBin, '--csv', join(folder, 'missing.csv'), '--port', '0');
    expect(await failed.ends()).toBe(1);
    expect(failed.output.trim()).toMatch(/^error: .*missing\.csv cannot be read: there is no such file$/);
  });
});
