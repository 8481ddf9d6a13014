import { crc32 } from 'node:zlib';

/** Length, checksum, and where the group of this record began: all before that was durable when it was written. */
export const recordHeaderBytes = 12;

/** Puts the header in front of a body that starts at `at + recordHeaderBytes` and ends with the buffer's `end`. */
export function sealRecord(buffer: Buffer, { at, end, groupStart }: RecordPlace): void {
  buffer.writeUInt32LE(end - at - recordHeaderBytes, at);
  buffer.writeUInt32LE(groupStart, at + 8);
  buffer.writeUInt32LE(crc32(buffer.subarray(at + 8, end)), at + 4);
}

export interface RecordPlace {
  readonly at: number;
  readonly end: number;
  /** Offset in the file at which the write that carries this record begins. */
  readonly groupStart: number;
}

/** One good record: its body is a view of the file's bytes. */
export interface LogRecord {
  readonly body: Buffer;
  /** Offset of the body in the file. */
  readonly at: number;
}

/** What a log file holds: its good records, and where they end. */
export interface LogContent {
  readonly records: readonly LogRecord[];
  readonly goodBytes: number;
  /**
   * `torn`: what follows was never acknowledged. `damaged`: a later record proves that what is broken was durable once.
   */
  readonly rest: 'none' | 'torn' | 'damaged';
}

/** Reads the records of a log file up to the first one that is not whole. */
export function readRecords(bytes: Buffer): LogContent {
  const records: LogRecord[] = [];
  let at = 0;
  for (;;) {
    const end = recordEnd(bytes, at);
    if (end === undefined) break;
    records.push({ body: bytes.subarray(at + recordHeaderBytes, end), at: at + recordHeaderBytes });
    at = end;
  }
  if (at === bytes.length) return { records, goodBytes: at, rest: 'none' };
  return { records, goodBytes: at, rest: isDamaged(bytes, at) ? 'damaged' : 'torn' };
}

function recordEnd(bytes: Buffer, at: number): number | undefined {
  if (at + recordHeaderBytes > bytes.length) return undefined;
  const length = bytes.readUInt32LE(at);
  const end = at + recordHeaderBytes + length;
  // A record is never empty: a stretch of zeros is none.
  if (length === 0 || end > bytes.length) return undefined;
  return crc32(bytes.subarray(at + 8, end)) === bytes.readUInt32LE(at + 4) ? end : undefined;
}

function isDamaged(bytes: Buffer, broken: number): boolean {
  for (let at = broken + 1; at + recordHeaderBytes <= bytes.length; at++) {
    const groupStart = bytes.readUInt32LE(at + 8);
    if (groupStart > broken && groupStart <= at && recordEnd(bytes, at) !== undefined) return true;
  }
  return false;
}
