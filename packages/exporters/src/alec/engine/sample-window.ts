import { SlidingMoments } from './sliding-moments.ts';

export interface SampleWindowOptions {
  readonly windowMs: number;
  readonly windowSamples: number;
  readonly minSamples: number;
}

/** Up to so many channels have a covariance matrix; with more of them there are variances only. */
const maximumJointChannels = 64;
const rememberedIntervals = 31;

/**
 * The aligned rows of the last while. A row is complete when every active channel has a value, its own or one held from an
 * earlier row. A channel becomes active with its first value and stops being so when it was silent for longer than
 * max(window, 3 × median interval); then the window begins anew, so that all of its rows have the same channels.
 */
export class SampleWindow {
  readonly #options: SampleWindowOptions;
  /** By channel: the last value and its time; NaN and −Infinity before. */
  readonly #lastValues: number[] = [];
  readonly #lastTimes: number[] = [];
  #isActive: boolean[] = [];
  #active: readonly number[] = [];
  #moments: SlidingMoments = new SlidingMoments({ channels: 0, joint: true });
  #row: Float64Array = new Float64Array(0);
  /** By position in `active`: how many of the newest rows have the same value. */
  #runs: Float64Array = new Float64Array(0);
  #times: number[] = [];
  #firstTime = 0;
  readonly #intervals: number[] = [];
  #lastTime = Number.NaN;
  #hasDropped = false;

  constructor(options: SampleWindowOptions) {
    this.#options = options;
  }

  /** Indexes of the channels that are in the window, ascending. */
  get active(): readonly number[] {
    return this.#active;
  }

  get moments(): SlidingMoments {
    return this.#moments;
  }

  get rows(): number {
    return this.#moments.count;
  }

  /** Milliseconds between the oldest and the newest row. */
  get spanMs(): number {
    return this.rows === 0 ? 0 : this.#times.at(-1)! - this.#times[this.#firstTime]!;
  }

  /** Whether the window has reached its length since it began. */
  get isFull(): boolean {
    return this.#hasDropped || this.spanMs >= this.#options.windowMs;
  }

  /** Whether a channel (by position in `active`) has had one and the same value in all rows. */
  isFlat(position: number): boolean {
    return this.#runs[position]! >= this.rows;
  }

  /**
   * Takes a row: `values[channel]` or NaN where there is none; time does not go backwards. Returns whether it was admitted:
   * a row without any value is not.
   */
  push(timestampMs: number, values: Float64Array): boolean {
    if (!this.#remember(timestampMs, values)) return false;
    const { windowMs, windowSamples, minSamples } = this.#options;
    for (let position = 0; position < this.#active.length; position++) {
      const value = this.#lastValues[this.#active[position]!]!;
      this.#runs[position] = this.rows > 0 && this.#row[position] === value ? this.#runs[position]! + 1 : 1;
      this.#row[position] = value;
    }
    this.#moments.push(this.#row);
    this.#times.push(timestampMs);
    while (
      this.rows > windowSamples ||
      (this.rows > minSamples && this.#times[this.#firstTime]! < timestampMs - windowMs)
    ) {
      this.#moments.shift();
      this.#firstTime++;
      this.#hasDropped = true;
    }
    if (this.#firstTime > 1024 && this.#firstTime > this.#times.length / 2) {
      this.#times = this.#times.slice(this.#firstTime);
      this.#firstTime = 0;
    }
    return true;
  }

  /** Forgets everything; the next row may have any time. */
  clear(): void {
    this.#lastValues.length = 0;
    this.#lastTimes.length = 0;
    this.#intervals.length = 0;
    this.#lastTime = Number.NaN;
    this.#begin([]);
  }

  /** Keeps the values of a row, and begins the window anew when a channel comes or goes. */
  #remember(timestampMs: number, values: Float64Array): boolean {
    let present = 0;
    let changed = false;
    for (let channel = 0; channel < values.length; channel++) {
      const value = values[channel]!;
      if (Number.isNaN(value)) continue;
      present++;
      this.#lastValues[channel] = value;
      this.#lastTimes[channel] = timestampMs;
      changed ||= this.#isActive[channel] !== true;
    }
    if (present === 0) return false;
    if (this.#lastTime < timestampMs) {
      this.#intervals.push(timestampMs - this.#lastTime);
      if (this.#intervals.length > rememberedIntervals) this.#intervals.shift();
    }
    this.#lastTime = timestampMs;
    if (present < this.#active.length || changed) changed = this.#anySilent(timestampMs) || changed;
    if (changed) this.#begin(this.#heardWithin(this.#holdMs(), timestampMs));
    return true;
  }

  #anySilent(timestampMs: number): boolean {
    const { windowMs } = this.#options;
    for (const channel of this.#active) {
      const age = timestampMs - this.#lastTimes[channel]!;
      if (age > windowMs && age > this.#holdMs()) return true;
    }
    return false;
  }

  #holdMs(): number {
    const sorted = [...this.#intervals].sort((left, right) => left - right);
    return Math.max(this.#options.windowMs, 3 * (sorted[sorted.length >> 1] ?? 0));
  }

  #heardWithin(holdMs: number, timestampMs: number): number[] {
    const heard: number[] = [];
    for (let channel = 0; channel < this.#lastTimes.length; channel++) {
      const time = this.#lastTimes[channel];
      if (time !== undefined && timestampMs - time <= holdMs) heard.push(channel);
    }
    return heard;
  }

  #begin(active: readonly number[]): void {
    const channels = active.length;
    this.#active = active;
    this.#isActive = [];
    for (const channel of active) this.#isActive[channel] = true;
    this.#moments = new SlidingMoments({ channels, joint: channels <= maximumJointChannels });
    this.#row = new Float64Array(channels);
    this.#runs = new Float64Array(channels);
    this.#times = [];
    this.#firstTime = 0;
    this.#hasDropped = false;
  }
}
