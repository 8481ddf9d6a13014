import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createObs, type Obs, resolveConfiguration } from '@alex/obs';
import { type Command, type CommandContext, defineCommand, painter } from '@alex/service';
import { answers } from '../demo/backend.ts';
import { Board } from '../demo/board.ts';
import { summaryData, summaryLines } from '../demo/summary.ts';
import { lineView, liveView, type View } from '../demo/views.ts';
import { runWorkload } from '../demo/workload.ts';

const options = {
  sessions: { type: 'integer', default: 4, minimum: 1, maximum: 64, short: 'n', description: 'Sessions at once.' },
  rounds: { type: 'integer', minimum: 1, description: 'Sessions one after the other, each; default 2 with --once.' },
  once: { type: 'boolean', description: 'End by itself when the rounds are done.' },
  port: { type: 'integer', minimum: 0, maximum: 65_535, short: 'p', description: 'Port of the metrics; default 9090.' },
  seed: { type: 'integer', default: 1, minimum: 0, description: 'Another seed, other answers and failures.' },
  speed: {
    type: 'number',
    default: 1,
    minimum: 0,
    aboveMinimum: true,
    description: 'How many times faster than real models the local one answers.',
  },
} as const;

type Context = CommandContext<typeof options>;

export const command: Command = defineCommand({
  name: 'demo',
  summary: 'Runs example agents and shows live what they do and cost.',
  description:
    'A real ReAct agent works on the files of a small company, several sessions at once, against a local model server: no key, no network. Metrics can be scraped meanwhile; spans go to Jaeger when it runs.',
  examples: ['alex-obs demo', 'alex-obs demo --once --sessions 8', 'alex-obs demo --once --json | jq .costUsd'],
  options,
  json: true,
  untilInterrupted: true,
  async run(context) {
    const logFile = join(mkdtempSync(join(tmpdir(), 'alex-demo-')), 'demo.log');
    const tracesUrl = await reachableJaeger(context);
    const obs = createObs({
      env: context.io.env,
      config: {
        logging: { output: logFile },
        // Without a backend spans are dropped and counted; exemplars still point to their traces.
        tracing: { enabled: true, service_name: 'alex-demo' },
        metrics: {
          enabled: true,
          exporter: 'prometheus',
          ...(context.options.port !== undefined && { prometheus_port: context.options.port }),
        },
      },
    });
    const { metricsUrl } = await obs.start();
    const board = new Board();
    const view = openView(context, board, places({ obs, metricsUrl, tracesUrl, logFile }));
    const unsubscribe = obs.observe((record) => {
      board.add(record);
      view.show(record);
    });
    try {
      await runSessions(context, obs);
    } finally {
      view.close();
      unsubscribe();
      await obs.shutdown();
    }
    report(context, board, logFile);
    return 0;
  },
});

async function runSessions({ options: { once, rounds, ...rest }, signal }: Context, obs: Obs): Promise<void> {
  const { sessions, seed, speed } = rest;
  await runWorkload({ obs, sessions, rounds: rounds ?? (once ? 2 : undefined), seed, speed, signal });
  if (once || signal.aborted) return;
  await new Promise<void>((resolve) => {
    // The scrape endpoint does not keep the process alive.
    const timer = setInterval(() => {}, 60_000);
    signal.addEventListener('abort', () => {
      clearInterval(timer);
      resolve();
    });
  });
}

/** The page where traces can be seen, when a Jaeger listens. */
async function reachableJaeger({ io }: Context): Promise<string | undefined> {
  const { tracing } = resolveConfiguration({ env: io.env }).values;
  const endpoints = {
    jaeger: tracing.jaeger_endpoint,
    otlp: tracing.otlp_endpoint,
    zipkin: tracing.zipkin_endpoint,
  };
  const endpoint = endpoints[tracing.exporter];
  if (!(await answers(endpoint))) return undefined;
  return tracing.exporter === 'jaeger' ? `http://${new URL(endpoint).hostname}:16686` : endpoint;
}

interface Places {
  readonly obs: Obs;
  readonly metricsUrl: string | undefined;
  readonly tracesUrl: string | undefined;
  readonly logFile: string;
}

function places({ obs, metricsUrl, tracesUrl, logFile }: Places): string[] {
  const wanted = obs.config.values.metrics.prometheus_port;
  const moved = metricsUrl !== undefined && wanted !== 0 && new URL(metricsUrl).port !== String(wanted);
  const note = moved ? `  (port ${wanted} is taken)` : '';
  return [
    `Metrics  ${metricsUrl ?? 'off'}${note}`,
    `Traces   ${tracesUrl ?? 'start the stack to see them: cd deployments/observability && docker-compose up -d'}`,
    `Logs     ${logFile}`,
    `Try      npx alex-obs ${metricsUrl === undefined ? 'config show' : `metrics ${shortAddress(metricsUrl)}`}   (Ctrl-C ends the demo)`,
  ];
}

/** What `alex-obs metrics` needs to find an endpoint: short, because a narrow terminal cuts the line. */
function shortAddress(url: string): string {
  const { host, hostname, port } = new URL(url);
  return hostname === '127.0.0.1' ? port : host;
}

function openView({ io }: Context, board: Board, footer: readonly string[]): View {
  const live = io.stderr.isTTY === true && io.env['TERM'] !== 'dumb';
  return live ? liveView(board, io, footer) : lineView(board, io, footer);
}

function report({ json, print, note, io }: Context, board: Board, logFile: string): void {
  if (json) {
    print(JSON.stringify({ ...summaryData(board), logFile }));
    return;
  }
  print('');
  for (const line of summaryLines(board, painter(io.stdout, io.env))) print(line);
  note('');
  note('Next: examples/quickstart shows the same for your own agent,');
  note('      npx alex-obs config init creates a configuration.');
}
