import { setImmediate as turn } from 'node:timers/promises';
import type { SensorDataset } from '../csv/sensor-dataset.ts';

export interface ReplayOptions {
  /** Milliseconds of data per millisecond; above 0. Default 1. */
  readonly speed?: number;
  /** Begin again after the last row. Default true. */
  readonly loop?: boolean;
  /** Receives each row when it is due; `values` by channel, NaN where there is none, valid during the call. */
  onRow(timestampMs: number, values: Float64Array): void;
  /** Time is about to begin again: after the last row, or because of `seek`. */
  onRestart?(): void;
}

/** Rows are handed over for so long before the event loop turns. */
const sliceMs = 20;
const rowsPerClockReading = 4;
const intervalOfOneRow = 1000;

/**
 * Plays a dataset against a monotonic clock: each row is due at start + (its time − first time) / speed, so that delays do not
 * add up. The timers of a running replay keep the process alive.
 */
export class Replay {
  readonly dataset: SensorDataset;
  readonly speed: number;
  readonly loop: boolean;
  readonly #options: ReplayOptions;
  readonly #values: Float64Array;
  /** A moment of the clock and the time of the data that belongs to it. */
  #anchorMs = 0;
  #anchorDataMs = 0;
  #running = false;
  #paused = false;
  #position = 0;
  #loopsCompleted = 0;
  #finished: Promise<void> | undefined;
  #wake: (() => void) | undefined;

  /** Throws RangeError for a speed that is not a positive finite number. */
  constructor(dataset: SensorDataset, options: ReplayOptions) {
    this.speed = options.speed ?? 1;
    if (!(this.speed > 0) || !Number.isFinite(this.speed))
      throw new RangeError(`A replay has no speed of ${this.speed}`);
    this.dataset = dataset;
    this.loop = options.loop ?? true;
    this.#options = options;
    this.#values = new Float64Array(dataset.channels.length);
  }

  get running(): boolean {
    return this.#running;
  }

  get paused(): boolean {
    return this.#paused;
  }

  /** Rows completed in this pass. */
  get position(): number {
    return this.#position;
  }

  get loopsCompleted(): number {
    return this.#loopsCompleted;
  }

  /** Begins; resolves when the replay has ended or was stopped, rejects with what `onRow` throws. */
  start(): Promise<void> {
    this.#finished ??= this.#run().finally(() => {
      this.#running = false;
    });
    return this.#finished;
  }

  /** Ends it after the current row; it cannot be started again. */
  stop(): void {
    this.#running = false;
    this.#wake?.();
  }

  pause(): void {
    this.#paused = true;
    this.#wake?.();
  }

  resume(): void {
    if (!this.#paused) return;
    this.#paused = false;
    this.#anchor();
    this.#wake?.();
  }

  /** Goes to a row, at most the last one, which is due at once. */
  seek(row: number): void {
    const target = Math.max(0, Math.min(Math.trunc(row) || 0, this.dataset.length - 1));
    if (target < this.#position) this.#options.onRestart?.();
    this.#position = target;
    this.#anchor();
    this.#wake?.();
  }

  async #run(): Promise<void> {
    this.#running = true;
    this.#anchor();
    while (this.#running) {
      if (this.#paused) {
        await this.#sleep(Number.POSITIVE_INFINITY);
        continue;
      }
      this.#play();
      if (this.#position >= this.dataset.length && !this.loop) return;
      const waitMs = this.#dueMs() - performance.now();
      // A timer cannot sleep for less than a millisecond.
      if (waitMs < 1) await turn();
      else await this.#sleep(waitMs);
      if (this.#position >= this.dataset.length && !this.#paused) this.#wrap();
    }
  }

  /** Hands over the rows that are due, for a slice of time at most. */
  #play(): void {
    const endMs = performance.now() + sliceMs;
    let nowMs = performance.now();
    for (let count = 1; this.#running && !this.#paused && this.#position < this.dataset.length; count++) {
      if (this.#dueMs() > nowMs) return;
      this.dataset.read(this.#position, this.#values);
      const timestampMs = this.dataset.timestampMs(this.#position);
      this.#position++;
      this.#options.onRow(timestampMs, this.#values);
      if (count % rowsPerClockReading === 0) {
        nowMs = performance.now();
        if (nowMs > endMs) return;
      }
    }
  }

  /** When the next row, or the next pass, is due. */
  #dueMs(): number {
    const { length } = this.dataset;
    if (this.#position < length) return this.#dueOf(this.dataset.timestampMs(this.#position));
    return this.#dueOf(this.dataset.timestampMs(length - 1) + this.#medianIntervalMs());
  }

  #dueOf(timestampMs: number): number {
    return this.#anchorMs + (timestampMs - this.#anchorDataMs) / this.speed;
  }

  /** Begins the next pass when it is due. */
  #wrap(): void {
    const dueMs = this.#dueMs();
    if (dueMs - performance.now() >= 1) return;
    this.#loopsCompleted++;
    this.#position = 0;
    this.#anchorMs = dueMs;
    this.#anchorDataMs = this.dataset.timestampMs(0);
    this.#options.onRestart?.();
  }

  #anchor(): void {
    this.#anchorMs = performance.now();
    this.#anchorDataMs = this.dataset.timestampMs(Math.min(this.#position, this.dataset.length - 1));
  }

  #median: number | undefined;
  #medianIntervalMs(): number {
    return (this.#median ??= this.dataset.medianIntervalMs() || intervalOfOneRow);
  }

  #sleep(milliseconds: number): Promise<void> {
    return new Promise((resolve) => {
      const longest = 2 ** 31 - 1;
      const timer = setTimeout(() => this.#wake?.(), Math.min(milliseconds, longest));
      this.#wake = () => {
        clearTimeout(timer);
        this.#wake = undefined;
        resolve();
      };
    });
  }
}
