import { Registry, renderChunks } from '@alex/openmetrics';
import { PrometheusExporter, PrometheusSerializer } from '@opentelemetry/exporter-prometheus';
import { AggregationType, MeterProvider } from '@opentelemetry/sdk-metrics';
import * as promClient from 'prom-client';
import { median, report, round } from './compare.ts';

/**
 * What does a scrape cost, and how long does it block the event loop? Half of the lines come from counters, half from
 * histograms (15 bounds, 18 lines a series), three labels each; a tenth of the series changes between scrapes.
 */
const bounds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300];

type Labels = { readonly tenant: string; readonly tool: string; readonly status: string };
const labelsOf = (index: number): Labels => ({
  tenant: `tenant-${index % 97}`,
  tool: `tool-${index}`,
  status: index % 3 === 0 ? 'error' : 'success',
});

interface Scraped {
  readonly touch: (from: number) => void;
  readonly scrape: () => Promise<number>;
}

interface Size {
  readonly counters: number;
  readonly histograms: number;
}

function alex({ counters, histograms }: Size): Scraped {
  const registry = new Registry({ maxSeriesPerFamily: 1_000_000 });
  const labelNames = ['tenant', 'tool', 'status'] as const;
  const counter = registry.counter({ name: 'bench_counter', help: 'A counter.', labelNames });
  const histogram = registry.histogram({
    name: 'bench_histogram',
    unit: 's',
    help: 'A histogram.',
    labelNames,
    buckets: bounds,
  });
  return {
    touch(from) {
      each(counters, from, ({ tenant, tool, status }) => counter.labels(tenant, tool, status).add(1));
      each(histograms, from, ({ tenant, tool, status }, index) =>
        histogram.labels(tenant, tool, status).observe((index % 400) / 3),
      );
    },
    async scrape() {
      let bytes = 0;
      for await (const chunk of renderChunks(registry.collect(), { format: 'text-0.0.4' })) bytes += chunk.length;
      return bytes;
    },
  };
}

function openTelemetry({ counters, histograms }: Size): Scraped {
  const exporter = new PrometheusExporter({ preventServerStart: true });
  const serializer = new PrometheusSerializer();
  // One view for each instrument: a second one that matches would double every record.
  const provider = new MeterProvider({
    readers: [exporter],
    views: [
      { instrumentName: 'bench.counter', aggregationCardinalityLimit: 1_000_000 },
      {
        instrumentName: 'bench.histogram',
        aggregationCardinalityLimit: 1_000_000,
        aggregation: { type: AggregationType.EXPLICIT_BUCKET_HISTOGRAM, options: { boundaries: bounds } },
      },
    ],
  });
  const meter = provider.getMeter('bench');
  const counter = meter.createCounter('bench.counter');
  const histogram = meter.createHistogram('bench.histogram', { unit: 's' });
  return {
    touch(from) {
      each(counters, from, (labels) => counter.add(1, { ...labels }));
      each(histograms, from, (labels, index) => histogram.record((index % 400) / 3, { ...labels }));
    },
    async scrape() {
      const { resourceMetrics } = await exporter.collect();
      return Buffer.from(serializer.serialize(resourceMetrics)).length;
    },
  };
}

function prom({ counters, histograms }: Size): Scraped {
  const register = new promClient.Registry();
  const labelNames = ['tenant', 'tool', 'status'];
  const counter = new promClient.Counter({
    name: 'bench_counter_total',
    help: 'A counter.',
    labelNames,
    registers: [register],
  });
  const histogram = new promClient.Histogram({
    name: 'bench_histogram_seconds',
    help: 'A histogram.',
    labelNames,
    buckets: bounds,
    registers: [register],
  });
  return {
    touch(from) {
      each(counters, from, (labels) => counter.inc({ ...labels }));
      each(histograms, from, (labels, index) => histogram.observe({ ...labels }, (index % 400) / 3));
    },
    async scrape() {
      return Buffer.from(await register.metrics()).length;
    },
  };
}

/** Every series once (`from` < 0), or the tenth that begins at `from`. */
function each(count: number, from: number, record: (labels: Labels, index: number) => void): void {
  for (let index = from < 0 ? 0 : from % 10; index < count; index += from < 0 ? 1 : 10) record(labelsOf(index), index);
}

interface Timing {
  readonly totalMs: number;
  readonly blockMs: number;
}

/** One scrape, with the longest time that the event loop could not turn meanwhile. */
async function time(subject: Scraped): Promise<Timing> {
  let longest = 0;
  let last = performance.now();
  let done = false;
  const turn = () => {
    const now = performance.now();
    longest = Math.max(longest, now - last);
    last = now;
    if (!done) setImmediate(turn);
  };
  await new Promise((resolve) => setImmediate(resolve));
  const start = (last = performance.now());
  setImmediate(turn);
  await subject.scrape();
  const totalMs = performance.now() - start;
  longest = Math.max(longest, performance.now() - last);
  done = true;
  await new Promise((resolve) => setImmediate(resolve));
  return { totalMs, blockMs: longest };
}

type Name = 'alex' | 'openTelemetry' | 'prom';

interface Scrapes {
  /** The median, milliseconds. */
  ms(name: Name): number;
  /** The median of the longest block of each scrape, milliseconds. */
  blockMs(name: Name): number;
  /** How many times longer a peer took: the median of the ratios of each turn. */
  ratio(peer: Name): number;
}

/** Scrapes all in turn; the first turns, until the compiler has settled, are not counted. */
async function run(lines: number, { warmUps, scrapes }: { warmUps: number; scrapes: number }): Promise<Scrapes> {
  const size: Size = { counters: lines / 2, histograms: Math.floor(lines / 2 / 18) };
  const subjects: Record<Name, Scraped> = { alex: alex(size), openTelemetry: openTelemetry(size), prom: prom(size) };
  const timings: Record<Name, Timing[]> = { alex: [], openTelemetry: [], prom: [] };
  for (const subject of Object.values(subjects)) subject.touch(-1);
  for (let turn = 0; turn < warmUps + scrapes; turn++) {
    for (const [name, subject] of Object.entries(subjects)) {
      subject.touch(turn);
      const timing = await time(subject);
      if (turn >= warmUps) timings[name as Name].push(timing);
    }
  }
  return {
    ms: (name) => median(timings[name].map(({ totalMs }) => totalMs)),
    blockMs: (name) => median(timings[name].map(({ blockMs }) => blockMs)),
    ratio: (peer) => median(timings[peer].map(({ totalMs }, turn) => totalMs / timings.alex[turn]!.totalMs)),
  };
}

const small = await run(10_000, { warmUps: 40, scrapes: 60 });
const large = await run(100_000, { warmUps: 5, scrapes: 20 });
report({
  scrape_10k: {
    ms: round(small.ms('alex')),
    otel_ms: round(small.ms('openTelemetry')),
    prom_client_ms: round(small.ms('prom')),
    ratio_vs_otel_exporter: round(small.ratio('openTelemetry')),
    ratio_vs_prom_client: round(small.ratio('prom')),
  },
  scrape_100k: {
    ms: round(large.ms('alex')),
    max_block_ms: round(large.blockMs('alex')),
    otel_max_block_ms: round(large.blockMs('openTelemetry')),
    prom_client_max_block_ms: round(large.blockMs('prom')),
    ratio_vs_otel_exporter: round(large.ratio('openTelemetry')),
    ratio_vs_prom_client: round(large.ratio('prom')),
  },
});
