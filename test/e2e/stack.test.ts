import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { type BusyAgents, startBusyAgents } from './busy-agents.ts';
import {
  Alertmanager,
  binary,
  Child,
  freePort,
  Jaeger,
  Prometheus,
  resultsWithData,
  scaleRules,
  unbuildable,
  waitFor,
} from './harness/index.ts';

const command = fileURLToPath(new URL('../../packages/cli/bin/alex-obs.js', import.meta.url));
const stack = fileURLToPath(new URL('../../deployments/observability/', import.meta.url));

const reason = unbuildable('PROMETHEUS_LTS', 'JAEGER', 'ALERTMANAGER');
let folder: string;
let jaeger: Jaeger;
let alertmanager: Alertmanager;
let prometheus: Prometheus;
let agents: BusyAgents;

interface Configuration {
  readonly scrape_configs: readonly { readonly job_name: string }[];
  readonly [key: string]: unknown;
}

/** The committed file for one machine, faster, with the ports and folders of this test. */
function configuration(ports: Readonly<Record<string, number>>): Configuration {
  let text = readFileSync(`${stack}prometheus/prometheus.linux.yml`, 'utf8');
  for (const [from, to] of Object.entries(ports)) text = text.replaceAll(`127.0.0.1:${from}`, `127.0.0.1:${to}`);
  text = text
    .replace('targets/*.json', `${folder}/.alex/targets/*.json`)
    .replace('rules/*.yml', `${folder}/rules/*.yml`);
  text = text
    .replace(/alertmanagers\/\*\.yml/, `${folder}/alertmanagers/*.yml`)
    .replace('exporters/*.yml', `${folder}/exporters/*.yml`);
  text = text.replace(/(scrape_interval|evaluation_interval|scrape_timeout|refresh_interval): \d+s/g, '$1: 1s');
  const { scrape_configs, ...rest } = parse(text) as Configuration;
  // Grafana is not part of this test, and nothing listens on the usual port of an agent.
  const kept = scrape_configs.filter(({ job_name }) => job_name !== 'grafana' && job_name !== 'alex');
  return { ...rest, scrape_configs: kept };
}

beforeAll(async () => {
  if (reason) return;
  folder = mkdtempSync(join(tmpdir(), 'alex-stack-'));
  for (const name of ['rules', 'alertmanagers']) mkdirSync(join(folder, name));
  for (const file of readdirSync(`${stack}prometheus/rules`)) {
    // Minutes become seconds; a file keeps its own name.
    scaleRules(`${stack}prometheus/rules/${file}`, join(folder, 'rules', file), { factor: 60, leastRangeMs: 10_000 });
  }
  const prometheusPort = await freePort();
  jaeger = await Jaeger.start({ prometheusUrl: `http://127.0.0.1:${prometheusPort}` });
  alertmanager = await Alertmanager.start(`${stack}alertmanager/alertmanager.yml`);
  agents = await startBusyAgents({ home: folder, otlpUrl: `http://127.0.0.1:${jaeger.ports.OTLP_HTTP}` });
  prometheus = await Prometheus.start({
    binary: binary('PROMETHEUS_LTS'),
    port: prometheusPort,
    alertmanager: alertmanager.address,
    configuration: {
      ...configuration({ 9091: prometheusPort, 8888: jaeger.ports.METRICS, 8889: jaeger.ports.SPANMETRICS }),
      alerting: { alertmanagers: [{ static_configs: [{ targets: [alertmanager.address] }] }] },
    },
    flags: ['--enable-feature=exemplar-storage,created-timestamp-zero-ingestion', '--web.enable-otlp-receiver'],
  });
});
afterAll(async () => {
  await agents?.stop();
  await Promise.all([prometheus?.stop(), jaeger?.stop(), alertmanager?.stop()]);
  if (folder) rmSync(folder, { recursive: true, force: true });
});

beforeEach(({ skip }) => {
  if (reason) skip(reason);
});

function alexObs(...args: string[]): Child {
  return new Child(process.execPath, [command, ...args], { env: { PATH: process.env['PATH'], HOME: folder } });
}

/** What gives nothing while all is well, by panel or rule, and why. */
const legitimatelyEmpty: Readonly<Record<string, string>> = {
  AlexDown: 'no agent has gone',
  AlexLlmLatencyHigh: 'the model server answers quickly',
  AlexSessionsHigh: 'two sessions at most',
  AlexSessionsStuck: 'both agents work',
  AlexTokenSpike: 'the pace never changes',
  AlexCostBurnHigh: 'cents are spent',
  AlexCardinalityHigh: 'a handful of series',
  AlexLlmErrorRatioHigh: 'the model server works, until the last test',
};

