/** Count, mean and sum of squared deviations: enough to go on with. */
export interface MomentState {
  readonly count: number;
  readonly mean: number;
  readonly m2: number;
}

/** Mean and sample deviation (divisor n−1) of a growing sample (Welford 1962). */
export class RunningMoments {
  count = 0;
  mean = 0;
  #m2 = 0;

  static from({ count, mean, m2 }: MomentState): RunningMoments {
    const moments = new RunningMoments();
    moments.count = count;
    moments.mean = mean;
    moments.#m2 = m2;
    return moments;
  }

  add(value: number): void {
    this.count++;
    const delta = value - this.mean;
    this.mean += delta / this.count;
    this.#m2 += delta * (value - this.mean);
  }

  /** 0 for fewer than two values. */
  get deviation(): number {
    return this.count < 2 ? 0 : Math.sqrt(this.#m2 / (this.count - 1));
  }

  /** Exponential update: m' = αx + (1−α)m, var' = α(x−m')² + (1−α)σ². */
  smooth(value: number, alpha: number): void {
    const mean = alpha * value + (1 - alpha) * this.mean;
    const variance = alpha * (value - mean) ** 2 + (1 - alpha) * this.deviation ** 2;
    this.count = Math.max(this.count, 2);
    this.mean = mean;
    this.#m2 = variance * (this.count - 1);
  }

  toJSON(): MomentState {
    return { count: this.count, mean: this.mean, m2: this.#m2 };
  }
}
