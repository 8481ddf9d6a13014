import { randomUUID } from 'node:crypto';
import { Registry } from '@alex/openmetrics';
import { StoreError } from '../errors.ts';
import { type Appended, checkEvent, type NewEvent } from '../event.ts';
import { type DirectoryLock, lockDirectory } from '../log/directory-lock.ts';
import { DiskFiles, makeFolder } from '../log/disk-files.ts';
import { EventLog } from '../log/event-log.ts';
import type { StoreFiles } from '../log/files.ts';
import { MemoryFiles } from '../log/memory-files.ts';
import { checkPipeline, type PipelineConfiguration } from '../pipelines/configuration.ts';
import { PipelineManager } from '../pipelines/pipeline-manager.ts';
import { EntitySnapshots, type HistoryReader } from '../projections/entity-snapshots.ts';
import { EventCounters } from '../projections/event-counters.ts';
import type { Projection } from '../projections/projection.ts';
import { ProjectionManager } from '../projections/projection-manager.ts';
import { SchemaRegistry, type SchemaSubject, type SchemaVersion } from '../schemas/schema-registry.ts';
import type { BuiltSegment, SegmentJob } from '../segments/build-segment.ts';
import { readManifest } from '../segments/manifest.ts';
import { SegmentThread } from '../segments/segment-thread.ts';
import type { StoredEvent } from '../stored-event.ts';
import { readUuid } from '../uuid.ts';
import { applyChange, noEntity, refusalOf } from './changes.ts';
import { Committer } from './committer.ts';
import { EventIndex } from './event-index.ts';
import { type BatchResults, Ingest, readBatch, readEvent } from './ingest.ts';
import { defaultMaintenance, Maintenance, type MaintenancePolicy } from './maintenance.ts';
import { clockMs, StoreMetrics } from './metrics.ts';
import { eventAt, type StoreParts, type StoreReporter, setStorageGauges } from './parts.ts';
import { Payloads } from './payloads.ts';
import { type EventQuery, entityState, type QueryResult, queryEvents } from './queries.ts';
import { type RecoveryReport, recover } from './recovery.ts';
import { Replays } from './replay.ts';
import { createSnapshot } from './snapshot-maker.ts';
import { defaultSnapshotPolicy, type Snapshot, type SnapshotPolicy, Snapshots } from './snapshots.ts';

/** How a store is opened. */
export interface EventStoreOptions {
  /** Made if it does not exist. `undefined`: everything is in memory and ends with the process. */
  readonly folder?: string | undefined;
  /** Where the metrics are. Names are literal: make it with `translation: 'NoTranslation'`. */
  readonly registry?: Registry;
  /** Beside the two that are built in; they are rebuilt at every start. */
  readonly projections?: readonly Projection[];
  readonly snapshots?: Partial<SnapshotPolicy>;
  readonly maintenance?: Partial<MaintenancePolicy>;
  /** Bytes of payloads kept in memory. Default 32 MiB. */
  readonly cacheBytes?: number;
  /** Unix milliseconds. */
  readonly now?: () => number;
  readonly reporter?: StoreReporter;
  /** Instead of the files of the folder. */
  readonly files?: StoreFiles;
  /** Instead of a thread. */
  readonly build?: (job: SegmentJob) => Promise<BuiltSegment>;
}

/** How a batch is taken. */
export interface BatchOptions {
  readonly partial?: boolean;
  /** `performance.now()` when the request began. */
  readonly startedAt?: number;
}

const silent: StoreReporter = { warn: () => {}, error: () => {} };
const tickMs = 1000;
const mostReadBytes: number = 8 * 1024 * 1024;

/** A small durable event store: what it acknowledged it has, after a crash at any moment. Open it with `EventStore.open`. */
export class EventStore {
  readonly registry: Registry;
  readonly recovery: RecoveryReport;
  readonly parts: StoreParts;
  readonly replays: Replays;
  readonly maintenance: Maintenance;
  readonly #ingest: Ingest;
  readonly #subscribers: Set<(event: StoredEvent) => void>;
  readonly #lock: DirectoryLock | undefined;
  readonly #timer: NodeJS.Timeout;
  #closed: Promise<void> | undefined;

  private constructor(opened: Opened) {
    this.registry = opened.registry;
    this.recovery = opened.recovery;
    this.parts = opened.parts;
    this.replays = new Replays(opened.parts);
    this.maintenance = opened.maintenance;
    this.#ingest = opened.ingest;
    this.#subscribers = opened.subscribers;
    this.#lock = opened.lock;
    this.#timer = setInterval(() => this.maintenance.tick(), tickMs);
    this.#timer.unref();
  }

  /**
   * Opens a store and brings back all that was acknowledged. Throws StoreError `locked` when another process has the
   * folder, and `corrupt` when something that was durable is damaged.
   */
  static async open(options: EventStoreOptions = {}): Promise<EventStore> {
    const { folder } = options;
    if (folder !== undefined) await makeFolder(folder);
    const lock = folder === undefined ? undefined : await lockDirectory(folder);
    try {
      return new EventStore(await openParts(options, lock));
    } catch (error) {
      lock?.release();
      throw error;
    }
  }

