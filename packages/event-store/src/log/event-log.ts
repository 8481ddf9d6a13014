import { StoreError } from '../errors.ts';
import type { StoreFile, StoreFiles } from './files.ts';
import { type LogRecord, readRecords } from './record.ts';

const namePattern = /^log-(\d{10})\.wal$/;
const fullDisk: ReadonlySet<string> = new Set(['ENOSPC', 'EDQUOT', 'EFBIG']);

/** A log file: the last one is written to, those before it wait to become segments. */
export interface LogFile {
  readonly name: string;
  readonly number: number;
  readonly file: StoreFile;
  bytes: number;
}

/** A log file that was found at the start, with its records. */
export interface FoundLog {
  readonly log: LogFile;
  readonly records: readonly LogRecord[];
  /** Bytes at its end that no acknowledged write had left, which are cut off. */
  readonly tornBytes: number;
}

/** The log: appends are durable when they resolve. One append at a time. */
export class EventLog {
  readonly #files: StoreFiles;
  readonly closed: LogFile[] = [];
  #active: LogFile | undefined;
  #failure: StoreError | undefined;

  constructor(files: StoreFiles) {
    this.#files = files;
  }

  /** The file that is written to. */
  get active(): LogFile {
    return this.#active!;
  }

  /** Why nothing is written any more, if so. */
  get failure(): StoreError | undefined {
    return this.#failure;
  }

  get fileCount(): number {
    return this.closed.length + 1;
  }

  get bytes(): number {
    return this.closed.reduce((sum, { bytes }) => sum + bytes, this.active.bytes);
  }

  /**
   * Opens the files from number `first` on and cuts a torn end off the last one. Throws StoreError `corrupt` when what
   * is broken was acknowledged once. Files before `first` are in segments already and are removed.
   */
  async open(first: number): Promise<readonly FoundLog[]> {
    const numbers: number[] = [];
    for (const name of this.#files.list()) {
      const number = Number(namePattern.exec(name)?.[1] ?? Number.NaN);
      if (number < first) this.#files.remove(name);
      else if (number >= first) numbers.push(number);
    }
    numbers.sort((left, right) => left - right);
    const found: FoundLog[] = [];
    for (const number of numbers) found.push(await this.#openFile(number, number === numbers.at(-1)));
    this.closed.push(...found.slice(0, -1).map(({ log }) => log));
    this.#active = found.at(-1)?.log ?? (await this.#create(first));
    return found;
  }

  async #openFile(number: number, isLast: boolean): Promise<FoundLog> {
    const name = logName(number);
    const read = this.#files.readAll(name);
    const bytes = Buffer.from(read.buffer, read.byteOffset, read.length);
    const { records, goodBytes, rest } = readRecords(bytes);
    if (rest === 'damaged' || (rest === 'torn' && !isLast)) {
      throw new StoreError(
        'corrupt',
        `${name} is damaged at byte ${goodBytes}, before events that were acknowledged. Nothing was changed. Restore the folder from a backup; \`alex-obs event-store verify\` lists the damage.`,
      );
    }
    const file = this.#files.open(name);
    if (rest === 'torn') {
      await file.truncate(goodBytes);
      await file.sync();
    }
    return { log: { name, number, file, bytes: goodBytes }, records, tornBytes: bytes.length - goodBytes };
  }

  /** Appends sealed records and resolves when they are durable. Rejects with StoreError. */
  async append(bytes: Uint8Array): Promise<void> {
    if (this.#failure) throw this.#failure;
    const log = this.active;
    try {
      await log.file.write(bytes, log.bytes);
    } catch (error) {
      await this.#takeBack(log, error as NodeJS.ErrnoException);
    }
    try {
      await log.file.sync();
    } catch (error) {
      throw this.fail('The log could not be made durable', error);
    }
    log.bytes += bytes.length;
  }

  /** Goes on in a new file and returns the one that was written to so far. */
  async roll(): Promise<LogFile> {
    const before = this.active;
    const next = await this.#create(before.number + 1);
    this.closed.push(before);
    this.#active = next;
    return before;
  }

  /** Removes closed files up to this number; whoever reads them has closed them. */
  remove(upTo: number): void {
    for (const log of this.closed.filter(({ number }) => number <= upTo)) {
      this.#files.remove(log.name);
      this.closed.splice(this.closed.indexOf(log), 1);
    }
  }

  async #create(number: number): Promise<LogFile> {
    const file = this.#files.open(logName(number));
    await this.#files.syncFolder();
    return { name: logName(number), number, file, bytes: 0 };
  }

  async #takeBack(log: LogFile, error: NodeJS.ErrnoException): Promise<never> {
    try {
      await log.file.truncate(log.bytes);
      await log.file.sync();
    } catch (second) {
      throw this.fail('The log could not be taken back to its last record', second);
    }
    if (fullDisk.has(error.code ?? '')) {
      throw new StoreError('disk_full', 'The disk is full: nothing was stored. Reading goes on.', { cause: error });
    }
    throw new StoreError('storage', `The log could not be written: ${error.message}`, { cause: error });
  }

  /** Stops all writing until the next start; returns why. */
  fail(message: string, cause: unknown): StoreError {
    const reason = `${message} (${(cause as Error).message}): the store writes nothing more until it is started again.`;
    return (this.#failure ??= new StoreError('storage', reason, { cause }));
  }
}

/** The name of a log file. */
function logName(number: number): string {
  return `log-${String(number).padStart(10, '0')}.wal`;
}