describe('the stack around working agents', () => {
  it('finds the agents by their targets files, and every target is up', async () => {
    await waitFor('every target to be up', async () => {
      const targets = await prometheus.targets();
      const agentsFound = targets.filter(({ labels }) => labels['job'] === 'alex');
      if (agentsFound.length < 2 || targets.some(({ health }) => health !== 'up'))
        throw new Error(JSON.stringify(targets.map(({ scrapeUrl, lastError }) => [scrapeUrl, lastError])));
      return true;
    });
    expect(readdirSync(join(folder, '.alex/targets'))).toEqual([`${process.pid}.json`]);
  });

  it.each([
    ...readdirSync(`${stack}grafana/dashboards`)
      .filter((file) => file.startsWith('alex'))
      .map((file) => `grafana/dashboards/${file}`),
    'prometheus/rules/alex.yml',
  ])('every query of %s returns data', async (file) => {
    const path = file.endsWith('.yml') ? join(folder, 'rules/alex.yml') : stack + file;
    const results = await resultsWithData(prometheus, path, Object.keys(legitimatelyEmpty));
    expect(results.length).toBeGreaterThan(4);
  });

  it('gives exemplars back whose traces Jaeger has', async () => {
    const series = await waitFor('exemplars', async () => {
      const found = await prometheus.exemplars('alex_llm_latency_seconds_bucket');
      return found.length > 0 ? found : undefined;
    });
    const own = series
      .flatMap(({ exemplars }) => exemplars.map(({ labels }) => labels['trace_id']!))
      .filter((id) => agents.traceIds.has(id));
    expect(own.length).toBeGreaterThan(0);
    const spans = await jaeger.trace(own[0]!, 1);
    expect(spans.map(({ operationName }) => operationName)).toContain('alex.llm.generate');
  });

  it('fills Jaeger’s Monitor tab from the span metrics', async () => {
    const rows = await waitFor(
      'calls per second',
      async () => {
        const query = new URLSearchParams({
          service: 'alex',
          groupByOperation: 'true',
          endTs: String(Date.now()),
          lookback: '60000',
          step: '5000',
          ratePer: '60000',
        });
        query.append('spanKind', 'internal');
        query.append('spanKind', 'client');
        const response = await fetch(`${jaeger.url}/api/metrics/calls?${query}`);
        if (!response.ok) throw new Error(await response.text());
        const { metrics } = (await response.json()) as { metrics?: { labels: { name: string; value: string }[] }[] };
        return metrics && metrics.length > 0 ? metrics : undefined;
      },
      { timeoutMs: 60_000 },
    );
    expect(JSON.stringify(rows)).toContain('alex.');
  });

  it('alex-obs doctor sends a span and an exemplar and reads both back', async () => {
    const config = join(folder, 'config.yaml');
    const otlp = `http://127.0.0.1:${jaeger.ports.OTLP_HTTP}`;
    writeFileSync(config, `observability: { tracing: { enabled: true, exporter: otlp, otlp_endpoint: '${otlp}' } }\n`);
    const child = alexObs('doctor', '--json', '--file', config, '--prometheus', prometheus.url, '--jaeger', jaeger.url);
    const code = await child.ends(60_000);
    const { findings } = JSON.parse(child.output.slice(child.output.indexOf('{\n'))) as {
      findings: { check: string; state: string; message: string }[];
    };
    const of = (check: string) => findings.filter((one) => one.check === check).map(({ state }) => state);
    expect(of('canary-span')).toEqual(['ok']);
    expect(of('canary-exemplar')).toEqual(['ok']);
    expect(of('prometheus')).toEqual(['ok']);
    expect(of('endpoint')).toEqual(['ok', 'ok']);
    expect(of('dropped')).toContain('warning');
    expect(of('unpriced')).toEqual(['warning']);
    expect(findings.filter(({ state }) => state === 'error')).toEqual([]);
    expect(code).toBe(0);
  });

  it('alex-obs top shows the sessions of the agent', async () => {
    const [group] = JSON.parse(readFileSync(join(folder, `.alex/targets/${process.pid}.json`), 'utf8')) as {
      targets: string[];
    }[];
    const child = alexObs('top', group!.targets[0]!, '--once');
    expect(await child.ends()).toBe(0);
    expect(child.output).toMatch(/active, \d+ finished lately, \$/);
    expect(child.output).toMatch(/SESSION +AGENT +NOW/);
  });

  it('sends an alert to Alertmanager when the model server fails', async () => {
    agents.failing = true;
    const fired = await waitFor(
      'AlexLlmErrorRatioHigh at Alertmanager',
      async () => (await alertmanager.alerts()).find(({ labels }) => labels['alertname'] === 'AlexLlmErrorRatioHigh'),
      { timeoutMs: 60_000 },
    );
    expect(fired.labels).toMatchObject({ job: 'alex', severity: 'warning', monitor: 'alex-monitor' });
    expect(fired.annotations['runbook_url']).toBe('docs/runbooks/alex.md#alexllmerrorratiohigh');
  });
});
