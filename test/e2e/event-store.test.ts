import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  binary,
  Child,
  freePort,
  Prometheus,
  resultsWithData,
  runExpressions,
  scaleRules,
  waitFor,
} from './harness/index.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const stack = `${root}deployments/observability/`;
const bin = `${root}packages/cli/bin/alex-obs.js`;

let folder: string;
let prometheus: Prometheus;
let controlPlane: Child;
const children: Child[] = [];

function command(...args: string[]): Child {
  const child = new Child(process.execPath, [bin, 'event-store', ...args]);
  children.push(child);
  return child;
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'event-store-e2e-'));
  mkdirSync(join(folder, 'rules'));
  const rules = join(folder, 'rules/allsource.yml');
  scaleRules(`${stack}prometheus/rules/allsource.yml`, rules, { factor: 60, leastRangeMs: 10_000 });
  const [corePort, planePort] = [await freePort(), await freePort()];
  const core = `http://127.0.0.1:${corePort}`;
  // Small log files, so that there is something to compact.
  const store = ['--data', join(folder, 'store'), '--roll-interval', '1s', '--compaction-interval', '0'];
  await command('core', '--port', `${corePort}`, ...store).prints(/listening on/);
  controlPlane = command(
    'control-plane',
    '--port',
    `${planePort}`,
    '--core-url',
    core,
    '--health-check-interval',
    '1s',
  );
  await controlPlane.prints(/listening on/);
  const load = ['--url', core, '--control-plane', `http://127.0.0.1:${planePort}`, '--rate', '100', '--failures'];
  await command('load', ...load).prints(/events, \d+\/s/);
  prometheus = await Prometheus.start({
    binary: binary('PROMETHEUS_LTS'),
    targets: {
      'allsource-core': [`127.0.0.1:${corePort}`],
      'allsource-control-plane': [`127.0.0.1:${planePort}`],
    },
    ruleFiles: [rules],
  });
  await prometheus.scraped();
});
afterAll(async () => {
  for (const child of children.reverse()) await child.stop().catch(() => undefined);
  await prometheus?.stop();
  rmSync(folder, { recursive: true, force: true });
});

describe('core, control plane and load under Prometheus', () => {
  it.each(readdirSync(`${stack}grafana/dashboards`).filter((file) => file.startsWith('allsource-')))(
    'every query of %s returns data',
    async (file) => {
      const results = await resultsWithData(prometheus, `${stack}grafana/dashboards/${file}`);
      expect(results.length).toBeGreaterThan(5);
    },
  );

  it('runs every rule without an error', async () => {
    const results = await runExpressions(prometheus, join(folder, 'rules/allsource.yml'));
    expect(results.filter(({ error }) => error !== undefined)).toEqual([]);
  });

  const fires = (alert: string) =>
    waitFor(
      alert,
      async () => {
        const alerts = await prometheus.alerts();
        return alerts.find(({ labels, state }) => labels['alertname'] === alert && state === 'firing');
      },
      { timeoutMs: 60_000 },
    );

  it('fires PipelineErrors for the pipeline that fails, and ControlPlaneDown when it goes', async () => {
    expect((await fires('PipelineErrors')).labels['pipeline_name']).toBe('broken-names');
    expect((await prometheus.alerts()).map(({ labels }) => labels['alertname'])).not.toContain('ControlPlaneDown');
    await controlPlane.stop('SIGKILL');
    expect((await fires('ControlPlaneDown')).labels['severity']).toBe('critical');
  });
});