  /** Stores one event; resolves when it is durable. Rejects with StoreError. */
  append(event: NewEvent): Promise<Appended> {
    return this.#ingest.one(() => checkEvent(event), clockMs());
  }

  /** Stores events together; with `partial` each for itself, and errors are among the results. */
  appendBatch(
    events: readonly NewEvent[],
    { partial = false }: { readonly partial?: boolean } = {},
  ): Promise<BatchResults> {
    const batch = { length: events.length, event: (index: number) => checkEvent(events[index]!) };
    return this.#ingest.batch(() => batch, partial, clockMs());
  }

  /** Stores the event of a JSON text, its payload as it came. `startedAt` is `performance.now()` of the request. */
  appendJson(text: string, startedAt: number = clockMs()): Promise<Appended> {
    return this.#ingest.one(() => readEvent(text), startedAt);
  }

  /** Stores the events of `{"events": [...]}`. */
  appendBatchJson(text: string, { partial = false, startedAt = clockMs() }: BatchOptions = {}): Promise<BatchResults> {
    return this.#ingest.batch(() => readBatch(text), partial, startedAt);
  }

  /** Counts an ingest that was refused before there was a text to read. */
  countRefused(startedAt: number): void {
    this.#ingest.refused(startedAt);
  }

  /** Events as JSON texts, by time. */
  query(query: EventQuery): QueryResult {
    return queryEvents(this.parts, query);
  }

  /**
   * Events after a sequence, of all tenants, in order, at most `limit` and about 8 MiB of JSON, but one if there is one;
   * not counted as a query.
   */
  eventsAfter(sequence: number, limit: number): StoredEvent[] {
    const { index, payloads } = this.parts;
    const positions: number[] = [];
    let bytes = 0;
    for (let at = index.columns.fromSequence(sequence + 1); at < index.columns.length; at++) {
      if (positions.length === limit || bytes >= mostReadBytes) break;
      if (index.columns.entity(at) === 0) continue;
      bytes += index.columns.jsonBytes(at);
      positions.push(at);
    }
    const texts = payloads.read(positions);
    return positions.map((position, order) => eventAt(this.parts, position, texts[order]!));
  }

  /** Calls a function with each event once it is durable, until the result is called. */
  subscribe(subscriber: (event: StoredEvent) => void): () => void {
    this.#subscribers.add(subscriber);
    return () => {
      this.#subscribers.delete(subscriber);
    };
  }

  /** Creates a snapshot of an entity. Rejects with StoreError `not_found`. */
  snapshot(entityId: string, tenantId = 'default'): Promise<Snapshot> {
    return createSnapshot(this.parts, { tenantId, entityId });
  }

  /** Registers a schema; the same schema again gives the version that exists. Rejects with StoreError. */
  async registerSchema(subject: unknown, schema: unknown, description?: string): Promise<SchemaVersion> {
    const { schemas, metrics, now, committer } = this.parts;
    let prepared: ReturnType<SchemaRegistry['prepare']> | undefined;
    await committer.changeAlone(() => {
      prepared = schemas.prepare(subject, schema, { description, now: now() });
      return prepared.changed && { type: 'schema', subject: prepared.changed };
    });
    const { version, changed } = prepared!;
    if (changed !== undefined) metrics.schemasRegistered.add(1);
    return version;
  }

  /** Changes a subject: `change` makes what it is from then on of the schemas as they are at its turn. Rejects with what that throws. */
  async changeSchema(change: (schemas: SchemaRegistry) => SchemaSubject): Promise<SchemaSubject> {
    let changed: SchemaSubject | undefined;
    await this.parts.committer.changeAlone(() => {
      changed = change(this.parts.schemas);
      return { type: 'schema', subject: changed };
    });
    return changed!;
  }

  /** Registers a pipeline. Rejects with StoreError `invalid`, or `conflict` when the id exists and `replace` is not given. */
  async registerPipeline(
    configuration: unknown,
    { replace = false }: { readonly replace?: boolean } = {},
  ): Promise<PipelineConfiguration> {
    const pipeline = checkPipeline(configuration, randomUUID);
    const { committer, pipelines } = this.parts;
    await committer.changeAlone(() => {
      if (replace || !pipelines.has(pipeline.id)) return { type: 'pipeline', pipeline };
      throw new StoreError('conflict', `there is a pipeline ${pipeline.id} already: say "replace": true to replace it`);
    });
    return pipeline;
  }

  /** Removes a pipeline. Rejects with StoreError `not_found`. */
  async removePipeline(id: string): Promise<void> {
    const { committer, pipelines } = this.parts;
    await committer.changeAlone(() => ({ type: 'pipeline_removed', id: pipelines.get(id).id }));
  }

