import type { BaselineOptions } from './options.ts';
import { type MomentState, RunningMoments } from './running-moments.ts';

/** The quantities that a baseline knows. */
export const fields = ['tc', 'h_joint', 'h_bytes', 'r'] as const;
export type Field = (typeof fields)[number];

/** The quantities of one row; NaN where there is no new value. */
export type FieldValues = Readonly<Record<Field, number>>;

/** A baseline as JSON, whole enough to go on building it. */
export interface BaselineState {
  readonly locked: boolean;
  /** Milliseconds of data since the first snapshot. */
  readonly elapsed_ms: number;
  readonly valid_snapshots: number;
  readonly fields: Readonly<Record<Field, MomentState>>;
}

const rollingSnapshots = 100;

/**
 * What is normal for each quantity. It is built until three things hold: time has passed, enough snapshots had a valid
 * signal, and enough windows follow one another without overlap; then it is locked.
 */
export class Baseline {
  readonly #options: Required<BaselineOptions>;
  #moments: Record<Field, RunningMoments> = emptyMoments();
  readonly #recent: Record<Field, number[]> = { tc: [], h_joint: [], h_bytes: [], r: [] };
  #startMs = Number.NaN;
  #elapsedMs = 0;
  #validSnapshots = 0;
  #progress = 0;
  #locked = false;

  constructor(options: BaselineOptions = {}) {
    this.#options = { buildMs: 300_000, minSnapshots: 20, windows: 10, mode: 'frozen', alpha: 0.1, ...options };
  }

  get locked(): boolean {
    return this.#locked;
  }

  /** 0…1, exactly 1 once locked. */
  get progress(): number {
    return this.#progress;
  }

  get validSnapshots(): number {
    return this.#validSnapshots;
  }

  /** Mean and deviation that a field is compared with. */
  of(field: Field): Readonly<RunningMoments> {
    return this.#moments[field];
  }

  /** Takes a row while building; `spanMs` is the time that the window covers. Returns whether it locks the baseline. */
  build(timestampMs: number, values: FieldValues, spanMs: number): boolean {
    // The time that an imported baseline had already seen counts.
    if (Number.isNaN(this.#startMs)) this.#startMs = timestampMs - this.#elapsedMs;
    this.#elapsedMs = timestampMs - this.#startMs;
    this.#add('h_bytes', values.h_bytes);
    if (!Number.isNaN(values.tc) && !Number.isNaN(values.h_joint)) {
      this.#validSnapshots++;
      this.#add('tc', values.tc);
      this.#add('h_joint', values.h_joint);
    }
    this.#add('r', values.r);
    const { buildMs, minSnapshots, windows } = this.#options;
    this.#progress = Math.min(
      share(this.#elapsedMs, buildMs),
      share(this.#validSnapshots, minSnapshots),
      share(this.#elapsedMs, windows * spanMs),
      1,
    );
    this.#locked = this.#progress === 1;
    return this.#locked;
  }

  /** Takes a row that was already scored, as the mode says. */
  follow(values: FieldValues): void {
    const { mode, alpha } = this.#options;
    if (mode === 'frozen') return;
    for (const field of fields) {
      const value = values[field];
      if (Number.isNaN(value)) continue;
      if (mode === 'ema') this.#moments[field].smooth(value, alpha);
      else this.#roll(field, value);
    }
  }

  /** Begins again from nothing. */
  reset(): void {
    this.#moments = emptyMoments();
    for (const field of fields) this.#recent[field].length = 0;
    this.#startMs = Number.NaN;
    this.#elapsedMs = 0;
    this.#validSnapshots = 0;
    this.#progress = 0;
    this.#locked = false;
  }

  /** Goes on with the next row at any time: timestamps may begin again. */
  restartClock(): void {
    this.#startMs = Number.NaN;
  }

  toJSON(): BaselineState {
    const { tc, h_joint, h_bytes, r } = this.#moments;
    return {
      locked: this.#locked,
      elapsed_ms: this.#elapsedMs,
      valid_snapshots: this.#validSnapshots,
      fields: { tc: tc.toJSON(), h_joint: h_joint.toJSON(), h_bytes: h_bytes.toJSON(), r: r.toJSON() },
    };
  }

  /** Goes on where an exported baseline was. */
  restore(state: BaselineState): void {
    this.reset();
    for (const field of fields) this.#moments[field] = RunningMoments.from(state.fields[field]);
    this.#elapsedMs = state.elapsed_ms;
    this.#validSnapshots = state.valid_snapshots;
    this.#locked = state.locked;
    this.#progress = state.locked ? 1 : 0;
  }

  #add(field: Field, value: number): void {
    if (Number.isNaN(value)) return;
    this.#moments[field].add(value);
    if (this.#options.mode !== 'rolling') return;
    const recent = this.#recent[field];
    recent.push(value);
    if (recent.length > rollingSnapshots) recent.shift();
  }

  #roll(field: Field, value: number): void {
    const recent = this.#recent[field];
    recent.push(value);
    if (recent.length > rollingSnapshots) recent.shift();
    // A restored baseline has no recent values: the few newest ones must not replace what it had learned from more.
    if (recent.length < Math.min(rollingSnapshots, this.#moments[field].count)) return;
    const moments = new RunningMoments();
    for (const each of recent) moments.add(each);
    this.#moments[field] = moments;
  }
}

/** How much of a demand is met; one of zero is. */
function share(have: number, demand: number): number {
  return demand > 0 ? have / demand : 1;
}

function emptyMoments(): Record<Field, RunningMoments> {
  return {
    tc: new RunningMoments(),
    h_joint: new RunningMoments(),
    h_bytes: new RunningMoments(),
    r: new RunningMoments(),
  };
}
