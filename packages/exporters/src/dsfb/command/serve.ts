import { Registry } from '@alex/openmetrics';
import { type Command, defineCommand, type Service, type ServiceLogger } from '@alex/service';
import { DsfbMonitor } from '../live/monitor.ts';
import { postgresTarget } from '../postgres/client.ts';
import { PostgresSource } from '../postgres/postgres-source.ts';
import { engineSettings } from './engine-options.ts';
import { episodeLog } from './episode-log.ts';
import { runExporter } from './exporter.ts';
import { exporterOptions } from './exporter-options.ts';
import { feedInput } from './feed-input.ts';

const lastMomentMs = 1000;

/** `dsfb serve`: the exporter over live sources. */
export const serveCommand: Command = defineCommand({
  name: 'serve',
  summary: 'Serves the metrics of live sources: PostgreSQL, POST /ingest, a file or stdin.',
  description:
    'PostgreSQL is polled read-only and needs the package pg, the extension pg_stat_statements and a role with pg_monitor. Residuals and database spans come by POST /ingest with a token, or as NDJSON by --input.',
  examples: [
    'dsfb-exporter serve --postgres postgres://dsfb@127.0.0.1/shop',
    'dsfb-exporter serve --token secret --port 9184',
    'tail -F residuals.ndjson | dsfb-exporter serve --input -',
  ],
  options: {
    ...exporterOptions,
    postgres: {
      type: 'list',
      secret: true,
      valueName: 'url',
      env: 'DSFB_POSTGRES_URL',
      description: 'PostgreSQL database to poll: postgres://role:password@host:port/database.',
    },
    pollInterval: {
      type: 'duration',
      default: 5000,
      minimum: 1000,
      maximum: 10_000,
      env: 'DSFB_POLL_INTERVAL',
      description: 'How often PostgreSQL is polled.',
    },
    baselineIntervals: {
      type: 'integer',
      default: 5,
      minimum: 1,
      maximum: 1000,
      env: 'DSFB_BASELINE_INTERVALS',
      description: 'First intervals of a channel from which its baseline is made.',
    },
    input: {
      type: 'list',
      valueName: 'file',
      description: 'File of residuals or database spans to feed in; - for stdin.',
    },
  },
  configFile: { env: 'DSFB_CONFIG' },
  untilInterrupted: true,
  async run({ options, io, note, signal }) {
    const logged: { logger?: ServiceLogger } = {};
    const monitor = new DsfbMonitor({
      ...engineSettings(options),
      silenceSeconds: options.silence / 1000,
      maxChannels: options.maxChannels,
      ...episodeLog(logged),
    });
    const registry = new Registry();
    const targets = await Promise.all(options.postgres.map((url) => postgresTarget(url, options.pollInterval)));
    let sources: readonly PostgresSource[] = [];
    const runs: Promise<void>[] = [];
    const start = (service: Service): void => {
      const { logger, clock } = service;
      logged.logger = logger;
      sources = targets.map(
        (target) =>
          new PostgresSource({
            target,
            monitor,
            registry,
            log: logger,
            clock,
            pollMs: options.pollInterval,
            baselineIntervals: options.baselineIntervals,
          }),
      );
      for (const source of sources) runs.push(source.run(service.signal));
      for (const path of options.input) {
        feedInput(path, { monitor, note, signal: service.signal }).catch((error: unknown) =>
          logger.error({ error, input: path }, 'The input could not be read'),
        );
      }
    };
    const service = await runExporter(
      {
        options,
        monitor,
        registry,
        ingest: true,
        start,
        ready: () => sources.map(({ problem }) => problem).find((problem) => problem !== undefined) ?? true,
      },
      { io, signal },
    );
    const code = await service.closed;
    // A server that does not answer cannot hold the end back.
    await Promise.race([Promise.all(runs), new Promise((resolve) => setTimeout(resolve, lastMomentMs).unref())]);
    return code;
  },
});
