import type { AnomalyEvent } from './anomaly-event.ts';
import type { PayloadEncoding } from './payload.ts';

/** Size of the quantum of each channel: a number for all of them, `auto`, or by channel with `*` for the others. */
export type Resolution = number | 'auto' | Readonly<Record<string, number | 'auto'>>;

/** How the engine computes; every default is the documented one. */
export interface AlecEngineOptions {
  /** Rows of the last so many milliseconds make up the window. Default 60 000. */
  readonly windowMs?: number;
  /** The window never holds more rows. Default 4096. */
  readonly windowSamples?: number;
  /** Below so many rows there is no signal; so many newest rows stay whatever their age. Default 32. */
  readonly minSamples?: number;
  /** The signal is computed on every so many rows. Default 1. */
  readonly computeEvery?: number;
  /** Default `gaussian`. `histogram` bins each channel; it saturates at log2(rows) and costs O(rows) per row. */
  readonly estimator?: 'gaussian' | 'histogram';
  /** Bins per channel of `histogram`. Default 16. */
  readonly bins?: number;
  /** Added to the diagonal before the determinant. Default 1e-8. */
  readonly epsilon?: number;
  /** `relative` adds epsilon to correlations (no dependence on units), `absolute` to covariances. Default `relative`. */
  readonly epsilonMode?: 'relative' | 'absolute';
  /** The quantum δ of H = ½·log2(2πe·σ²/δ²). Default 1. `auto`: σ/32 of the first full window. */
  readonly resolution?: Resolution;
  /** From `healthy` up R is healthy, below `critical` it is critical. Default 0.5 and 0.2. */
  readonly zones?: { readonly healthy: number; readonly critical: number };
  /** Below so many bits of ΣH resilience is not defined. Default 0.1. */
  readonly minSumEntropy?: number;
  /** How a row becomes the frame whose byte entropy is measured. Default `centi32`. */
  readonly payloadEncoding?: PayloadEncoding;
  readonly baseline?: BaselineOptions;
  /** α of the exponential smoothing of deltas. Default 0.2; 1 is none. */
  readonly deltaSmoothing?: number;
  readonly anomalies?: AnomalyOptions;
  /** Receives each anomaly event as it fires. What it throws is the caller's. */
  readonly onEvent?: (event: AnomalyEvent) => void;
}

export interface BaselineOptions {
  /** Milliseconds of data. Default 300 000. */
  readonly buildMs?: number;
  /** Snapshots with a valid signal. Default 20. */
  readonly minSnapshots?: number;
  /** Spans of the window that must have passed, as overlapping windows are no independent samples. Default 10; 0: none. */
  readonly windows?: number;
  /** What happens after the lock: nothing, an exponential average, or the last 100 snapshots. Default `frozen`. */
  readonly mode?: 'frozen' | 'ema' | 'rolling';
  /** Weight of a new value in mode `ema`. Default 0.1. */
  readonly alpha?: number;
}

export interface AnomalyOptions {
  /** |z| of a warning. Default 2. */
  readonly warning?: number;
  /** |z| of a critical event. Default 3. */
  readonly critical?: number;
  /** A condition must hold for so many milliseconds of data. Default 30 000. */
  readonly persistenceMs?: number;
  /** After an event its type is silent for so many milliseconds of data. Default 120 000. */
  readonly cooldownMs?: number;
  /** Emit `BASELINE_BUILDING` on every row while the baseline is built. Default false. */
  readonly countBaselineEvents?: boolean;
}
