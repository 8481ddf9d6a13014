import { createReadStream, existsSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { type Command, type CommandContext, CommandError, defineCommand, defineOptions } from '@alex/service';
import type { NewEvent } from '../event.ts';
import { LoadClient } from '../load/client.ts';
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
  failures: { type: 'boolean', description: 'Register a pipeline that fails, so that its alert fires.' },
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
    await reach(core, coreUrl);
    if (options.operations) await prepareCore(core, { withFailingPipeline: options.failures });
    const progress = new Progress();
    const closeView = show(context, progress);
    const workload: WorkloadOptions = {
      core,
      coreUrl,
      controlPlane,
      token: options.token,
      events: options.file === undefined ? shopEvents(options.seed, options.entities) : await readEvents(options.file),
      batch: options.batch,
      concurrency: options.concurrency,
      rate: options.rate,
      count: options.count ?? Number.POSITIVE_INFINITY,
      queryRatio: options.queries,
      operations: options.operations,
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

async function reach(core: LoadClient, url: string): Promise<void> {
  try {
    const { status } = await core.call('GET', '/ready');
    if (status !== 200) throw new Error(`it answered ${status}`);
  } catch (error) {
    throw new CommandError(
      `No event store is ready at ${url} (${(error as Error).message}). Start one: alex-obs event-store core`,
    );
  }
}

async function readEvents(file: string): Promise<Iterator<NewEvent>> {
  if (!existsSync(file)) throw new CommandError(`There is no file ${file}`);
  const events: NewEvent[] = [];
  let number = 0;
  for await (const line of createInterface({ input: createReadStream(file), crlfDelay: Number.POSITIVE_INFINITY })) {
    number++;
    if (line.trim() === '') continue;
    try {
      events.push(JSON.parse(line) as NewEvent);
    } catch (error) {
      throw new CommandError(`${file}, line ${number}: ${(error as Error).message}`);
    }
  }
  return events.values();
}

function endOf({ options: { duration }, signal }: Context): AbortSignal {
  return duration === undefined ? signal : AbortSignal.any([signal, AbortSignal.timeout(duration)]);
}

function show({ io, json }: Context, progress: Progress): () => void {
  const live = io.stderr.isTTY === true;
  const write = (): void => {
    io.stderr.write(live ? `\r\x1b[2K${lineOf(progress)}` : `${lineOf(progress)}\n`);
  };
  const timer = json && !live ? undefined : setInterval(write, live ? 500 : 5000);
  return () => {
    clearInterval(timer);
    if (live) io.stderr.write('\r\x1b[2K');
  };
}

function lineOf(progress: Progress): string {
  const { acknowledged, failed, seconds, ingest, query } = progress;
  const perSecond = Math.round(acknowledged / Math.max(seconds, 0.001));
  return `${acknowledged} events, ${perSecond}/s, ingest ${timesOf(ingest)}, query ${timesOf(query)}, ${failed} failed`;
}

function timesOf(latencies: Latencies): string {
  const [p50, p95, p99] = latencies.percentiles([50, 95, 99]).map((value) => value.toFixed(1));
  return `p50 ${p50} p95 ${p95} p99 ${p99} ms`;
}

function report({ json, print, note }: Context, progress: Progress): number {
  const { acknowledged, failed, seconds, streamed, lastError } = progress;
  if (json) {
    const of = (latencies: Latencies) => {
      const [p50, p95, p99] = latencies.percentiles([50, 95, 99]);
      return { count: latencies.count, p50_ms: p50, p95_ms: p95, p99_ms: p99 };
    };
    print(
      JSON.stringify({
        events: acknowledged,
        failed,
        seconds,
        events_per_second: acknowledged / seconds,
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
