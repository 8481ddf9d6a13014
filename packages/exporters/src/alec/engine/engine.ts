import type { Baseline } from './baseline.ts';
import { Complexity } from './complexity.ts';
import type { AlecEngineOptions } from './options.ts';
import { byteEntropy, FrameEncoder } from './payload.ts';
import { SampleWindow } from './sample-window.ts';
import type { Scores } from './scores.ts';
import type { Signal } from './signal.ts';
import { SignalAnalysis } from './signal-analysis.ts';
import { type Edge, structureSummary } from './structure.ts';

/** A row for those who have no array of values. */
export interface Sample {
  /** Milliseconds; does not go backwards. */
  readonly timestampMs: number;
  /** By channel; null is missing. */
  readonly values: Readonly<Record<string, number | null>>;
  /** The bytes that were really sent; otherwise the values are encoded. */
  readonly payload?: Uint8Array;
}

/** What another engine has computed. */
export interface ComputedSnapshot {
  readonly timestampMs: number;
  readonly payloadEntropy: number;
  readonly totalCorrelation?: number;
  readonly jointEntropy?: number;
  readonly resilience?: number;
  readonly channels?: readonly { readonly id: string; readonly entropy: number }[];
}

/** Beyond so many channels new ones are refused. */
export const maximumChannels = 1000;
/** Squares of larger readings could overflow. */
const greatestReading = 1e150;

/**
 * Entropy, correlation and resilience of a stream of sensor rows, and what deviates from its baseline. Usable without HTTP.
 * A row costs O(k²) for its k channels and O(k³) for the determinant, whatever the length of the window.
 */
export class AlecEngine {
  readonly #options: AlecEngineOptions;
  readonly #ids: string[] = [];
  readonly #indexes = new Map<string, number>();
  readonly #window: SampleWindow;
  readonly #analysis: SignalAnalysis;
  readonly #complexity: Complexity;
  readonly #encoder: FrameEncoder;
  readonly #values = { tc: Number.NaN, h_joint: Number.NaN, h_bytes: Number.NaN, r: Number.NaN };
  #row: Float64Array = new Float64Array(0);
  #payloadEntropy = 0;
  #samples = 0;
  #admitted = 0;
  #lastTimestampMs = Number.NEGATIVE_INFINITY;
  #rejectedReadings = 0;

