import { closeSync, fsyncSync, openSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { decodeBody } from '../log/codec.ts';
import { syncFolder } from '../log/disk-files.ts';
import { readRecords } from '../log/record.ts';
import {
  decodeSegment,
  decodeSegmentJson,
  type SegmentPlaces,
  type SegmentRow,
  SegmentWriter,
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
  const writer = new SegmentWriter();
  const written = { rows: 0, firstTimestamp: 0, lastTimestamp: 0, contents: 0 };
  await readRows(job, (row) => {
    if (written.rows++ === 0) written.firstTimestamp = row.timestamp;
    written.lastTimestamp = row.timestamp;
    written.contents = checksum(row, written.contents);
    writer.add(row);
  });
  const { rows, firstTimestamp, lastTimestamp } = written;
  if (rows === 0) return { ...placesFor(0), rows, bytes: 0, crc32: 0, firstTimestamp, lastTimestamp };
  const bytes = writer.finish();
  const places = placesFor(rows);
  const found = { rows: 0, contents: 0 };
  // What was written is read again: a place that is wrong would be found here, while the inputs still exist.
  await decodeSegmentJson(bytes, (json) => {
    const { sequence, payload, metadata, payloadAt, metadataAt } = json;
    const index = found.rows++;
    found.contents = checksum(json, found.contents);
    if (!holdsAt(bytes, payloadAt, payload) || !holdsAt(bytes, metadataAt, metadata)) {
      throw new Error(`the segment ${job.output} does not hold event ${sequence} where it should`);
    }
    places.sequence[index] = sequence;
    places.payloadAt[index] = payloadAt;
    places.payloadBytes[index] = payload.length;
    places.metadataAt[index] = metadataAt;
    places.metadataBytes[index] = metadata.length;
  });
  if (found.rows !== rows || found.contents !== written.contents) {
    throw new Error(`the segment ${job.output} does not hold what was written to it`);
  }
  await store(job, bytes);
  return { ...places, rows, bytes: bytes.length, crc32: crc32(bytes), firstTimestamp, lastTimestamp };
}

/** Goes on with the checksum of what events hold: of all before, and of this one. */
function checksum(
  { sequence, payload, metadata }: Pick<SegmentRow, 'sequence' | 'payload' | 'metadata'>,
  before: number,
): number {
  return crc32(metadata, crc32(payload, crc32(`${sequence}:${payload.length}:`, before)));
}

/** Whether these bytes stand at this place of a file, where an event is read from. */
export function holdsAt(file: Uint8Array, at: number, wanted: Uint8Array): boolean {
  return Buffer.compare(file.subarray(at, at + wanted.length), wanted) === 0;
}

/** Gives the events of the inputs that are to stay, in order and each once. */
async function readRows(
  { folder, logs, segments, erasures }: SegmentJob,
  visit: (row: SegmentRow) => void,
): Promise<void> {
  const erased = new Map(erasures.map((one) => [`${one.tenantId}\u0000${one.entityId}`, one.upTo]));
  let last = 0;
  const take = (row: SegmentRow): void => {
    // A crash can leave an event in a log and in a segment, and the log is read later.
    if (row.sequence <= last) return;
    last = row.sequence;
    const upTo = erased.size === 0 ? undefined : erased.get(`${row.tenantId}\u0000${row.entityId}`);
    if (upTo === undefined || row.sequence > upTo) visit(row);
  };
  for (const name of segments) await decodeSegment(readFileSync(join(folder, name)), take);
  for (const name of logs) {
    const { records, rest } = readRecords(readFileSync(join(folder, name)));
    if (rest !== 'none') throw new Error(`the log file ${name} is damaged`);
    for (const { body, at } of records) decodeBody(body, at, { event: take, change: () => {} });
  }
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
