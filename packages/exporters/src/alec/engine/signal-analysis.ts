import { rankCriticality } from './criticality.ts';
import { gaussianEntropy, resilienceIndex, resilienceZone } from './entropy.ts';
import { histogramEntropies } from './histogram.ts';
import { JointEntropy } from './joint-entropy.ts';
import type { Resolution } from './options.ts';
import { Resolutions } from './resolution.ts';
import type { SampleWindow } from './sample-window.ts';
import { emptySignal, type Signal, type SignalReason } from './signal.ts';

export interface SignalOptions {
  readonly minSamples: number;
  readonly estimator: 'gaussian' | 'histogram';
  readonly bins: number;
  readonly epsilon: number;
  readonly epsilonMode: 'relative' | 'absolute';
  readonly resolution: Resolution;
  readonly zones: { readonly healthy: number; readonly critical: number };
  readonly minSumEntropy: number;
}

const maximumJointChannels = 32;
const maximumRankedChannels = 16;

/** Computes the signal of a window: entropies, total correlation, resilience, zone and criticality. */
export class SignalAnalysis {
  readonly signal: Signal = emptySignal();
  /** Channel indexes, most critical first; empty without a ranking. */
  readonly ranking: number[] = [];
  readonly #options: SignalOptions;
  readonly #joint: JointEntropy;
  readonly #resolutions: Resolutions;
  /** Scratch by position in the window. */
  #entropies: Float64Array = new Float64Array(0);
  #quanta: Float64Array = new Float64Array(0);
  #deltas: Float64Array = new Float64Array(0);
  readonly #varying: number[] = [];
  readonly #order: number[] = [];

  constructor(options: SignalOptions) {
    this.#options = options;
    this.#joint = new JointEntropy(options);
    this.#resolutions = new Resolutions(options.resolution);
  }

  /** ΔR of a position of the last ranking. */
  delta(position: number): number {
    return this.#deltas[position] ?? Number.NaN;
  }

