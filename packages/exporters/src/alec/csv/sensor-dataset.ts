const chunkRows = 8192;

/** Why a reading does not count. */
export type RejectReason = 'unparsable' | 'not_finite';

/** Sensor rows in memory: 8 bytes for each reading and timestamp, nothing else. */
export class SensorDataset {
  readonly channels: readonly string[];
  /** Readings that count as missing, by reason. */
  readonly rejected: Record<RejectReason, number> = { unparsable: 0, not_finite: 0 };
  readonly #chunks: Float64Array[] = [];
  readonly #width: number;
  #length = 0;

  constructor(channels: readonly string[]) {
    this.channels = channels;
    this.#width = channels.length + 1;
  }

  /** Rows. */
  get length(): number {
    return this.#length;
  }

  /** Last timestamp less the first one; 0 for fewer than two rows. */
  get durationMs(): number {
    return this.#length < 2 ? 0 : this.timestampMs(this.#length - 1) - this.timestampMs(0);
  }

  /** Adds a row; NaN is a missing reading. */
  push(timestampMs: number, values: ArrayLike<number>): void {
    const slot = this.#length % chunkRows;
    if (slot === 0) this.#chunks.push(new Float64Array(chunkRows * this.#width));
    const chunk = this.#chunks[this.#chunks.length - 1]!;
    chunk[slot * this.#width] = timestampMs;
    for (let channel = 0; channel < this.#width - 1; channel++) {
      chunk[slot * this.#width + 1 + channel] = values[channel] ?? Number.NaN;
    }
    this.#length++;
  }

  timestampMs(row: number): number {
    return this.#chunks[Math.floor(row / chunkRows)]![(row % chunkRows) * this.#width]!;
  }

  /** Copies the readings of a row into `target`, by channel. */
  read(row: number, target: Float64Array): void {
    const chunk = this.#chunks[Math.floor(row / chunkRows)]!;
    const start = (row % chunkRows) * this.#width + 1;
    for (let channel = 0; channel < this.#width - 1; channel++) target[channel] = chunk[start + channel]!;
  }

  /** The median time between rows, milliseconds; `undefined` for fewer than two rows. O(n log n). */
  medianIntervalMs(): number | undefined {
    if (this.#length < 2) return undefined;
    const intervals = new Float64Array(this.#length - 1);
    for (let row = 1; row < this.#length; row++) intervals[row - 1] = this.timestampMs(row) - this.timestampMs(row - 1);
    return intervals.sort()[intervals.length >> 1];
  }
}
