import { randomUUID } from 'node:crypto';
import { setImmediate as turn } from 'node:timers/promises';
import { StoreError } from '../errors.ts';
import type { Projection } from '../projections/projection.ts';
import { clockMs } from './metrics.ts';
import { eventAt, type StoreParts } from './parts.ts';
import { findEvents, fitting } from './queries.ts';

/** Which events to feed again, and to which projections. */
export interface ReplayRequest {
  /** Default: all projections. */
  readonly projectionName?: string | undefined;
  readonly tenantId?: string | undefined;
  readonly entityId?: string | undefined;
  readonly eventType?: string | undefined;
  /** Unix milliseconds, included. */
  readonly from?: number | undefined;
  readonly to?: number | undefined;
  /** Default true: a fresh projection takes in everything and takes the place of the old one. */
  readonly reset?: boolean | undefined;
  /** Events between two looks at whether it was cancelled. Default 1000. */
  readonly batchSize?: number | undefined;
}

export type ReplayStatus = 'pending' | 'running' | 'completed' | 'failed' | 'cancelled';

/** How far a replay is. */
export interface ReplayProgress {
  readonly replay_id: string;
  readonly status: ReplayStatus;
  readonly projection_name: string | null;
  readonly total_events: number;
  readonly processed_events: number;
  readonly progress_percentage: number;
  /** Over its whole time. */
  readonly events_per_second: number;
  readonly started_at: string;
  readonly ended_at: string | null;
  readonly error: string | null;
}

interface Running {
  readonly id: string;
  readonly request: ReplayRequest;
  /** When it began, or as long as it waits for its turn when it was asked for. */
  startedAt: number;
  startedMs: number;
  status: ReplayStatus;
  total: number;
  processed: number;
  endedMs: number | undefined;
  error: string | null;
}

/** Replays that wait, run, or have ended and can still be asked for. */
const mostKept = 1000;
const mostBatch = 100_000;
const pageSize = 10_000;

/** Feeds stored events to projections again, one replay after the other. Metrics of the projections do not move. */
export class Replays {
  readonly #parts: StoreParts;
  readonly #replays = new Map<string, Running>();
  #last: Promise<void> = Promise.resolve();

  constructor(parts: StoreParts) {
    this.#parts = parts;
  }

