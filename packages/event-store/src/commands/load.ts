import { type Command, type CommandContext, CommandError, defineCommand, defineOptions } from '@alex/service';
import { LoadClient } from '../load/client.ts';
import { readEventFile } from '../load/event-file.ts';
import type { Latencies } from '../load/latencies.ts';
import { prepareCore } from '../load/operations.ts';
import { shopEvents } from '../load/shop-events.ts';
import { Progress, runWorkload, type WorkloadOptions } from '../load/workload.ts';
import { checkUrl } from './options.ts';

const declarations = defineOptions({
  url: { type: 'string', default: 'http://localhost:8080', env: 'CORE_URL', description: 'Where the core is.' },
  controlPlane: { type: 'string', valueName: 'url', description: 'Where the control plane is, to use it too.' },
  token: { type: 'string', secret: true, env: 'ALLSOURCE_TOKEN', description: 'Bearer token of both.' },
  file: {
    type: 'string',
    valueName: 'path',
    description: 'Events to send, one JSON object a line; default: those of a shop.',
  },
  seed: { type: 'integer', default: 1, minimum: 0, description: 'Another seed, other events.' },
  entities: { type: 'integer', default: 1000, minimum: 1, description: 'Users and orders of the shop.' },
  count: { type: 'integer', minimum: 1, short: 'n', description: 'End after so many events; default: Ctrl-C.' },
  duration: { type: 'duration', minimum: 1, description: 'End after so long.' },
  rate: { type: 'number', default: 200, minimum: 0, description: 'Events a second; 0: as many as there can be.' },
  batch: { type: 'integer', default: 1, minimum: 1, maximum: 10_000, description: 'Events in one request.' },
  concurrency: { type: 'integer', default: 4, minimum: 1, maximum: 256, short: 'c', description: 'Requests at once.' },
  queries: { type: 'number', default: 0.2, minimum: 0, maximum: 1, description: 'Queries for each ingest request.' },
  operations: {
    type: 'boolean',
    default: true,
    description: 'Use schemas, pipelines, snapshots, replays and the stream, too.',
  },
  failures: {
    type: 'boolean',
    description: 'Use a pipeline that fails and more payloads that are invalid, so that their alerts fire.',
  },
});

type Context = CommandContext<typeof declarations>;

/** `event-store load`: a workload against a running core. */
export const loadCommand: Command = defineCommand({
  name: 'load',
  summary: 'Puts a realistic load on an event store and shows throughput and latencies live.',
  examples: [
    'alex-obs event-store load',
    'alex-obs event-store load --rate 0 --batch 1000 --count 1000000 --no-operations',
    'alex-obs event-store load --file events.jsonl --json',
  ],
  options: declarations,
  json: true,
  untilInterrupted: true,
  async run(context) {
    const { options } = context;
    const coreUrl = checkUrl(options.url, '--url');
    const client = (url: string): LoadClient =>
      new LoadClient(url, { token: options.token, connections: options.concurrency + 2 });
    const core = client(coreUrl);
    const controlPlane =
      options.controlPlane === undefined ? undefined : client(checkUrl(options.controlPlane, '--control-plane'));
    await reachCore(core, coreUrl);
    if (controlPlane !== undefined) await reach(controlPlane, options.controlPlane!, 'control plane', 'control-plane');
    context.note(`Sending events to ${coreUrl}${context.io.stderr.isTTY ? '; Ctrl-C ends it' : ''}`);
    if (options.operations) await prepareCore(core, { withFailingPipeline: options.failures });
    const progress = new Progress();
    const closeView = show(context, progress);
    const workload: WorkloadOptions = {
      core,
      coreUrl,
      controlPlane,
      token: options.token,
      events:
        options.file === undefined
          ? shopEvents(options.seed, options.entities)
          : (await readEventFile(options.file)).values(),
      batch: options.batch,
      concurrency: options.concurrency,
      rate: options.rate,
      count: options.count ?? Number.POSITIVE_INFINITY,
      queryRatio: options.queries,
      operations: options.operations,
      failures: options.failures,
      signal: endOf(context),
    };
    try {
      await runWorkload(workload, progress);
    } finally {
      closeView();
      core.close();
      controlPlane?.close();
    }
    return report(context, progress);
  },
});

