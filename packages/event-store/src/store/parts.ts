import type { EventLog } from '../log/event-log.ts';
import type { StoreFiles } from '../log/files.ts';
import type { PipelineManager } from '../pipelines/pipeline-manager.ts';
import type { ProjectionManager } from '../projections/projection-manager.ts';
import type { SchemaRegistry } from '../schemas/schema-registry.ts';
import type { Erasure } from '../segments/build-segment.ts';
import type { Manifest } from '../segments/manifest.ts';
import type { SegmentBuilder } from '../segments/segment-thread.ts';
import type { StoredEvent } from '../stored-event.ts';
import { readUuid } from '../uuid.ts';
import type { Committer } from './committer.ts';
import type { EventIndex } from './event-index.ts';
import type { StoreMetrics } from './metrics.ts';
import type { EventText, Payloads } from './payloads.ts';
import type { Snapshots } from './snapshots.ts';

/** What the store reports to its operator. */
export interface StoreReporter {
  warn(details: object, message: string): void;
  error(details: object, message: string): void;
}

/** The parts of an open store, for the modules that work on them. */
export interface StoreParts {
  /** `undefined`: in memory. */
  readonly folder: string | undefined;
  readonly files: StoreFiles;
  readonly log: EventLog;
  /** The number of each log file and segment by its name, as rows have it. */
  readonly fileNumbers: Map<string, number>;
  readonly index: EventIndex;
  readonly payloads: Payloads;
  readonly committer: Committer;
  readonly metrics: StoreMetrics;
  readonly projections: ProjectionManager;
  readonly pipelines: PipelineManager;
  readonly schemas: SchemaRegistry;
  readonly snapshots: Snapshots;
  readonly now: () => number;
  readonly reporter: StoreReporter;
  readonly builder: SegmentBuilder;
  manifest: Manifest;
  /** Erasures whose events still stand in some segment. */
  erasures: Erasure[];
  /** Numbers of the files that hold events which were erased. */
  readonly erasedFiles: Set<number>;
}

/** The event at a position, with its JSON. */
export function eventAt({ index }: StoreParts, position: number, text: EventText): StoredEvent {
  const { columns } = index;
  const row = columns.row(position);
  const entity = index.entityAt(position)!;
  const id = columns.id(position);
  return {
    id: readUuid(id.bytes, id.at),
    sequence: row.sequence,
    timestamp: row.timestamp,
    version: row.version,
    eventType: index.typeAt(row.type).name,
    entityId: entity.id,
    entity: entity.index,
    tenantId: entity.tenant.id,
    get payload(): unknown {
      return JSON.parse(text.payload);
    },
    payloadText: text.payload,
    metadataText: text.metadata,
  };
}

/** Brings the gauges of the storage up to date. */
export function setStorageGauges(parts: StoreParts): void {
  const { metrics, index, log, manifest } = parts;
  metrics.storageEvents.set(index.events);
  metrics.storageEntities.set(index.entities);
  const segmentBytes = manifest.segments.reduce((sum, { bytes }) => sum + bytes, 0);
  metrics.storageSize.set(log.bytes + segmentBytes + (manifest.state?.bytes ?? 0));
  metrics.parquetFiles.set(manifest.segments.length);
  metrics.walSegments.set(log.fileCount);
}
