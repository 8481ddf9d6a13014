import { closeSync, write, writeSync } from 'node:fs';
import type { DropReason } from '../catalog.ts';
import { openOutput } from './output.ts';

export interface DestinationOptions {
  /** `stdout`, `stderr` or the path of a file; `~` is expanded. */
  readonly output: string;
  /** Characters that may wait. Default 8 Mi. */
  readonly maximumWaiting?: number;
  readonly dropped: (reason: DropReason, lines: number) => void;
  /** Takes a sentence for the user. */
  readonly report: (problem: string) => void;
}

/** Lines are joined to pieces of about this many characters, and pieces to writes. */
const pieceLength = 16_384;
const writeLength = 262_144;
const retryMs = 20;
/** So long a full pipe, or a write that is under way, is waited for at exit. */
const exitPatienceMs = 500;
const lineFeed = 10;

interface Piece {
  text: string;
  lines: number;
}

const open = new Set<Destination>();
function flushAll(): void {
  for (const destination of open) destination.flushSync();
}

/**
 * Where log lines go: bounded, asynchronous while the program runs, synchronous at its end. Nothing here throws, and
 * nothing keeps the process alive. A file that cannot be opened is reported, and lines go to stderr instead.
 */
export class Destination {
  readonly #options: DestinationOptions;
  readonly #maximumWaiting: number;
  readonly #descriptor: number;
  readonly #owned: boolean;
  readonly #wake: () => void = () => {
    this.#scheduled = false;
    this.#next();
  };
  #pieces: Piece[] = [];
  #last: Piece | undefined;
  #waiting = 0;
  #scheduled = false;
  /** What the system has not taken yet; `asked` while a write of it is under way. */
  #current: { bytes: Buffer; lines: number; asked: boolean } | undefined;
  #state: 'open' | 'broken' | 'closed' = 'open';
  /** The system has taken a part of a line; where the rest of it is lost, the next line begins on one of its own. */
  #torn = false;
  #reported = false;
  #idle: (() => void)[] = [];

  constructor(options: DestinationOptions) {
    this.#options = options;
    this.#maximumWaiting = options.maximumWaiting ?? 8_388_608;
    const { descriptor, owned } = openOutput(options.output, options.report);
    this.#descriptor = descriptor;
    this.#owned = owned;
    if (open.size === 0) process.on('exit', flushAll);
    open.add(this);
  }

  /** Takes one line with its line feed; it is written with others in a later turn of the event loop. */
  write(line: string): void {
    if (this.#state !== 'open') {
      this.#options.dropped(this.#state === 'closed' ? 'shut_down' : 'write_failed', 1);
    } else if (this.#waiting + line.length > this.#maximumWaiting) {
      this.#options.dropped('queue_full', 1);
    } else {
      let last = this.#last;
      if (last === undefined || last.text.length >= pieceLength) {
        last = this.#last = { text: '', lines: 0 };
        this.#pieces.push(last);
      }
      last.text += line;
      last.lines++;
      this.#waiting += line.length;
      if (!this.#scheduled && this.#current === undefined) {
        this.#scheduled = true;
        setImmediate(this.#wake).unref();
      }
    }
  }

  /** Resolves to false when lines still wait after `timeoutMs`. */
  async flush(timeoutMs: number): Promise<boolean> {
    this.#next();
    if (this.#isIdle()) return true;
    await new Promise<void>((done) => {
      const timer = setTimeout(done, timeoutMs);
      this.#idle.push(() => {
        clearTimeout(timer);
        done();
      });
    });
    return this.#isIdle();
  }

  /** Writes what waits before it returns; for the end of the program and for fatal errors. */
  flushSync(): void {
    const deadline = Date.now() + exitPatienceMs;
    // The callback of a write under way cannot come any more; give the system the time to finish it, to keep the order.
    if (this.#current?.asked) sleep(10);
    else if (this.#current !== undefined) this.#writeSync(this.#current.bytes, this.#current.lines, deadline);
    if (this.#current?.asked === false) this.#current = undefined;
    for (let piece = this.#take(); piece !== undefined; piece = this.#take()) {
      this.#writeSync(Buffer.from(this.#mended(piece.text)), piece.lines, deadline);
    }
  }

  /** Writes what waits and closes a file; later lines are dropped as `shut_down`. */
  close(): void {
    if (this.#state === 'closed') return;
    this.flushSync();
    this.#state = 'closed';
    open.delete(this);
    if (open.size === 0) process.off('exit', flushAll);
    if (!this.#owned) return;
    try {
      closeSync(this.#descriptor);
    } catch {
      // There is nobody left to tell.
    }
  }

  #isIdle(): boolean {
    return this.#current === undefined && this.#pieces.length === 0;
  }

  #take(): Piece | undefined {
    const piece = this.#pieces.shift();
    if (piece === undefined) return undefined;
    if (piece === this.#last) this.#last = undefined;
    this.#waiting -= piece.text.length;
    return piece;
  }

  #next(): void {
    if (this.#current !== undefined) return;
    if (this.#pieces.length === 0) {
      for (const done of this.#idle.splice(0)) done();
      return;
    }
    // One write is done per turn of the event loop, so that it must take what a busy turn brings.
    let text = '';
    let lines = 0;
    while (text.length < writeLength && this.#pieces.length > 0) {
      const piece = this.#take()!;
      text += piece.text;
      lines += piece.lines;
    }
    this.#current = { bytes: Buffer.from(this.#mended(text)), lines, asked: false };
    this.#ask();
  }

  #mended(text: string): string {
    return this.#torn ? `\n${text}` : text;
  }

  /** What is left of `bytes` once `written` of them are. */
  #rest(bytes: Buffer, written: number): Buffer {
    if (written > 0) this.#torn = bytes[written - 1] !== lineFeed;
    return bytes.subarray(written);
  }

  #ask(): void {
    const current = this.#current;
    if (current === undefined || current.asked) return;
    current.asked = true;
    write(this.#descriptor, current.bytes, (error, written) => {
      current.asked = false;
      if (current !== this.#current) return;
      if (error !== null && isBusy(error)) {
        setTimeout(() => this.#ask(), retryMs).unref();
        return;
      }
      current.bytes = this.#rest(current.bytes, written);
      if (error === null && current.bytes.length > 0) return this.#ask();
      if (error !== null) this.#fail(error, current.lines);
      this.#current = undefined;
      this.#next();
    });
  }

  #writeSync(bytes: Buffer, lines: number, deadline: number): void {
    while (bytes.length > 0) {
      try {
        bytes = this.#rest(bytes, writeSync(this.#descriptor, bytes));
      } catch (error) {
        if (!isBusy(error) || Date.now() >= deadline) {
          this.#fail(error as NodeJS.ErrnoException, lines);
          return;
        }
        sleep(5);
      }
    }
  }

  #fail(error: NodeJS.ErrnoException, lines: number): void {
    let lost = lines;
    // A full disk may have room again; a reader that is gone never comes back.
    if (error.code !== 'ENOSPC' && error.code !== 'EDQUOT' && !isBusy(error)) {
      this.#state = 'broken';
      for (let piece = this.#take(); piece !== undefined; piece = this.#take()) lost += piece.lines;
    }
    this.#options.dropped('write_failed', lost);
    if (this.#reported) return;
    this.#reported = true;
    this.#options.report(`Log lines are lost: ${this.#options.output} cannot be written (${error.message})`);
  }
}

function isBusy(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code === 'EAGAIN' || code === 'EBUSY' || code === 'EINTR';
}

function sleep(milliseconds: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);
}
