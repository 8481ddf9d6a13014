import { closeSync, fsyncSync, openSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { decodeBody } from '../log/codec.ts';
import { syncFolder } from '../log/disk-files.ts';
import { readRecords } from '../log/record.ts';
import {
  decodeSegment,
  decodeSegmentJson,
  encodeSegment,
  type SegmentPlaces,
  type SegmentRow,
} from './segment-file.ts';

/** Events of an entity up to a sequence, which are to vanish. */
export interface Erasure {
  readonly tenantId: string;
  readonly entityId: string;
  readonly upTo: number;
}

/** Makes one segment of closed log files and other segments. */
export interface SegmentJob {
  readonly folder: string;
  /** File names. */
  readonly logs: readonly string[];
  readonly segments: readonly string[];
  readonly output: string;
  readonly erasures: readonly Erasure[];
}

/** A segment that is durable, or that nothing was left for (`rows` is 0 and there is no file). */
export interface BuiltSegment extends SegmentPlaces {
  readonly rows: number;
  readonly bytes: number;
  readonly crc32: number;
  readonly firstTimestamp: number;
  readonly lastTimestamp: number;
}

/** Reads the inputs, writes the segment and makes it durable; the inputs stay. Runs long: call it off the main thread. */
export async function buildSegment(job: SegmentJob): Promise<BuiltSegment> {
  const rows = await readRows(job);
  if (rows.length === 0) return { ...placesFor(0), rows: 0, bytes: 0, crc32: 0, firstTimestamp: 0, lastTimestamp: 0 };
  const bytes = encodeSegment(rows);
  const places = placesFor(rows.length);
  let index = 0;
  // What was written is read again: a place that is wrong would be found here, while the inputs still exist.
  await decodeSegmentJson(bytes, ({ sequence, payload, metadata, payloadAt, metadataAt }) => {
    const wanted = rows[index];
    const isSame =
      sequence === wanted?.sequence &&
      Buffer.compare(payload, wanted.payload) === 0 &&
      Buffer.compare(metadata, wanted.metadata) === 0 &&
      holdsAt(bytes, payloadAt, payload) &&
      holdsAt(bytes, metadataAt, metadata);
    if (!isSame) throw new Error(`the segment ${job.output} does not hold what was written to it`);
    places.sequence[index] = sequence;
    places.payloadAt[index] = payloadAt;
    places.payloadBytes[index] = payload.length;
    places.metadataAt[index] = metadataAt;
    places.metadataBytes[index] = metadata.length;
    index++;
  });
  if (index !== rows.length) throw new Error(`the segment ${job.output} holds ${index} of ${rows.length} events`);
  await store(job, bytes);
  return {
    ...places,
    rows: rows.length,
    bytes: bytes.length,
    crc32: crc32(bytes),
    firstTimestamp: rows[0]!.timestamp,
    lastTimestamp: rows.at(-1)!.timestamp,
  };
}

/** Whether these bytes stand at this place of a file, where an event is read from. */
export function holdsAt(file: Uint8Array, at: number, wanted: Uint8Array): boolean {
  return Buffer.compare(file.subarray(at, at + wanted.length), wanted) === 0;
}

async function readRows({ folder, logs, segments, erasures }: SegmentJob): Promise<SegmentRow[]> {
  const erased = new Map(erasures.map((one) => [`${one.tenantId}\u0000${one.entityId}`, one.upTo]));
  const rows: SegmentRow[] = [];
  const take = (row: SegmentRow): void => {
    const upTo = erased.size === 0 ? undefined : erased.get(`${row.tenantId}\u0000${row.entityId}`);
    if (upTo === undefined || row.sequence > upTo) rows.push(row);
  };
  for (const name of segments) await decodeSegment(readFileSync(join(folder, name)), take);
  for (const name of logs) {
    const { records, rest } = readRecords(readFileSync(join(folder, name)));
    if (rest !== 'none') throw new Error(`the log file ${name} is damaged`);
    for (const { body, at } of records) decodeBody(body, at, { event: take, change: () => {} });
  }
  rows.sort((left, right) => left.sequence - right.sequence);
  return rows.filter((row, index) => row.sequence !== rows[index - 1]?.sequence);
}

async function store({ folder, output }: SegmentJob, bytes: Uint8Array): Promise<void> {
  const temporary = join(folder, `${output}.new`);
  try {
    writeDurably(temporary, bytes);
    renameSync(temporary, join(folder, output));
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
  await syncFolder(folder);
}

function writeDurably(file: string, bytes: Uint8Array): void {
  const descriptor = openSync(file, 'w', 0o600);
  try {
    writeFileSync(descriptor, bytes);
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

function placesFor(length: number): SegmentPlaces {
  return {
    sequence: new Float64Array(length),
    payloadAt: new Uint32Array(length),
    payloadBytes: new Uint32Array(length),
    metadataAt: new Uint32Array(length),
    metadataBytes: new Uint32Array(length),
  };
}
