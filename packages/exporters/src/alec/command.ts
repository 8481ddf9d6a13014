import { type Command, defineCommand, defineOptions, runService, type Service, serviceOptions } from '@alex/service';
import { readSensorCsv } from './csv/read-sensor-csv.ts';
import { AlecExporter } from './exporter.ts';
import { command as generate } from './generate-command.ts';
import { samplePrometheus } from './live/prometheus-sampler.ts';
import { type AlecOptions, checkSources, computeOptions, engineOptions, queriesOf, sourceOptions } from './options.ts';
import { addRoutes } from './routes.ts';
import { version } from './version.ts';

const name = 'alec-exporter';

/** `alec-exporter` and `alex-obs alec`: replays, takes or samples sensor rows and serves what they say as metrics. */
export const command: Command = defineCommand({
  name,
  summary: 'Serves entropy, correlation and resilience of sensor streams as metrics.',
  description:
    'Rows come from a CSV file (--csv), from POST /ingest (--ingest) or from any Prometheus (--prometheus, --query). Pages: / (live), /metrics, /health, /ready, /status.',
  version,
  examples: [
    `${name} generate --hours 1 --inject noise@20m:vibration:300:5 > line.csv`,
    `${name} --csv line.csv --speed 60`,
    `${name} --ingest --token secret`,
    `${name} --prometheus http://127.0.0.1:9090 --query 'rate=sum(rate(alex_llm_requests_total[1m]))' --query 'cost=sum(rate(alex_cost_total[1m]))'`,
  ],
  options: defineOptions({
    ...serviceOptions({
      port: 9100,
      host: '0.0.0.0',
      env: { host: 'ALEC_HOST', port: 'ALEC_PORT', token: 'ALEC_TOKEN', logLevel: 'LOG_LEVEL' },
    }),
    ...sourceOptions,
    ...computeOptions,
  }),
  untilInterrupted: true,
  subcommands: [generate],
  async run({ options, io, signal }) {
    checkSources(options);
    try {
      return await serve(options, { io, signal });
    } catch (error) {
      // Asked to end while a file was being loaded.
      if (signal.aborted) return 0;
      throw error;
    }
  },
});

async function serve(
  options: AlecOptions,
  environment: Pick<Parameters<typeof runService>[1] & object, 'io' | 'signal'>,
): Promise<number> {
  const queries = queriesOf(options.query);
  let logger: Service['logger'] | undefined;
  const exporter = new AlecExporter({
    keepBaseline: options.keepBaseline,
    engine: {
      ...engineOptions(options),
      onEvent: (event) => {
        if (event.event_type === 'BASELINE_BUILDING') logger?.debug({ event }, event.message);
        else logger?.[event.severity === 'info' ? 'info' : 'warn']({ event }, event.message);
      },
    },
  });
  let isReady = false;
  const service = await runService(
    {
      name,
      version,
      options,
      registry: exporter.registry,
      healthBody: 'OK',
      routes: (router, running) =>
        addRoutes(router, running, { exporter, ingest: options.ingest, isReady: () => isReady }),
      async start(running) {
        ({ logger } = running);
        if (options.csv !== undefined) await startReplay(exporter, options.csv, { options, running });
        if (options.prometheus !== undefined) startSampling(exporter, queries, { options, running });
        isReady = true;
      },
      stop: () => exporter.replay?.stop(),
    },
    environment,
  );
  return await service.closed;
}

interface Source {
  readonly options: AlecOptions;
  readonly running: Service;
}

async function startReplay(exporter: AlecExporter, path: string, { options, running }: Source): Promise<void> {
  const { logger, signal } = running;
  const dataset = await readSensorCsv(path, {
    signal,
    onWarning: (message) => logger.warn(message),
    onProgress: ({ rows, share }) => logger.info({ rows, percent: Math.floor(share * 100) }, 'Loading the dataset'),
  });
  const { length, channels, durationMs } = dataset;
  logger.info({ path, rows: length, sensors: channels.length, duration_ms: durationMs }, 'The dataset is loaded');
  const replay = exporter.load(dataset, { speed: options.speed, loop: options.loopReplay });
  void replay.start().then(
    () => logger.info('The replay has ended'),
    (error: unknown) => logger.error({ error }, 'The replay has failed'),
  );
}

function startSampling(
  exporter: AlecExporter,
  queries: Readonly<Record<string, string>>,
  { options, running }: Source,
): void {
  const reported = new Set<string>();
  void samplePrometheus(
    {
      url: options.prometheus!,
      queries,
      intervalMs: options.interval,
      onRow: (timestampMs, values) => void exporter.observe({ timestampMs, values }),
      onFailure: (failure, channel, detail) => {
        exporter.countRejected(failure);
        // Once for each kind of failure of a channel, or a Prometheus that is down would fill the log.
        const key = `${failure} ${channel}`;
        const level = reported.has(key) ? 'debug' : 'warn';
        reported.add(key);
        running.logger[level]({ channel, failure, detail }, 'A query gave no reading');
      },
    },
    running.signal,
  );
}
