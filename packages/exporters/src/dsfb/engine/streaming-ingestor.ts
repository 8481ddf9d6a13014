import { type ResidualSample, sampleFault } from '../sample.ts';
import { SampleHeap } from './sample-heap.ts';
import { countUpTo, TimeTail } from './time-tail.ts';

export interface StreamingIngestorOptions {
  /** Seconds that a sample waits for older ones. Default 10; 0 is allowed. */
  readonly reorderWindow?: number;
  /**
   * What happens to a sample that is older than the newest flushed one, but by no more than the window: `insert`
   * (default) puts it at its place in the stream, `drop` discards it as it does all older ones.
   */
  readonly lateness?: 'insert' | 'drop';
  /** Gets each flushed sample instead of the stream, which then stays empty: memory is that of the window. */
  readonly sink?: (sample: ResidualSample) => void;
  /** Told of a sample that was inserted into what is already flushed, with its position there. */
  readonly onLate?: (sample: ResidualSample, index: number) => void;
  /** Samples that may wait; when there are more, the oldest are flushed before their time. Default 262 144. */
  readonly maxStaged?: number;
}

/** What became of a sample. */
export type PushOutcome = 'staged' | 'inserted' | 'dropped' | 'rejected';

const defaultWindow = 10;
const defaultMaxStaged = 262_144;

/**
 * Brings residuals that arrive out of order into the order of their times.
 * Always: staged + flushed + droppedOutOfWindow + rejectedInvalid = pushed.
 */
export class StreamingIngestor {
  readonly reorderWindow: number;
  readonly #lateness: 'insert' | 'drop';
  readonly #sink: ((sample: ResidualSample) => void) | undefined;
  readonly #onLate: ((sample: ResidualSample, index: number) => void) | undefined;
  readonly #maxStaged: number;
  readonly #heap = new SampleHeap();
  readonly #samples: ResidualSample[] = [];
  readonly #tail: TimeTail | undefined;
  #newest = Number.NEGATIVE_INFINITY;
  #frontier = Number.NEGATIVE_INFINITY;
  #pushed = 0;
  #flushed = 0;
  #dropped = 0;
  #rejected = 0;
  #lateInserted = 0;
  #flushedEarly = 0;
  #consumerErrors = 0;

  /** Throws RangeError for a window that is negative or not finite, and for a limit below 1. */
  constructor(options: StreamingIngestorOptions = {}) {
    const { reorderWindow = defaultWindow, lateness = 'insert', maxStaged = defaultMaxStaged } = options;
    if (!Number.isFinite(reorderWindow) || reorderWindow < 0) {
      throw new RangeError(`reorderWindow is ${reorderWindow}, not a finite number of seconds from 0 on`);
    }
    if (!Number.isInteger(maxStaged) || maxStaged < 1) throw new RangeError(`maxStaged is ${maxStaged}, not a count`);
    this.reorderWindow = reorderWindow;
    this.#lateness = lateness;
    this.#sink = options.sink;
    this.#onLate = options.onLate;
    this.#maxStaged = maxStaged;
    this.#tail = options.sink !== undefined && lateness === 'insert' ? new TimeTail(maxStaged) : undefined;
  }

  /** Takes one sample. Never throws: a sample that is none is counted and refused. O(log staged). */
  push(sample: ResidualSample): PushOutcome {
    this.#pushed++;
    if (sampleFault(sample) !== undefined) {
      this.#rejected++;
      return 'rejected';
    }
    const { t } = sample;
    if (t < this.#frontier) return this.#pushLate(sample);
    if (t > this.#newest) this.#newest = t;
    this.#heap.push(sample);
    this.#flushUpTo(this.#newest - this.reorderWindow);
    while (this.#heap.size > this.#maxStaged) {
      this.#flushedEarly++;
      this.#flushOldest();
    }
    return 'staged';
  }

  /** Flushes what is at least one window older than `nowSeconds`: the tail of a source that has gone quiet. */
  flushOlderThan(nowSeconds: number): void {
    this.#flushUpTo(nowSeconds - this.reorderWindow);
  }

  /** Flushes everything and gives the whole stream (empty with a `sink`). */
  finish(): { readonly samples: readonly ResidualSample[]; readonly dropped: number } {
    this.#flushUpTo(Number.POSITIVE_INFINITY);
    return { samples: this.#samples, dropped: this.#dropped };
  }

  /** The flushed samples in the order of their times; empty with a `sink`. */
  get samples(): readonly ResidualSample[] {
    return this.#samples;
  }

  /** Largest time seen; -Infinity before the first sample. */
  get newest(): number {
    return this.#newest;
  }

  get pushed(): number {
    return this.#pushed;
  }

  get staged(): number {
    return this.#heap.size;
  }

  get flushed(): number {
    return this.#flushed;
  }

  get droppedOutOfWindow(): number {
    return this.#dropped;
  }

  /** Samples with a time or value that is not finite, or of an unknown class. */
  get rejectedInvalid(): number {
    return this.#rejected;
  }

  /** Those of the flushed samples that were inserted behind the frontier. */
  get lateInserted(): number {
    return this.#lateInserted;
  }

  /** Those of the flushed samples that had to make room before their time. */
  get flushedEarly(): number {
    return this.#flushedEarly;
  }

  /** How often `sink` or `onLate` threw; the sample counts as flushed. */
  get consumerErrors(): number {
    return this.#consumerErrors;
  }

  #pushLate(sample: ResidualSample): PushOutcome {
    // As t + W < F: t < F - W differs in floating point, and equality is within the window.
    if (this.#lateness === 'drop' || sample.t + this.reorderWindow < this.#frontier) {
      this.#dropped++;
      return 'dropped';
    }
    const index = this.#insert(sample);
    this.#flushed++;
    this.#lateInserted++;
    if (this.#onLate !== undefined) {
      try {
        this.#onLate(sample, index);
      } catch {
        this.#consumerErrors++;
      }
    }
    return 'inserted';
  }

  #insert(sample: ResidualSample): number {
    if (this.#tail !== undefined) return this.#tail.insert(sample.t);
    const index = countUpTo(this.#samples.length, (at) => this.#samples[at]!.t, sample.t);
    this.#samples.splice(index, 0, sample);
    return index;
  }

  #flushUpTo(t: number): void {
    while (this.#heap.size > 0 && this.#heap.oldest <= t) this.#flushOldest();
  }

  #flushOldest(): void {
    const sample = this.#heap.pop()!;
    this.#frontier = sample.t;
    this.#flushed++;
    this.#tail?.append(sample.t, sample.t - this.reorderWindow);
    if (this.#sink === undefined) {
      this.#samples.push(sample);
      return;
    }
    try {
      this.#sink(sample);
    } catch {
      this.#consumerErrors++;
    }
  }
}
