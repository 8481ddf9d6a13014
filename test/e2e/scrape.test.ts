import { createObs, type Obs, type PartialConfiguration } from '@alex/obs';
import { parseOpenMetrics } from '@alex/openmetrics';
import { afterEach, describe, expect, it } from 'vitest';
import { runScenario } from './agent-scenario.ts';
import { HttpSink, Prometheus, waitFor } from './harness/index.ts';

let open: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const stop of open.reverse()) await stop();
  open = [];
});

async function startObs(config: PartialConfiguration = {}): Promise<{ obs: Obs; target: string; url: string }> {
  const obs = createObs({
    configPath: false,
    env: {},
    config: { ...config, metrics: { prometheus_port: 0, ...config.metrics }, logging: { output: '/dev/null' } },
  });
  open.push(() => obs.shutdown());
  const { metricsUrl } = await obs.start();
  return { obs, url: metricsUrl ?? '', target: metricsUrl ? new URL(metricsUrl).host : '' };
}

async function startPrometheus(...args: Parameters<typeof Prometheus.start>): Promise<Prometheus> {
  const prometheus = await Prometheus.start(...args);
  open.push(() => prometheus.stop());
  return prometheus;
}

const lts = process.env['PROMETHEUS_LTS'] ?? '';
const ltsFlags = ['--enable-feature=exemplar-storage,created-timestamp-zero-ingestion', '--web.enable-otlp-receiver'];

describe('Debian’s Prometheus', () => {
  it('scrapes the endpoint, which the strict parser accepts, and gives the exemplars back', async () => {
    const sink = await HttpSink.start();
    open.push(() => sink.stop());
    const { obs, target, url } = await startObs({
      tracing: { enabled: true, exporter: 'otlp', otlp_endpoint: sink.url },
    });
    let traceId = '';
    obs.observe((record) => (traceId = record.traceId ?? traceId));
    await runScenario(obs);
    const text = await (
      await fetch(url, { headers: { accept: 'application/openmetrics-text; version=1.0.0' } })
    ).text();
    expect([...parseOpenMetrics(text).families].length).toBeGreaterThan(10);

    const prometheus = await startPrometheus({ targets: { alex: [target] } });
    await prometheus.scraped();
    const value = async (expression: string) => (await prometheus.query(expression)).map((sample) => sample.value);
    expect(await value('alex_llm_requests_total{model="gpt-4o",status="success"}')).toEqual([1]);
    expect(await value('alex_llm_tokens_input_total')).toEqual([1000]);
    expect(await value('alex_tool_executions_total{tool_name="http_get",status="error"}')).toEqual([1]);
    expect(await value('alex_llm_latency_seconds_count')).toEqual([1]);
    expect(await value('alex_sessions_active')).toEqual([0]);

    const series = await waitFor('exemplars', async () => {
      const found = await prometheus.exemplars('alex_llm_latency_seconds_bucket');
      return found.length > 0 ? found : undefined;
    });
    expect(series[0]!.exemplars[0]!.labels['trace_id']).toBe(traceId);
    const tools = await prometheus.exemplars('alex_tool_duration_seconds_bucket');
    expect(tools.length).toBeGreaterThan(0);
  });
});

describe('Prometheus 3.13', () => {
  it('sees the first value of a new series: one call of $0.50 costs $0.50', async () => {
    const { obs, target } = await startObs();
    const prometheus = await startPrometheus({ targets: { alex: [target] }, binary: lts, flags: ltsFlags });
    await prometheus.scraped();
    obs.metrics.recordLLMRequest({
      model: 'gpt-4o',
      status: 'success',
      latencyMs: 900,
      inputTokens: 10,
      outputTokens: 5,
      costUsd: 0.5,
    });
    const cost = await waitFor('the cost', async () => (await prometheus.query('sum(alex_cost_total)')).at(0)?.value);
    expect(cost).toBe(0.5);
    await new Promise((resolve) => setTimeout(resolve, 1500));
    // Not extrapolated: the last minus the first sample of the series, of which the first is the 0 at its creation.
    const [first] = await prometheus.query('alex_cost_total - (min_over_time(alex_cost_total[1m]))');
    expect(first?.value).toBe(0.5);
  });

  it('stores the same series whether they are scraped or pushed', async () => {
    const scraped = await startObs();
    const prometheus = await startPrometheus({ targets: { alex: [scraped.target] }, binary: lts, flags: ltsFlags });
    const pushed = await startObs({
      metrics: { exporter: 'otlp', otlp_endpoint: `${prometheus.url}/api/v1/otlp/v1/metrics`, interval_ms: 300 },
    });
    for (const { obs } of [scraped, pushed]) await runScenario(obs);
    await prometheus.scraped();
    expect(await pushed.obs.flush()).toEqual([]);

    const identities = async (selector: string) => {
      const samples = await waitFor('series', async () => {
        const found = await prometheus.query(`{__name__=~"alex_(llm|tool|cost|session|task).*",${selector}}`);
        return found.some(({ metric }) => metric['__name__'] === 'alex_tool_executions_total') ? found : undefined;
      });
      const own = samples
        // A duration is never the same twice; the counts of both are compared below.
        .filter(({ metric }) => !/_(sum|bucket)$/.test(metric['__name__']!))
        .map(({ metric: { instance, job, ...labels }, value }) =>
          JSON.stringify([Object.entries(labels).sort(), value]),
        );
      return own.sort();
    };
    await new Promise((resolve) => setTimeout(resolve, 1500));
    const fromScrape = await identities('instance!="",job="alex",instance=~"127.*"');
    const fromPush = await identities('job="alex",instance!~"127.*"');
    expect(fromPush).toEqual(fromScrape);
    expect(fromPush.length).toBeGreaterThan(12);
  });
});
