import { sequencesOf } from './codec.ts';
import type { StoreFiles } from './files.ts';
import { type LogRecord, readRecords } from './record.ts';

const namePattern = /^log-(\d{10})\.wal$/;

/** The name of a log file. */
export function logName(number: number): string {
  return `log-${String(number).padStart(10, '0')}.wal`;
}

/** The number of a log file; `undefined`: the name is none of a log file. */
export function logNumber(name: string): number | undefined {
  const digits = namePattern.exec(name)?.[1];
  return digits === undefined ? undefined : Number(digits);
}

/** Where the log of a store begins. */
export interface LogStart {
  /** Number of the first file. */
  readonly firstLog: number;
  /** The last sequence before it. */
  readonly logAfter: number;
  /** It was durable once: the log reaches at least so far. */
  readonly lastSequence: number;
}

/** A log file as it was found. */
export interface ReadLog {
  readonly name: string;
  readonly number: number;
  readonly records: readonly LogRecord[];
  readonly goodBytes: number;
  /** Bytes at the end of the last file that were never acknowledged. */
  readonly tornBytes: number;
  /** The last sequence before it. */
  readonly after: number;
  /** The last sequence in it or before it. */
  readonly last: number;
  /** What of it was acknowledged and is not there any more. `undefined`: it is whole. */
  readonly problem: string | undefined;
}

/** Reads log files one after the other and checks that nothing is missing in or between them; it changes nothing. */
export function* readLogs(files: StoreFiles, { firstLog, logAfter, lastSequence }: LogStart): Generator<ReadLog> {
  const numbers = files.list().map((name) => logNumber(name) ?? 0);
  const newest = Math.max(firstLog, ...numbers);
  const isWritten = (number: number): boolean => numbers.includes(number) && files.size(logName(number)) > 0;
  // A crash can leave a new file, still empty, after the one that was written to.
  let lastWritten = newest;
  while (lastWritten > firstLog && !isWritten(lastWritten)) lastWritten--;
  let after = logAfter;
  for (let number = firstLog; number <= newest; number++) {
    const name = logName(number);
    const isThere = numbers.includes(number);
    const read = isThere ? readOne(files, { name, after, isLast: number >= lastWritten }) : missing(after);
    const isShort = number === lastWritten && read.last < lastSequence;
    const problem = read.problem ?? (isShort ? missingEvents(read.last, lastSequence) : undefined);
    yield { name, number, after, ...read, problem };
    after = read.last;
  }
}

type Content = Pick<ReadLog, 'records' | 'goodBytes' | 'tornBytes' | 'last' | 'problem'>;

function missing(after: number): Content {
  return { records: [], goodBytes: 0, tornBytes: 0, last: after, problem: 'is missing' };
}

function missingEvents(last: number, next: number): string {
  return `does not hold the events from sequence ${last + 1} to ${next}, which were acknowledged`;
}

function readOne(
  files: StoreFiles,
  { name, after, isLast }: { readonly name: string; readonly after: number; readonly isLast: boolean },
): Content {
  const read = files.readAll(name);
  const bytes = Buffer.from(read.buffer, read.byteOffset, read.length);
  const { records, goodBytes, rest } = readRecords(bytes);
  let last = after;
  let problem: string | undefined;
  for (const { body } of records) {
    const sequences = sequencesOf(body);
    if (sequences.before !== last) problem ??= missingEvents(last, sequences.before);
    last = sequences.last;
  }
  if (rest === 'damaged' || (rest === 'torn' && !isLast)) {
    problem ??= `is damaged at byte ${goodBytes}, before events that were acknowledged`;
  }
  return { records, goodBytes, tornBytes: bytes.length - goodBytes, last, problem };
}
