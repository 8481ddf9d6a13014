import type { MotifParameters } from './motif-parameters.ts';
import { TrackingState } from './observer.ts';

/** Where the motif engine departs from DSFB-Database; neither by default. */
export interface MotifEngineVariant {
  /**
   * What is smoothed for the drift threshold: the `innovation` against a tracking observer (default), which learns a
   * lasting shift and forgets it, or the `residual` itself.
   */
  readonly driftSource?: 'innovation' | 'residual';
  /** Whether what was out of the envelope for less than the dwell is discarded. Default false. */
  readonly discardBlips?: boolean;
}

/** An episode of one channel as its tracker knows it. */
export interface ClosedSpan {
  readonly tStart: number;
  readonly tEnd: number;
  readonly peak: number;
  readonly emaAtBoundary: number;
}

const shortestStep = 1e-6;
const longestStep = 1;

/** The state machine of one channel: stable, open, recovering. */
export class ChannelTracker {
  readonly #parameters: MotifParameters;
  readonly #variant: MotifEngineVariant;
  readonly #state = new TrackingState();
  #phase: 'stable' | 'open' | 'recovering' = 'stable';
  #smoothed = 0;
  #last: number | undefined;
  #openedAt = 0;
  #recoveringSince = 0;
  #lastBad = 0;
  #peak = 0;

  constructor(parameters: MotifParameters, variant: MotifEngineVariant) {
    this.#parameters = parameters;
    this.#variant = variant;
  }

  /** Seconds that a sample at `t` moves the observer, within 1e-6 and 1; the first sample of all 1e-6. */
  elapsed(t: number): number {
    if (this.#last === undefined) return shortestStep;
    return Math.min(longestStep, Math.max(shortestStep, t - this.#last));
  }

  /** Takes one sample, in the order of time; gives the episode that it closes. */
  step(t: number, value: number): ClosedSpan | undefined {
    const isBad = this.#isOutside(value, this.elapsed(t));
    this.#last = t;
    this.#peak = Math.max(this.#peak, Math.abs(value));
    if (isBad) {
      if (this.#phase === 'stable') this.#openedAt = t;
      this.#phase = 'open';
      this.#lastBad = t;
    } else if (this.#phase === 'open') {
      this.#phase = 'recovering';
      this.#recoveringSince = t;
    } else if (this.#phase === 'recovering' && t - this.#recoveringSince >= this.#parameters.minDwellSeconds) {
      return this.#close(t);
    }
    return undefined;
  }

  /** Ends the channel at its last sample: an open episode closes when it lasted for the dwell, else it is forgotten. */
  finish(): ClosedSpan | undefined {
    if (this.#phase === 'stable' || this.#last === undefined) return undefined;
    const lasted = this.#last - this.#openedAt >= this.#parameters.minDwellSeconds;
    const closed = this.#close(this.#last);
    return lasted ? closed : undefined;
  }

  /** Time of the last sample. */
  get last(): number | undefined {
    return this.#last;
  }

  /** When the running episode began, and its peak so far; `undefined` while the channel is stable. */
  get open(): { readonly tStart: number; readonly peak: number } | undefined {
    return this.#phase === 'stable' ? undefined : { tStart: this.#openedAt, peak: this.#peak };
  }

  #isOutside(value: number, dt: number): boolean {
    const { rho, driftThreshold, slewThreshold } = this.#parameters;
    const innovation = value - this.#state.predict(dt);
    this.#state.correct(innovation);
    const smoothedOver = Math.abs(this.#variant.driftSource === 'residual' ? value : innovation);
    this.#smoothed = rho * this.#smoothed + (1 - rho) * smoothedOver;
    return Math.abs(value) >= slewThreshold || this.#smoothed >= driftThreshold;
  }

  #close(tEnd: number): ClosedSpan | undefined {
    const span = { tStart: this.#openedAt, tEnd, peak: this.#peak, emaAtBoundary: this.#smoothed };
    const isBlip = this.#lastBad - this.#openedAt < this.#parameters.minDwellSeconds;
    this.#phase = 'stable';
    this.#peak = 0;
    return this.#variant.discardBlips && isBlip ? undefined : span;
  }
}
