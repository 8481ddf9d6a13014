import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Obs, ObsOptions } from '../api.ts';
import { createObs } from '../obs.ts';
import { sampleValue } from './sample-value.ts';

/** A real instance as a program has it, with a home of its own and its log in a file. */
export interface Instance {
  readonly obs: Obs;
  readonly home: string;
  lines(): readonly Record<string, unknown>[];
  /** Scrapes a value. */
  metric(sample: string, labels?: Readonly<Record<string, string>>): Promise<number | undefined>;
  close(): Promise<void>;
}

/** Makes an instance that listens on any free port and exports no spans unless told to. */
export function createInstance({ config, env, ...options }: ObsOptions = {}): Instance {
  const home = mkdtempSync(join(tmpdir(), 'alex-obs-instance-'));
  const output = join(home, 'log');
  const obs = createObs({
    configPath: false,
    ...options,
    env: { HOME: home, ...env },
    config: {
      ...config,
      logging: { output, ...config?.logging },
      metrics: { prometheus_port: 0, ...config?.metrics },
    },
  });
  return {
    obs,
    home,
    lines: () =>
      readFileSync(output, 'utf8')
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line) as Record<string, unknown>),
    async metric(sample, labels = {}) {
      const { metricsUrl } = await obs.start();
      const accept = 'application/openmetrics-text; version=1.0.0';
      return sampleValue(await (await fetch(metricsUrl ?? '', { headers: { accept } })).text(), sample, labels);
    },
    async close() {
      await obs.shutdown();
      rmSync(home, { recursive: true, force: true });
    },
  };
}
