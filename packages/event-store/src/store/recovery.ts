import { setImmediate as turn } from 'node:timers/promises';
import { decodeBody, type LoggedEvent } from '../log/codec.ts';
import type { FoundLog } from '../log/event-log.ts';
import { readNamed, type SegmentEntry } from '../segments/manifest.ts';
import { decodeSegment, type SegmentPlace, type SegmentRow } from '../segments/segment-file.ts';
import { readUuid } from '../uuid.ts';
import { applyChange, applyState, type Change, type StoreState } from './changes.ts';
import { NewEntities } from './event-index.ts';
import { type StoreParts, setStorageGauges } from './parts.ts';

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
  if (manifest.state) {
    applyState(parts, JSON.parse(Buffer.from(readNamed(files, manifest.state)).toString()) as StoreState);
  }
  for (const segment of manifest.segments) {
    await loadSegment(parts, segment);
    // Probes are answered in between.
    await turn();
  }
  const found = await log.open(manifest.firstLog);
  for (const one of found) {
    loadLog(parts, one);
    await turn();
  }
  if (!parts.fileNumbers.has(log.active.name)) {
    parts.fileNumbers.set(log.active.name, parts.payloads.addFile(log.active.file));
  }
  index.lastSequence = Math.max(index.lastSequence, manifest.lastSequence);
  setStorageGauges(parts);
  const tornBytes = found.reduce((sum, one) => sum + one.tornBytes, 0);
  return { events: index.events, tornBytes, seconds: (performance.now() - startedAt) / 1000 };
}

async function loadSegment(parts: StoreParts, entry: SegmentEntry): Promise<void> {
  const bytes = readNamed(parts.files, entry);
  const file = openSegment(parts, entry.name);
  await decodeSegment(bytes, (row, place) => {
    if (!isErased(parts, row)) load(parts, row, { file, ...place });
  });
}

/** Opens a segment for reading and returns its number. */
export function openSegment(parts: StoreParts, name: string): number {
  const number = parts.payloads.addFile(parts.files.open(name));
  parts.fileNumbers.set(name, number);
  return number;
}

function isErased({ erasures }: StoreParts, { tenantId, entityId, sequence }: SegmentRow): boolean {
  return erasures.some((one) => one.entityId === entityId && one.tenantId === tenantId && sequence <= one.upTo);
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
  const { payload, metadata } = row;
  const [payloadBytes, metadataBytes] = [payload.length, metadata.length];
  const names = { eventType: row.eventType, tenantId: row.tenantId, entityId: row.entityId };
  const { sequence, timestamp, version } = row;
  const place = { file, payloadAt, payloadBytes, metadataAt, metadataBytes };
  const entity = index.find(row.tenantId, row.entityId) ?? new NewEntities().get(row.tenantId, row.entityId);
  index.add(entity, row.eventType, { sequence, timestamp, version, ...place }, { bytes: row.id, at: 0 });
  projections.rebuild({
    get id() {
      return readUuid(row.id);
    },
    sequence,
    timestamp,
    version,
    ...names,
    entity: entity.index,
    get payload() {
      return JSON.parse(this.payloadText);
    },
    get payloadText() {
      return textOf(payload);
    },
    get metadataText() {
      return textOf(metadata);
    },
  });
}

function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString();
}