async function reach(client: LoadClient, url: string, what: string, command: string): Promise<void> {
  try {
    const { status } = await client.call('GET', '/ready');
    if (status !== 200) throw new Error(`it answered ${status}`);
  } catch (error) {
    const { message } = error as Error;
    throw new CommandError(`No ${what} is ready at ${url} (${message}). Start one: alex-obs event-store ${command}`);
  }
}

/** Finds out at once whether the core is there and takes events: a load that is refused says nothing about it. */
async function reachCore(core: LoadClient, url: string): Promise<void> {
  await reach(core, url, 'event store', 'core');
  const { status, body } = await core.call('POST', '/api/v1/events/batch', '{"events":[]}');
  if (status === 200) return;
  const advice = status === 401 ? ' Give the one of the core with --token.' : '';
  throw new CommandError(`${url} takes no events: it answered ${status} ${body}.${advice}`);
}

function endOf({ options: { duration }, signal }: Context): AbortSignal {
  return duration === undefined ? signal : AbortSignal.any([signal, AbortSignal.timeout(duration)]);
}

function show({ io, json }: Context, progress: Progress): () => void {
  const live = io.stderr.isTTY === true;
  const write = (): void => {
    io.stderr.write(live ? `\r\x1b[2K${fittingLine(progress, io.stderr.columns ?? 80)}` : `${lineOf(progress)}\n`);
  };
  const timer = json && !live ? undefined : setInterval(write, live ? 500 : 5000);
  return () => {
    clearInterval(timer);
    if (live) io.stderr.write('\r\x1b[2K');
  };
}

function lineOf(progress: Progress): string {
  const { ingest, query } = progress;
  return `${countsOf(progress)}, ingest ${timesOf(ingest)}, query ${timesOf(query)}, ${progress.failed} failed`;
}

/** A line that a terminal does not break: a broken one could not be written over. */
export function fittingLine(progress: Progress, columns: number): string {
  const whole = lineOf(progress);
  if (whole.length < columns) return whole;
  const [ingest, query] = [progress.ingest, progress.query].map((one) => one.percentiles([99])[0]!.toFixed(1));
  const short = `${countsOf(progress)}, p99 ingest ${ingest} query ${query} ms, ${progress.failed} failed`;
  return short.slice(0, columns - 1);
}

function countsOf({ acknowledged, seconds }: Progress): string {
  return `${acknowledged} events, ${Math.round(acknowledged / Math.max(seconds, 0.001))}/s`;
}

function timesOf(latencies: Latencies): string {
  if (latencies.count === 0) return 'none';
  const [p50, p95, p99] = latencies.percentiles([50, 95, 99]).map((value) => value.toFixed(1));
  return `p50 ${p50} p95 ${p95} p99 ${p99} ms`;
}

function report({ json, print, note }: Context, progress: Progress): number {
  const { acknowledged, failed, seconds, streamed, lastError } = progress;
  if (json) {
    const of = (latencies: Latencies) => {
      const [p50, p95, p99] = latencies.percentiles([50, 95, 99]).map(rounded);
      return { count: latencies.count, p50_ms: p50, p95_ms: p95, p99_ms: p99 };
    };
    print(
      JSON.stringify({
        events: acknowledged,
        failed,
        seconds: rounded(seconds),
        events_per_second: rounded(acknowledged / seconds),
        streamed,
        ingest: of(progress.ingest),
        query: of(progress.query),
      }),
    );
  } else {
    print(lineOf(progress));
  }
  if (lastError !== '') note(`last error: ${lastError}`);
  return failed > 0 ? 1 : 0;
}

function rounded(value: number): number {
  return Number(value.toFixed(3));
}
