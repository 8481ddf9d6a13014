import { renderOpenMetrics } from '@alex/openmetrics';
import { catalog } from '../catalog.ts';
import type { Configuration } from '../config/configuration.ts';
import type { Cost, Prices } from '../record.ts';
import { createMetrics, type Metrics, type MetricsOptions } from './metrics.ts';

type MetricsConfiguration = Configuration['metrics'];

const defaults: MetricsConfiguration = {
  enabled: true,
  exporter: 'prometheus',
  prometheus_port: 0,
  host: '127.0.0.1',
  token: undefined,
  exposition: 'openmetrics',
  otlp_endpoint: 'http://127.0.0.1:9/v1/metrics',
  otlp_headers: undefined,
  interval_ms: 60_000,
  buckets: { llm_latency: catalog.llmLatency.buckets, tool_duration: catalog.toolDuration.buckets },
  created: true,
  labels: undefined,
  limits: { series: 2000, label_values: 200 },
  pricing: undefined,
};

function unpriced(): Prices {
  const cost = (): Cost => ({ usd: 0, savedUsd: 0, source: 'none' });
  return Object.assign(cost, { model: () => ({ cost, priced: false, usd: () => 0 }) });
}

/** What the tests of this folder share. */
export interface Fixture {
  create(config?: Partial<MetricsConfiguration>, options?: Partial<MetricsOptions>): Metrics;
  /** What a scrape would read, as OpenMetrics without `_created` lines. */
  text(metrics: Metrics): Promise<string>;
  /** Everything that was said to the user. */
  readonly warnings: string[];
}

/** Makes metrics with defaults that need no network and no files. */
export function createFixture(price: (pricing: MetricsConfiguration['pricing']) => Prices = unpriced): Fixture {
  const warnings: string[] = [];
  return {
    warnings,
    create(config = {}, options = {}) {
      const merged = { ...defaults, ...config };
      return createMetrics({
        config: merged,
        price: price(merged.pricing),
        watch: (result) => result,
        warn: (message) => warnings.push(message),
        version: '1.2.3',
        resource: { 'service.name': 'test' },
        ...options,
      });
    },
    text: async (metrics) => renderOpenMetrics(await metrics.collect(), { created: false }),
  };
}
