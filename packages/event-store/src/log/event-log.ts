import { StoreError } from '../errors.ts';
import type { StoreFile, StoreFiles } from './files.ts';
import { type LogStart, logName, logNumber, type ReadLog, readLogs } from './read-logs.ts';
import type { LogRecord } from './record.ts';

const fullDisk: ReadonlySet<string> = new Set(['ENOSPC', 'EDQUOT', 'EFBIG']);

/** A log file: the last one is written to, those before it wait to become segments. */
export interface LogFile {
  readonly name: string;
  readonly number: number;
  readonly file: StoreFile;
  /** The last sequence before it. */
  readonly after: number;
  bytes: number;
}

/** A log file that was found at the start, with its records. */
export interface FoundLog {
  readonly log: LogFile;
  readonly records: readonly LogRecord[];
  /** The last sequence in it or before it. */
  readonly last: number;
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
   * Opens the files of a log one by one and cuts a torn end off the last one that was written to. Throws StoreError
   * `corrupt` when something that was acknowledged is missing or broken. Files before the first one are in segments
   * already and are removed at the end.
   */
  async *open(start: LogStart): AsyncGenerator<FoundLog> {
    for (const read of readLogs(this.#files, start)) {
      if (this.#active) this.closed.push(this.#active);
      const found = await this.#openFile(read);
      this.#active = found.log;
      yield found;
    }
    for (const name of this.#files.list()) {
      if ((logNumber(name) ?? start.firstLog) < start.firstLog) this.#files.remove(name);
    }
  }

  async #openFile({ name, number, records, goodBytes, tornBytes, after, last, problem }: ReadLog): Promise<FoundLog> {
    if (problem !== undefined) {
      throw new StoreError(
        'corrupt',
        `${name} ${problem}. Nothing was changed. Restore the folder from a backup; \`alex-obs event-store verify\` lists the damage.`,
      );
    }
    const file = this.#files.open(name);
    if (tornBytes > 0) {
      await file.truncate(goodBytes);
      await file.sync();
    }
    return { log: { name, number, file, after, bytes: goodBytes }, records, last, tornBytes };
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

  /** Goes on in a new file; `after` is the last sequence before it. After a failure the file that failed stays the last. */
  async roll(after: number): Promise<void> {
    if (this.#failure) throw this.#failure;
    const next = await this.#create(this.active.number + 1, after);
    this.closed.push(this.active);
    this.#active = next;
  }

  /** Removes closed files up to this number; whoever reads them has closed them. */
  remove(upTo: number): void {
    while (this.closed[0] !== undefined && this.closed[0].number <= upTo) this.#files.remove(this.closed.shift()!.name);
  }

  async #create(number: number, after: number): Promise<LogFile> {
    const name = logName(number);
    const file = this.#files.open(name);
    try {
      await this.#files.syncFolder();
    } catch (error) {
      file.close();
      this.#files.remove(name);
      throw error;
    }
    return { name, number, file, after, bytes: 0 };
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
