import { setTimeout as delay } from 'node:timers/promises';
import { WebSocket } from 'ws';
import type { NewEvent } from '../event.ts';
import { streamPath } from '../http/stream.ts';
import type { LoadClient } from './client.ts';
import { Latencies } from './latencies.ts';
import { operate } from './operations.ts';

/** What a workload does, and for how long. */
export interface WorkloadOptions {
  readonly core: LoadClient;
  readonly coreUrl: string;
  readonly controlPlane: LoadClient | undefined;
  readonly token: string | undefined;
  readonly events: Iterator<NewEvent>;
  /** Events in one request; 1 uses the route for one event. */
  readonly batch: number;
  /** Requests at once. */
  readonly concurrency: number;
  /** Events a second; 0: as many as there can be. */
  readonly rate: number;
  /** Events in all. */
  readonly count: number;
  /** Queries for each ingest request. */
  readonly queryRatio: number;
  /** Schemas, pipelines, snapshots, replays and a stream beside. */
  readonly operations: boolean;
  /** More payloads that are invalid than an alert lets pass. */
  readonly failures: boolean;
  readonly signal: AbortSignal;
}

/** How a workload goes. */
export class Progress {
  readonly startedAt: number = performance.now();
  readonly ingest: Latencies = new Latencies();
  readonly query: Latencies = new Latencies();
  acknowledged = 0;
  failed = 0;
  streamed = 0;
  lastError = '';

  get seconds(): number {
    return (performance.now() - this.startedAt) / 1000;
  }
}

/** Runs a workload to its end; `progress` is live. Failed requests are counted, and tried no more. */
export async function runWorkload(options: WorkloadOptions, progress: Progress): Promise<void> {
  const stop = new AbortController();
  const signal = AbortSignal.any([options.signal, stop.signal]);
  const stream = options.operations ? openStream(options, progress) : undefined;
  const beside = options.operations ? operateUntil(options, signal) : Promise.resolve();
  const source = { given: 0 };
  await Promise.all(Array.from({ length: options.concurrency }, () => work(options, progress, source)));
  stop.abort();
  await beside;
  stream?.terminate();
}

async function work(options: WorkloadOptions, progress: Progress, source: { given: number }): Promise<void> {
  const { rate, batch, count, signal, events } = options;
  while (!signal.aborted && source.given < count) {
    const due = rate === 0 ? 0 : (source.given / rate) * 1000 - (performance.now() - progress.startedAt);
    const wanted: NewEvent[] = [];
    while (wanted.length < batch && source.given < count) {
      const next = events.next();
      if (next.done) break;
      wanted.push(next.value);
      source.given++;
    }
    if (wanted.length === 0) return;
    if (due > 0) await delay(due, undefined, { signal }).catch(() => undefined);
    await ingest(options, progress, wanted);
    if (Math.random() < options.queryRatio) await query(options, progress, wanted[0]!);
  }
}

async function ingest(
  { core, batch }: WorkloadOptions,
  progress: Progress,
  events: readonly NewEvent[],
): Promise<void> {
  const isSingle = batch === 1;
  const body = JSON.stringify(isSingle ? events[0] : { events });
  const startedAt = performance.now();
  try {
    const answer = await core.call('POST', isSingle ? '/api/v1/events' : '/api/v1/events/batch', body);
    progress.ingest.add(performance.now() - startedAt);
    if (answer.status === 200) progress.acknowledged += events.length;
    else note(progress, events.length, `${answer.status} ${answer.body}`);
  } catch (error) {
    note(progress, events.length, (error as Error).message);
    // A core that is gone is not asked in a tight loop.
    await delay(200);
  }
}

async function query({ core }: WorkloadOptions, progress: Progress, event: NewEvent): Promise<void> {
  const kinds = [
    `entity_id=${encodeURIComponent(event.entity_id)}`,
    `event_type=${event.event_type}&limit=20`,
    'limit=20',
  ];
  const startedAt = performance.now();
  try {
    await core.call('GET', `/api/v1/events/query?${kinds[Math.floor(Math.random() * kinds.length)]}`);
    progress.query.add(performance.now() - startedAt);
  } catch (error) {
    note(progress, 0, (error as Error).message);
  }
}

async function operateUntil(options: WorkloadOptions, signal: AbortSignal): Promise<void> {
  for (let round = 0; !signal.aborted; round++) {
    await operate(options, round).catch(() => undefined);
    await delay(500, undefined, { signal }).catch(() => undefined);
  }
}

function openStream({ coreUrl, token }: WorkloadOptions, progress: Progress): WebSocket {
  const url = coreUrl.replace(/^http/, 'ws').replace(/\/$/, '') + streamPath;
  const socket = new WebSocket(url, { headers: token === undefined ? {} : { authorization: `Bearer ${token}` } });
  socket.on('message', () => {
    progress.streamed++;
  });
  socket.on('error', (error) => note(progress, 0, error.message));
  return socket;
}

function note(progress: Progress, events: number, message: string): void {
  progress.failed += events;
  progress.lastError = message.slice(0, 200);
}
