import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseOpenMetrics } from '@alex/openmetrics';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Child, Prometheus, runExpressions, waitFor } from './harness/index.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const bin = join(root, 'packages/exporters/bin/dsfb-exporter.js');
const started: { stop(): unknown }[] = [];
let folder: string;

const residuals = (classes: readonly string[]): string =>
  Array.from({ length: 70 }, (_, t) =>
    classes
      .map((name) => `${JSON.stringify({ t, class: name, value: t >= 10 && t < 60 ? 1.5 : 0, channel: 'q' })}\n`)
      .join(''),
  ).join('');

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'dsfb-e2e-'));
  writeFileSync(join(folder, 'one.ndjson'), residuals(['cardinality']));
});
afterAll(async () => {
  for (const one of started.reverse()) await one.stop();
  rmSync(folder, { recursive: true, force: true });
});

function run(command: string, args: readonly string[], input = ''): string {
  return execFileSync(command, args, { input, encoding: 'utf8', stdio: ['pipe', 'pipe', 'pipe'] });
}

async function start(...args: string[]): Promise<{ child: Child; url: string; target: string }> {
  const child = new Child(process.execPath, [bin, ...args, '--port', '0']);
  started.push(child);
  const [, url] = await child.prints(/listening on (http:\S+)/);
  return { child, url: url!, target: url!.replace('http://', '') };
}

describe('the text', () => {
  it('for the textfile collector passes promtool check metrics', () => {
    const text = run(process.execPath, [bin, 'render', join(folder, 'one.ndjson'), '--format', 'text']);
    expect(run('promtool', ['check', 'metrics'], text)).toBe('');
  });

  it('of a running exporter stands in its file, for promtool as well', async () => {
    const path = join(folder, 'dsfb.prom');
    const { child } = await start(
      'serve',
      '--textfile',
      path,
      '--textfile-interval',
      '200ms',
      '--input',
      join(folder, 'one.ndjson'),
      '--window',
      '0s',
    );
    await waitFor('the file', () => /cardinality_mismatch_regime"\} 1\n/.test(readFileSync(path, 'utf8')) || undefined);
    expect(run('promtool', ['check', 'metrics'], readFileSync(path, 'utf8'))).toBe('');
    expect(await child.stop()).toBe(0);
  });

  it('is what alex-obs dsfb prints, too', () => {
    const text = run(process.execPath, [
      join(root, 'packages/cli/bin/alex-obs.js'),
      'dsfb',
      'render',
      join(folder, 'one.ndjson'),
    ]);
    expect(text).toBe(run(process.execPath, [bin, 'render', '-'], residuals(['cardinality'])));
    expect([...parseOpenMetrics(text).families]).toHaveLength(6);
  });
});

describe('a real Prometheus', () => {
  it('scrapes the exporter in both metadata forms, and every panel finds data', async () => {
    const token = 'test';
    const exporters = [
      await start('serve', '--token', token, '--window', '1s'),
      await start('serve', '--token', token, '--compat'),
    ];
    const prometheus = await Prometheus.start({
      targets: { dsfb: [exporters[0]!.target], compat: [exporters[1]!.target] },
      ruleFiles: [join(root, 'deployments/observability/prometheus/rules/dsfb.yml')],
      scrapeIntervalMs: 500,
    });
    started.push(prometheus);
    await prometheus.scraped();
    await waitFor(
      'a first sample',
      async () => (await prometheus.query('dsfb_episodes_total{job="dsfb"}')).length === 5 || undefined,
    );

    const classes = ['plan_regression', 'cardinality', 'contention', 'cache_io', 'workload_phase'];
    const response = await fetch(`${exporters[0]!.url}/ingest?source=app`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}` },
      body: residuals(classes),
    });
    expect(await response.json()).toMatchObject({ accepted: 350, rejected: 0 });
    const [count] = await waitFor('the episode', async () => {
      const found = await prometheus.query('dsfb_episodes_total{job="dsfb",motif="cardinality_mismatch_regime"} == 1');
      return found.length > 0 ? found : undefined;
    });
    expect(count?.value).toBe(1);
    const [open] = await prometheus.query('sum(dsfb_episodes_open{job="dsfb"})');
    expect(open?.value).toBeGreaterThan(0);
    expect((await prometheus.query('dsfb_episodes_total{job="compat"}')).length).toBe(5);
    await waitFor('the alert', async () => {
      const alerts = await prometheus.alerts();
      return alerts.some(({ labels }) => labels['alertname'] === 'DsfbEpisode') || undefined;
    });

    for (const file of ['grafana/dashboards/dsfb-episodes.json', 'prometheus/rules/dsfb.yml']) {
      const results = await runExpressions(prometheus, join(root, 'deployments/observability', file));
      expect(results.filter(({ error }) => error !== undefined)).toEqual([]);
      if (!file.endsWith('.json')) continue;
      const empty = results.filter(({ samples }) => samples.length === 0).map(({ name }) => name);
      // Only PostgreSQL is a source that can be up or down.
      expect(empty).toEqual(['Sources that cannot be read', 'Sources', 'Sources']);
    }
  });
});

describe('a source that goes silent', () => {
  it('is drained, and its episode ends at its last residual', async () => {
    const child = new Child(
      process.execPath,
      [bin, 'serve', '--port', '0', '--input', '-', '--window', '1s', '--silence', '2s'],
      {
        stdio: ['pipe', 'pipe', 'pipe'],
      },
    );
    started.push(child);
    const [, url] = await child.prints(/listening on (http:\S+)/);
    for (let t = 0; t < 10; t++) {
      child.process.stdin!.write(`${JSON.stringify({ t, class: 'contention', value: 3, channel: 'lock' })}\n`);
    }
    await child.prints(/An episode has begun/);
    await child.prints(/"t_end":9.*An episode has ended/);
    const text = await (await fetch(`${url}/metrics`)).text();
    expect(text).toContain('dsfb_streaming_residuals_staged 0\n');
    expect(text).toContain('dsfb_episodes_total{motif="contention_ramp"} 1\n');
    expect(await child.stop()).toBe(0);
  });
});
