import { setImmediate as turn } from 'node:timers/promises';
import { crc32 } from 'node:zlib';
import { decodeBody, type LoggedEvent } from '../log/codec.ts';
import type { FoundLog } from '../log/event-log.ts';
import { beginStore, readNamed, removeLeftovers, type SegmentEntry } from '../segments/manifest.ts';
import { decodeSegment, type SegmentPlace, type SegmentRow } from '../segments/segment-file.ts';
import type { StoredEvent } from '../stored-event.ts';
import { readUuid } from '../uuid.ts';
import { applyChange, type Change, forgetStaleSnapshots, isErased } from './changes.ts';
import type { Entity } from './event-index.ts';
import { type StoreParts, setStorageGauges } from './parts.ts';
import { checksumOf, readState, type StateEntry } from './state-file.ts';

/** What a recovery found. */
export interface RecoveryReport {
  readonly events: number;
  readonly tornBytes: number;
  readonly seconds: number;
}

/** Brings everything back that was durable. Throws StoreError `corrupt`, with nothing changed. */
export async function recover(parts: StoreParts): Promise<RecoveryReport> {
  const startedAt = performance.now();
  const { manifest, files, log, index } = parts;
  if (manifest.state) await loadState(parts, manifest.state);
  for (const segment of manifest.segments) {
    await loadSegment(parts, segment);
    // Probes are answered in between.
    await turn();
  }
  await beginStore(files);
  let tornBytes = 0;
  for await (const found of log.open(manifest)) {
    loadLog(parts, found);
    tornBytes += found.tornBytes;
    index.lastSequence = Math.max(index.lastSequence, found.last);
    await turn();
  }
  forgetStaleSnapshots(parts);
  removeLeftovers(files, manifest);
  setStorageGauges(parts);
  return { events: index.events, tornBytes, seconds: (performance.now() - startedAt) / 1000 };
}

async function loadState(parts: StoreParts, entry: StateEntry): Promise<void> {
  const { files } = parts;
  readNamed(entry, (name) => ({ checksum: checksumOf(files, name) }));
  let count = 0;
  for (const { change, sequence } of readState(files, entry.name)) {
    applyChange(parts, change as Change, sequence);
    if (++count % 1000 === 0) await turn();
  }
}

async function loadSegment(parts: StoreParts, entry: SegmentEntry): Promise<void> {
  const { bytes } = readNamed(entry, (name) => {
    const read = parts.files.readAll(name);
    return { bytes: read, checksum: crc32(read) };
  });
  const file = openSegment(parts, entry.name);
  await decodeSegment(bytes, (row, place) => {
    if (isErased(parts, row)) parts.erasedFiles.add(file);
    else load(parts, row, { file, ...place });
  });
}

/** Opens a segment for reading and returns its number. */
export function openSegment(parts: StoreParts, name: string): number {
  const number = parts.payloads.addFile(parts.files.open(name));
  parts.fileNumbers.set(name, number);
  return number;
}

function loadLog(parts: StoreParts, { log, records }: FoundLog): void {
  const file = parts.payloads.addFile(log.file);
  parts.fileNumbers.set(log.name, file);
  for (const { body, at } of records) {
    decodeBody(body, at, {
      event: (event) => {
        if (!isErased(parts, event)) load(parts, event, { file, ...(event as LoggedEvent) });
      },
      change: ({ change, sequence }) => applyChange(parts, change as Change, sequence),
    });
  }
}

function load(
  parts: StoreParts,
  row: SegmentRow,
  { file, payloadAt, metadataAt }: SegmentPlace & { file: number },
): void {
  const { index, projections } = parts;
  // A crash between two steps can leave an event in the log and in a segment.
  if (row.sequence <= index.lastSequence) return;
  const { sequence, timestamp, version, payload, metadata } = row;
  const place = { file, payloadAt, payloadBytes: payload.length, metadataAt, metadataBytes: metadata.length };
  const entity = index.entityOf(row.tenantId, row.entityId);
  index.add(entity, row.eventType, { sequence, timestamp, version, ...place }, { bytes: row.id, at: 0 });
  projections.rebuild(new RecoveredEvent(row, entity));
}

/** Most projections look at a few parts only: the others are made when they are asked for. */
class RecoveredEvent implements StoredEvent {
  readonly #row: SegmentRow;
  readonly #entity: Entity;
  #payload: unknown;

  constructor(row: SegmentRow, entity: Entity) {
    this.#row = row;
    this.#entity = entity;
  }

  get id(): string {
    return readUuid(this.#row.id);
  }

  get sequence(): number {
    return this.#row.sequence;
  }

  get timestamp(): number {
    return this.#row.timestamp;
  }

  get version(): number {
    return this.#row.version;
  }

  get eventType(): string {
    return this.#row.eventType;
  }

  get entityId(): string {
    return this.#entity.id;
  }

  get entity(): number {
    return this.#entity.index;
  }

  get tenantId(): string {
    return this.#entity.tenant.id;
  }

  get payload(): unknown {
    return (this.#payload ??= JSON.parse(this.payloadText));
  }

  get payloadText(): string {
    return textOf(this.#row.payload);
  }

  get metadataText(): string {
    return textOf(this.#row.metadata);
  }
}

function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString();
}