  /** Erases an entity with all its events, from the disk too. Rejects with StoreError `not_found`. */
  async eraseEntity(entityId: string, tenantId = 'default'): Promise<number> {
    let events = 0;
    await this.parts.committer.changeAlone(() => {
      events = this.parts.index.entity(tenantId, entityId)?.events ?? 0;
      if (events === 0) throw noEntity(entityId);
      return { type: 'erasure', tenantId, entityId };
    });
    if (this.parts.folder !== undefined) await this.maintenance.purge();
    return events;
  }

  /** Ends: what was taken is stored, then the folder is free for another process. */
  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    clearInterval(this.#timer);
    this.replays.cancelAll();
    await this.maintenance.close();
    await this.parts.committer.close();
    await this.parts.builder.close();
    this.parts.payloads.close();
    this.#lock?.release();
  }
}

interface Opened {
  readonly registry: Registry;
  readonly recovery: RecoveryReport;
  readonly parts: StoreParts;
  readonly maintenance: Maintenance;
  readonly ingest: Ingest;
  readonly subscribers: Set<(event: StoredEvent) => void>;
  readonly lock: DirectoryLock | undefined;
}

async function openParts(options: EventStoreOptions, lock: DirectoryLock | undefined): Promise<Opened> {
  const registry = options.registry ?? new Registry({ translation: 'NoTranslation', order: 'sorted' });
  const subscribers = new Set<(event: StoredEvent) => void>();
  const ingest = new Ingest(
    () => parts,
    (event) => {
      for (const subscriber of subscribers) subscriber(event);
    },
  );
  const parts = makeParts(options, { registry, ingest, settled: () => maintenance.tick() });
  const historyOf: HistoryReader = (tenantId, entityId) => {
    const entity = parts.index.entity(tenantId, entityId);
    const fold = () => entityState(parts, { tenantId, entityId });
    return entity && { number: entity.index, events: entity.events, fold };
  };
  for (const projection of [new EntitySnapshots(historyOf), new EventCounters(), ...(options.projections ?? [])]) {
    parts.projections.register(projection);
  }
  const maintenance = new Maintenance(parts, { ...defaultMaintenance, ...options.maintenance });
  let recovery: RecoveryReport;
  try {
    recovery = await recover(parts);
  } catch (error) {
    parts.payloads.close();
    throw error;
  }
  // What a crash interrupted goes on.
  maintenance.tick();
  return { registry, recovery, parts, maintenance, ingest, subscribers, lock };
}

function makeParts(
  options: EventStoreOptions,
  made: { readonly registry: Registry; readonly ingest: Ingest; readonly settled: () => void },
): StoreParts {
  const { folder, now = Date.now, reporter = silent } = options;
  const files = options.files ?? (folder === undefined ? new MemoryFiles() : new DiskFiles(folder));
  const metrics = new StoreMetrics(made.registry);
  const log = new EventLog(files);
  const index = new EventIndex();
  const failed = (what: string) => reportOnce(reporter, `A ${what} failed; the same message is not repeated`);
  const projections = new ProjectionManager(metrics, failed('projection'));
  const entityStates = (): EntitySnapshots => projections.get('entity_snapshots') as EntitySnapshots;
  const parts: StoreParts = {
    folder,
    files,
    log,
    fileNumbers: new Map(),
    index,
    payloads: new Payloads(index.columns, options.cacheBytes ?? 32 * 1024 * 1024),
    committer: new Committer(log, index, {
      refusal: (change) => refusalOf(parts, change),
      changed: (change, sequence) => applyChange(parts, change, sequence),
      committed: (planned, buffer) => made.ingest.committed(planned, buffer),
      stored: (position) => storedBefore(parts, position),
      now,
      settled: () => {
        setStorageGauges(parts);
        made.settled();
      },
    }),
    metrics,
    projections,
    pipelines: new PipelineManager(
      metrics,
      (tenant, entity) => entityStates().read(tenant, entity),
      failed('pipeline'),
    ),
    schemas: new SchemaRegistry(metrics),
    snapshots: new Snapshots(metrics, { ...defaultSnapshotPolicy, ...options.snapshots }),
    now,
    reporter,
    builder: options.build === undefined ? new SegmentThread() : { build: options.build, close: async () => {} },
    manifest: readManifest(files),
    erasures: [],
    erasedFiles: new Set(),
  };
  return parts;
}

/** Every event can fail in the same way: only a message that is new for its name is reported. */
function reportOnce(reporter: StoreReporter, message: string): (error: unknown, name: string) => void {
  const last = new Map<string, string>();
  return (error, name) => {
    const text = (error as Error).message;
    if (last.get(name) === text) return;
    last.set(name, text);
    reporter.warn({ error, name }, message);
  };
}

function storedBefore({ index }: StoreParts, position: number): Appended {
  const { sequence, timestamp, version } = index.columns.row(position);
  const { bytes, at } = index.columns.id(position);
  return { eventId: readUuid(bytes, at), timestamp, sequence, version };
}
