import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InMemorySpanExporter, type ReadableSpan, SimpleSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import type { Obs, ObsOptions } from '../api.ts';
import { createObs } from '../obs.ts';
import type { ObsRecord } from '../record.ts';
import { hostProvider } from '../tracing/hosted-provider.ts';
import { sampleValue } from './sample-value.ts';

/** A log line as it was written: `time`, `level`, `msg`, ids and fields. */
export type LogLine = Readonly<Record<string, unknown>>;

/**
 * An instance whose signals a test reads back: spans from memory, metrics as a scraper sees them, lines as they were
 * written. It reads no file and no environment of the user.
 */
export interface TestObs {
  /** Hand it to the code under test. */
  readonly obs: Obs;
  /** Every record so far, starts and ends. */
  readonly records: readonly ObsRecord[];
  /** Spans that have ended, in that order. */
  spans(): readonly ReadableSpan[];
  /** The only span of this name; throws when there is none, or more. */
  span(name: string): ReadableSpan;
  lines(): Promise<readonly LogLine[]>;
  /** The scraped value of a sample, for instance `alex_llm_requests_total`, summed over labels that are not given. */
  metric(sample: string, labels?: Readonly<Record<string, string>>): Promise<number | undefined>;
  /** Shuts the instance down and removes its temporary files. */
  close(): Promise<void>;
}

/** Makes an instance for one test. `config` applies but for what makes it readable (output, exporters, port). */
export function createTestObs({ config }: Pick<ObsOptions, 'config'> = {}): TestObs {
  const home = mkdtempSync(join(tmpdir(), 'alex-obs-test-'));
  const output = join(home, 'log');
  const exporter = new InMemorySpanExporter();
  const obs = createObs({
    configPath: false,
    env: { HOME: home },
    config: {
      ...config,
      logging: { level: 'debug', ...config?.logging, format: 'json', output },
      metrics: { ...config?.metrics, enabled: true, exporter: 'prometheus', host: '127.0.0.1', prometheus_port: 0 },
      tracing: { ...config?.tracing, enabled: true },
    },
  });
  const records: ObsRecord[] = [];
  obs.observe((record) => records.push(record));
  hostProvider(
    (parts) => new TracerProvider({ ...parts, spanProcessors: [new SimpleSpanProcessor({ exporter })] }),
    () => obs.tracer,
  );
  return {
    obs,
    records,
    spans: () => exporter.getFinishedSpans(),
    span(name) {
      const found = exporter.getFinishedSpans().filter((span) => span.name === name);
      if (found.length !== 1) throw new Error(`${found.length} spans are named ${name}, not one`);
      return found[0] as ReadableSpan;
    },
    async lines() {
      await obs.flush();
      return readLines(output);
    },
    async metric(sample, labels = {}) {
      const { metricsUrl } = await obs.start();
      const token = obs.config.values.metrics.token;
      const response = await fetch(metricsUrl ?? '', {
        headers: {
          accept: 'application/openmetrics-text; version=1.0.0',
          ...(token !== undefined && { authorization: `Bearer ${token}` }),
        },
      });
      return sampleValue(await response.text(), sample, labels);
    },
    async close() {
      await obs.shutdown();
      rmSync(home, { recursive: true, force: true });
    },
  };
}

function readLines(path: string): LogLine[] {
  return readFileSync(path, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as LogLine);
}
