import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { Child } from './child.ts';
import { freePort } from './free-port.ts';
import { waitFor } from './wait.ts';

export interface Sample {
  readonly metric: Readonly<Record<string, string>>;
  readonly value: number;
}

export interface ExemplarSeries {
  readonly seriesLabels: Readonly<Record<string, string>>;
  readonly exemplars: readonly {
    readonly labels: Readonly<Record<string, string>>;
    readonly value: string;
    readonly timestamp: number;
  }[];
}

export interface PrometheusOptions {
  /** Job name to `host:port` targets. */
  readonly targets?: Readonly<Record<string, readonly string[]>>;
  /** Rule files, absolute paths. */
  readonly ruleFiles?: readonly string[];
  /** `host:port` of an Alertmanager. */
  readonly alertmanager?: string;
  readonly scrapeIntervalMs?: number;
  /** Instead of a configuration made from the other options; `{}` parts are merged over it. */
  readonly configuration?: Readonly<Record<string, unknown>>;
  /** Further command line flags. */
  readonly flags?: readonly string[];
  readonly binary?: string;
  /** Instead of a free one. */
  readonly port?: number;
}

/** A real Prometheus on a free loopback port with a data folder of its own. */
export class Prometheus {
  readonly url: string;
  readonly child: Child;
  readonly #folder: string;

  private constructor(url: string, child: Child, folder: string) {
    this.url = url;
    this.child = child;
    this.#folder = folder;
  }

  /** Starts one and waits until it is ready. Fails with its own output when it does not come up. */
  static async start(options: PrometheusOptions = {}): Promise<Prometheus> {
    const folder = mkdtempSync(join(tmpdir(), 'alex-prometheus-'));
    const port = options.port ?? (await freePort());
    const file = join(folder, 'prometheus.yml');
    writeFileSync(file, stringify(configurationOf(options)));
    const child = new Child(options.binary ?? process.env['PROMETHEUS'] ?? 'prometheus', [
      `--config.file=${file}`,
      `--storage.tsdb.path=${join(folder, 'data')}`,
      `--web.listen-address=127.0.0.1:${port}`,
      '--enable-feature=exemplar-storage',
      '--web.enable-lifecycle',
      '--log.level=warn',
      ...(options.flags ?? []),
    ]);
    const prometheus = new Prometheus(`http://127.0.0.1:${port}`, child, folder);
    try {
      await waitFor('Prometheus to be ready', async () => {
        if (child.ended) return 'dead';
        return (await fetch(`${prometheus.url}/-/ready`)).ok || undefined;
      });
      if (child.ended) throw new Error('it ended at once');
      return prometheus;
    } catch (error) {
      await prometheus.stop();
      throw new Error(`Prometheus did not start (is it installed?):\n${child.output}`, { cause: error });
    }
  }

  async #get(path: string, parameters: Readonly<Record<string, string>> = {}): Promise<unknown> {
    const response = await fetch(`${this.url}/api/v1/${path}?${new URLSearchParams(parameters)}`);
    const body = (await response.json()) as { status: string; error?: string; data: unknown };
    if (body.status !== 'success') throw new Error(`${path} ${JSON.stringify(parameters)}: ${body.error}`);
    return body.data;
  }

  /** An instant query; scalars come back as one sample without labels. */
  async query(expression: string): Promise<Sample[]> {
    const data = (await this.#get('query', { query: expression })) as
      | { resultType: 'vector'; result: { metric: Record<string, string>; value: [number, string] }[] }
      | { resultType: 'scalar'; result: [number, string] };
    if (data.resultType === 'scalar') return [{ metric: {}, value: Number(data.result[1]) }];
    return data.result.map(({ metric, value }) => ({ metric, value: Number(value[1]) }));
  }

  async exemplars(expression: string): Promise<ExemplarSeries[]> {
    const now = Date.now() / 1000;
    return (await this.#get('query_exemplars', {
      query: expression,
      start: String(now - 3600),
      end: String(now + 60),
    })) as ExemplarSeries[];
  }

  async targets(): Promise<
    {
      readonly health: string;
      readonly lastError: string;
      readonly labels: Record<string, string>;
      readonly scrapeUrl: string;
    }[]
  > {
    return ((await this.#get('targets')) as { activeTargets: never[] }).activeTargets;
  }

  async alerts(): Promise<{ readonly labels: Record<string, string>; readonly state: string }[]> {
    return ((await this.#get('alerts')) as { alerts: never[] }).alerts;
  }

  /** Waits until every target was scraped without an error. */
  async scraped(timeoutMs = 30_000): Promise<void> {
    await waitFor(
      'every target to be scraped',
      async () => {
        const targets = await this.targets();
        const bad = targets.filter(({ health }) => health !== 'up');
        if (targets.length === 0 || bad.length > 0) throw new Error(JSON.stringify(bad));
        return true;
      },
      { timeoutMs },
    );
  }

  async stop(): Promise<void> {
    await this.child.stop('SIGTERM').catch(() => undefined);
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

function configurationOf(options: PrometheusOptions): Record<string, unknown> {
  const interval = `${options.scrapeIntervalMs ?? 500}ms`;
  return {
    global: { scrape_interval: interval, scrape_timeout: interval, evaluation_interval: interval },
    scrape_configs: Object.entries(options.targets ?? {}).map(([job_name, targets]) => ({
      job_name,
      static_configs: [{ targets }],
    })),
    ...(options.ruleFiles ? { rule_files: options.ruleFiles } : {}),
    ...(options.alertmanager
      ? { alerting: { alertmanagers: [{ static_configs: [{ targets: [options.alertmanager] }] }] } }
      : {}),
    ...options.configuration,
  };
}