  /**
   * Starts a replay, which goes on in the background once those before it are over. Throws StoreError `invalid` for
   * bounds or filters that are wrong, `unavailable` when too many wait.
   */
  start(request: ReplayRequest): ReplayProgress {
    checkRequest(request);
    const replay: Running = {
      id: randomUUID(),
      request,
      startedAt: this.#parts.now(),
      startedMs: clockMs(),
      status: 'pending',
      total: 0,
      processed: 0,
      endedMs: undefined,
      error: null,
    };
    for (const [id, { status }] of this.#replays) {
      if (this.#replays.size < mostKept) break;
      if (status !== 'running' && status !== 'pending') this.#replays.delete(id);
    }
    if (this.#replays.size >= mostKept) throw new StoreError('unavailable', 'too many replays wait: try again later');
    this.#replays.set(replay.id, replay);
    this.#parts.metrics.replaysStarted.add(1);
    this.#last = this.#last.then(() => this.#run(replay));
    return progressOf(replay);
  }

  /** Throws StoreError `not_found`. */
  get(id: string): ReplayProgress {
    return progressOf(this.#get(id));
  }

  list(): ReplayProgress[] {
    return [...this.#replays.values()].map(progressOf);
  }

  /** Ends a running replay at its next batch. Throws StoreError `not_found`, or `invalid` when it is over. */
  cancel(id: string): ReplayProgress {
    const replay = this.#get(id);
    if (replay.status !== 'running' && replay.status !== 'pending') {
      throw new StoreError('invalid', `the replay is ${replay.status} already`);
    }
    this.#end(replay, 'cancelled');
    return progressOf(replay);
  }

  /** Forgets a replay that is over. Throws StoreError. */
  delete(id: string): void {
    const { status } = this.#get(id);
    if (status === 'running' || status === 'pending')
      throw new StoreError('conflict', 'the replay is running: cancel it');
    this.#replays.delete(id);
  }

  cancelAll(): void {
    for (const replay of this.#replays.values()) this.#end(replay, 'cancelled');
  }

  async #run(replay: Running): Promise<void> {
    try {
      const { request } = replay;
      const names = request.projectionName === undefined ? this.#parts.projections.names : [request.projectionName];
      const projections = names.map((name) => this.#parts.projections.get(name));
      await turn();
      if (isOver(replay)) return;
      replay.status = 'running';
      replay.startedAt = this.#parts.now();
      replay.startedMs = clockMs();
      if (request.reset === false) await this.#feed(replay, projections);
      else await this.#rebuild(replay, projections);
      if (!isOver(replay)) this.#end(replay, 'completed');
    } catch (error) {
      replay.error = (error as Error).message;
      if (!isOver(replay)) this.#end(replay, 'failed');
    }
  }

  /** Feeds what the filters find into projections that stay. */
  async #feed(replay: Running, projections: readonly Projection[]): Promise<void> {
    const { request } = replay;
    // What comes in meanwhile was processed when it came.
    const head = this.#parts.index.lastSequence;
    for (const positions of this.#pages(request, head, pageSize)) {
      replay.total += positions.length;
      await turn();
      if (isOver(replay)) return;
    }
    for (const positions of this.#pages(request, head, Math.min(request.batchSize ?? 1000, pageSize))) {
      this.#apply(replay, projections, positions);
      await turn();
      if (isOver(replay)) return;
    }
    // Some may have been erased on the way.
    replay.total = replay.processed;
  }

  /** Positions that the filters find, up to a sequence. */
  *#pages(request: ReplayRequest, head: number, limit: number): Generator<readonly number[]> {
    const { index } = this.#parts;
    const tenants = request.tenantId === undefined ? [...index.tenants.keys()] : [request.tenantId];
    const { entityId, eventType, from: since, to: until } = request;
    for (const tenantId of tenants) {
      let after: number | undefined = 0;
      while (after !== undefined && after < head) {
        const page = findEvents(this.#parts, { tenantId, entityId, eventType, since, until, limit, after });
        yield page.positions.filter((position) => index.columns.sequence(position) <= head);
        after = page.nextCursor;
      }
    }
  }

  /** Builds fresh projections from everything; the last stretch and the swap happen in one piece. */
  async #rebuild(replay: Running, projections: readonly Projection[]): Promise<void> {
    const fresh = projections.map((projection) => projection.fresh());
    await this.#parts.projections.rebuilding(fresh, () => this.#fill(replay, fresh));
  }

  async #fill(replay: Running, fresh: readonly Projection[]): Promise<void> {
    const { index } = this.#parts;
    const batch = replay.request.batchSize ?? 1000;
    let position = 0;
    while (index.columns.length - position > batch) {
      replay.total = index.events;
      this.#apply(replay, fresh, range(position, position + batch));
      position += batch;
      await turn();
      if (isOver(replay)) return;
    }
    this.#apply(replay, fresh, range(position, index.columns.length));
    replay.total = replay.processed;
    for (const projection of fresh) this.#parts.projections.swap(projection);
  }

  #apply(replay: Running, projections: readonly Projection[], positions: readonly number[]): void {
    const parts = this.#parts;
    let held: readonly number[] = positions.filter((position) => parts.index.columns.entity(position) !== 0);
    while (held.length > 0) {
      const read = fitting(parts, held);
      const texts = parts.payloads.read(read);
      for (const [index, position] of read.entries()) {
        const { payload, ...event } = eventAt(parts, position, texts[index]!);
        for (const projection of projections) projection.apply({ ...event, payload });
      }
      replay.processed += read.length;
      parts.metrics.replayEvents.add(read.length);
      held = held.slice(read.length);
    }
  }

  #end(replay: Running, status: ReplayStatus): void {
    if (isOver(replay)) return;
    const { metrics } = this.#parts;
    replay.status = status;
    replay.endedMs = clockMs();
    metrics.replayDuration.observe((replay.endedMs - replay.startedMs) / 1000);
    if (status === 'completed') metrics.replaysCompleted.add(1);
    if (status === 'failed') metrics.replaysFailed.add(1);
  }

  #get(id: string): Running {
    const replay = this.#replays.get(id);
    if (replay === undefined) throw new StoreError('not_found', `there is no replay ${JSON.stringify(id)}`);
    return replay;
  }
}

function isOver({ status }: Running): boolean {
  return status !== 'pending' && status !== 'running';
}

function checkRequest({ batchSize, from, to, reset, ...request }: ReplayRequest): void {
  if (batchSize !== undefined && !(Number.isInteger(batchSize) && batchSize >= 1 && batchSize <= mostBatch)) {
    throw new StoreError('invalid', `batch_size is a whole number from 1 to ${mostBatch}`);
  }
  if (from !== undefined && to !== undefined && from > to) throw new StoreError('invalid', 'from is after to');
  const filters = [request.tenantId, request.entityId, request.eventType, from, to];
  if (reset !== false && filters.some((filter) => filter !== undefined)) {
    throw new StoreError(
      'invalid',
      'a replay of some events cannot rebuild a projection: say "reset": false to feed them into the one that is there',
    );
  }
}

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, index) => from + index);
}

function progressOf(replay: Running): ReplayProgress {
  const { id, status, total, processed, startedAt, startedMs, endedMs, error, request } = replay;
  const seconds = Math.max(((endedMs ?? clockMs()) - startedMs) / 1000, 1e-6);
  return {
    replay_id: id,
    status,
    projection_name: request.projectionName ?? null,
    total_events: total,
    processed_events: processed,
    progress_percentage: total === 0 ? (status === 'completed' ? 100 : 0) : (processed / total) * 100,
    events_per_second: processed / seconds,
    started_at: new Date(startedAt).toISOString(),
    ended_at: endedMs === undefined ? null : new Date(startedAt + endedMs - startedMs).toISOString(),
    error,
  };
}