  /** Brings the signal up to date with a window. O(k³) for `gaussian`, whatever the number of rows. */
  compute(window: SampleWindow, ids: readonly string[]): void {
    const { signal } = this;
    signal.rows = window.rows;
    signal.channels = window.active.length;
    if (window.active.length === 0) {
      this.#invalidate('no_channels');
      return;
    }
    if (window.rows < Math.max(2, this.#options.minSamples)) {
      this.#invalidate('too_few_rows');
      return;
    }
    this.#reserve(window.active.length);
    if (this.#options.estimator === 'histogram') this.#computeHistogram(window);
    else this.#computeGaussian(window, ids);
  }

  /** Takes joint quantities that were computed elsewhere; NaN for those that were not. */
  publish(values: Readonly<Record<'totalCorrelation' | 'jointEntropy' | 'resilience', number>>): void {
    const { signal } = this;
    const { totalCorrelation, jointEntropy, resilience } = values;
    signal.valid = !Number.isNaN(totalCorrelation) && !Number.isNaN(jointEntropy);
    signal.resilienceValid = !Number.isNaN(resilience);
    signal.reason = signal.valid || signal.resilienceValid ? 'ok' : 'no_channels';
    if (!Number.isNaN(totalCorrelation)) signal.totalCorrelation = totalCorrelation;
    if (!Number.isNaN(jointEntropy)) signal.jointEntropy = jointEntropy;
    if (signal.valid) signal.sumEntropy = totalCorrelation + jointEntropy;
    if (!signal.resilienceValid) return;
    signal.everResilient = true;
    signal.resilience = resilience;
    signal.zone = resilienceZone(resilience, this.#options.zones);
  }

  /** Forgets channels and resolutions; joint quantities are held until there are new ones. */
  clear(): void {
    const { signal } = this;
    this.#invalidate('no_channels');
    signal.rows = 0;
    signal.channels = 0;
    signal.entropies.length = 0;
    signal.ranks.length = 0;
    this.ranking.length = 0;
    this.#resolutions.clear();
  }

  #computeGaussian(window: SampleWindow, ids: readonly string[]): void {
    const { active, moments, isFull } = window;
    const varying = this.#varying;
    varying.length = 0;
    let sum = 0;
    for (let position = 0; position < active.length; position++) {
      const variance = window.isFlat(position) ? 0 : moments.covariance(position, position);
      const channel = active[position]!;
      const quantum = this.#resolutions.of(channel, ids[channel]!, { deviation: Math.sqrt(variance), settle: isFull });
      this.#quanta[position] = quantum;
      if (variance > 0) varying.push(position);
      const entropy = gaussianEntropy(variance, quantum);
      this.#entropies[position] = entropy;
      sum += entropy;
    }
    this.#publishEntropies(active);
    if (varying.length > maximumJointChannels || !moments.layout.joint) {
      this.#invalidate('too_many_channels');
      return;
    }
    const log2Determinant = varying.length === 0 ? 0 : this.#joint.factor(moments, varying, this.#quanta);
    if (Number.isNaN(log2Determinant)) {
      this.#invalidate('singular');
      return;
    }
    this.#publishJoint(sum, sum + log2Determinant / 2);
    if (!this.#isRanked(active)) return;
    this.#rank(active, sum, this.#joint.correlationWithoutEach());
  }

  #computeHistogram(window: SampleWindow): void {
    const { active } = window;
    if (active.length > maximumJointChannels) {
      this.#invalidate('too_many_channels');
      return;
    }
    const leaveOut = active.length > 1 && active.length <= maximumRankedChannels;
    const { entropies, joint, jointWithout } = histogramEntropies(window, this.#options.bins, leaveOut);
    this.#varying.length = 0;
    let sum = 0;
    for (let position = 0; position < active.length; position++) {
      this.#entropies[position] = entropies[position]!;
      sum += entropies[position]!;
      if (!window.isFlat(position)) this.#varying.push(position);
    }
    this.#publishEntropies(active);
    this.#publishJoint(sum, joint);
    if (!this.#isRanked(active)) return;
    const correlations = this.#varying.map((position) => sum - entropies[position]! - jointWithout[position]!);
    this.#rank(active, sum, correlations);
  }

  #publishEntropies(active: readonly number[]): void {
    const { entropies } = this.signal;
    if (entropies.length > active.length) entropies.fill(Number.NaN);
    for (let position = 0; position < active.length; position++) {
      const channel = active[position]!;
      while (entropies.length < channel) entropies.push(Number.NaN);
      entropies[channel] = this.#entropies[position]!;
    }
  }

  #publishJoint(sum: number, joint: number): void {
    const { signal } = this;
    const { minSumEntropy, zones } = this.#options;
    signal.valid = true;
    signal.sumEntropy = sum;
    signal.jointEntropy = joint;
    signal.totalCorrelation = Math.max(0, sum - joint);
    const resilience = resilienceIndex(signal.totalCorrelation, sum, minSumEntropy);
    signal.resilienceValid = !Number.isNaN(resilience);
    signal.reason = signal.resilienceValid ? 'ok' : 'low_entropy';
    if (!signal.resilienceValid) return;
    signal.everResilient = true;
    signal.resilience = resilience;
    signal.zone = resilienceZone(resilience, zones);
  }

  /** Whether there is a ranking; removes the old one where channels are too few or too many. */
  #isRanked(active: readonly number[]): boolean {
    if (active.length > 1 && active.length <= maximumRankedChannels) return this.signal.resilienceValid;
    this.ranking.length = 0;
    this.signal.ranks.length = 0;
    return false;
  }

  #rank(active: readonly number[], sumEntropy: number, correlationWithout: ArrayLike<number>): void {
    const { signal, ranking } = this;
    rankCriticality(
      {
        resilience: signal.resilience,
        sumEntropy,
        minSumEntropy: this.#options.minSumEntropy,
        entropies: this.#entropies,
        varying: this.#varying,
        correlationWithout,
      },
      this.#deltas,
      this.#order,
    );
    ranking.length = 0;
    if (signal.ranks.length > active.length) signal.ranks.fill(0);
    for (let place = 0; place < this.#order.length; place++) {
      const channel = active[this.#order[place]!]!;
      ranking.push(channel);
      while (signal.ranks.length < channel) signal.ranks.push(0);
      signal.ranks[channel] = place + 1;
    }
  }

  #invalidate(reason: SignalReason): void {
    this.signal.valid = false;
    this.signal.resilienceValid = false;
    this.signal.reason = reason;
  }

  #reserve(channels: number): void {
    if (this.#entropies.length === channels) return;
    this.#entropies = new Float64Array(channels);
    this.#quanta = new Float64Array(channels);
    this.#deltas = new Float64Array(channels);
  }
}