  constructor(options: AlecEngineOptions = {}) {
    this.#options = options;
    const { windowMs = 60_000, minSamples = 32, zones } = options;
    const windowSamples = Math.max(options.windowSamples ?? 4096, minSamples);
    this.#window = new SampleWindow({ windowMs, windowSamples, minSamples });
    this.#analysis = new SignalAnalysis({
      minSamples,
      estimator: options.estimator ?? 'gaussian',
      bins: options.bins ?? 16,
      epsilon: options.epsilon ?? 1e-8,
      epsilonMode: options.epsilonMode ?? 'relative',
      resolution: options.resolution ?? 1,
      zones: zones ?? { healthy: 0.5, critical: 0.2 },
      minSumEntropy: options.minSumEntropy ?? 0.1,
    });
    this.#encoder = new FrameEncoder(options.payloadEncoding ?? 'centi32');
    this.#complexity = new Complexity(options, this.#ids, (event) => options.onEvent?.(event));
  }

  /** Ids of all channels that were ever seen, by index. */
  get channels(): readonly string[] {
    return this.#ids;
  }

  get signal(): Readonly<Signal> {
    return this.#analysis.signal;
  }

  /** H_bytes of the newest row, bits per byte. */
  get payloadEntropy(): number {
    return this.#payloadEntropy;
  }

  get baseline(): Baseline {
    return this.#complexity.baseline;
  }

  get scores(): Readonly<Scores> {
    return this.#complexity.scores;
  }

  /** Rows taken since the engine was made; a restart does not reset it. */
  get samples(): number {
    return this.#samples;
  }

  /** Readings that were too large to be squared and count as missing. */
  get rejectedReadings(): number {
    return this.#rejectedReadings;
  }

  /** Time of the newest row; −Infinity before the first. */
  get lastTimestampMs(): number {
    return this.#lastTimestampMs;
  }

  /** Milliseconds that the window covers. */
  get windowSpanMs(): number {
    return this.#window.spanMs;
  }

  /** The index of a channel, made if it is new; −1 when there are 1000 already. */
  channel(id: string): number {
    const known = this.#indexes.get(id);
    if (known !== undefined) return known;
    if (this.#ids.length === maximumChannels) return -1;
    this.#indexes.set(id, this.#ids.length);
    return this.#ids.push(id) - 1;
  }

  /**
   * Takes a row. Returns false for one that goes back in time or has a channel too many, and nothing changes then; what is no
   * number is missing. Never throws, whatever a program without types hands over.
   */
  observe(sample: Sample): boolean {
    const { timestampMs, values, payload } = sample ?? {};
    if (typeof values !== 'object' || values === null) return false;
    const ids = Object.keys(values);
    const added = ids.filter((id) => !this.#indexes.has(id)).length;
    if (!this.#follows(timestampMs) || this.#ids.length + added > maximumChannels) return false;
    for (const id of ids) this.channel(id);
    if (this.#row.length !== this.#ids.length) this.#row = new Float64Array(this.#ids.length);
    this.#row.fill(Number.NaN);
    for (const id of ids) {
      const value: unknown = values[id];
      this.#row[this.channel(id)] = typeof value === 'number' ? value : Number.NaN;
    }
    return this.observeRow(timestampMs, this.#row, payload instanceof Uint8Array ? payload : undefined);
  }

  /** Like `observe`, for hot paths: `values` by channel index, NaN where there is none; what is not finite becomes NaN in it. */
  observeRow(timestampMs: number, values: Float64Array, payload?: Uint8Array): boolean {
    if (!this.#follows(timestampMs) || values.length > this.#ids.length) return false;
    this.#lastTimestampMs = timestampMs;
    this.#samples++;
    for (let channel = 0; channel < values.length; channel++) {
      const value = values[channel]!;
      if (Math.abs(value) <= greatestReading || Number.isNaN(value)) continue;
      values[channel] = Number.NaN;
      this.#rejectedReadings++;
    }
    this.#payloadEntropy = byteEntropy(payload ?? this.#encoder.encode(values));
    const isComputed = this.#window.push(timestampMs, values) && this.#isDue();
    if (isComputed) this.#analysis.compute(this.#window, this.#ids);
    const { signal, ranking } = this.#analysis;
    const isNew = isComputed && signal.valid;
    const row = this.#values;
    row.h_bytes = this.#payloadEntropy;
    row.tc = isNew ? signal.totalCorrelation : Number.NaN;
    row.h_joint = isNew ? signal.jointEntropy : Number.NaN;
    row.r = isNew && signal.resilienceValid ? signal.resilience : Number.NaN;
    const entropies = isNew ? signal.entropies : undefined;
    this.#complexity.observe({ timestampMs, values: row, spanMs: this.#window.spanMs, entropies, ranking });
    return true;
  }

  /** Takes what another engine has computed for a row; window and criticality have no part in it. */
  observeSnapshot(snapshot: ComputedSnapshot): boolean {
    const { timestampMs, payloadEntropy, channels = [] } = snapshot;
    if (!this.#follows(timestampMs) || !Number.isFinite(payloadEntropy)) return false;
    const indexes = channels.map(({ id }) => this.channel(id));
    if (indexes.includes(-1)) return false;
    this.#lastTimestampMs = timestampMs;
    this.#samples++;
    this.#payloadEntropy = payloadEntropy;
    const { totalCorrelation = Number.NaN, jointEntropy = Number.NaN, resilience = Number.NaN } = snapshot;
    this.#analysis.publish({ totalCorrelation, jointEntropy, resilience });
    const entropies = channels.length === 0 ? undefined : this.#ids.map(() => Number.NaN);
    for (const [position, { entropy }] of channels.entries()) entropies![indexes[position]!] = entropy;
    if (entropies !== undefined) this.#analysis.signal.entropies.splice(0, Number.POSITIVE_INFINITY, ...entropies);
    const values = { tc: totalCorrelation, h_joint: jointEntropy, h_bytes: payloadEntropy, r: resilience };
    this.#complexity.observe({ timestampMs, values, spanMs: 0, entropies, ranking: [] });
    return true;
  }

  /** The strongest similarities between channels right now. */
  structure(): Edge[] {
    return structureSummary(this.#ids, this.signal.entropies);
  }

  /** Data begins again, at any time: the window is empty, and unless `keepBaseline` the baseline is learned anew. */
  restart({ keepBaseline = false }: { readonly keepBaseline?: boolean } = {}): void {
    this.#lastTimestampMs = Number.NEGATIVE_INFINITY;
    this.#admitted = 0;
    this.#window.clear();
    this.#complexity.restart(keepBaseline);
    if (!keepBaseline) this.#analysis.clear();
  }

  #follows(timestampMs: number): boolean {
    return Number.isFinite(timestampMs) && timestampMs >= this.#lastTimestampMs;
  }

  #isDue(): boolean {
    return this.#admitted++ % (this.#options.computeEvery ?? 1) === 0;
  }
}
