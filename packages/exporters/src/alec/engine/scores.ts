import { type Baseline, type Field, type FieldValues, fields } from './baseline.ts';

const leastDeviation = 1e-6;
const greatestScore = 100;

/**
 * Distances from the baseline: `z` = (x − mean)/max(σ, 1e-6), held to ±100, and `delta` = x − mean, smoothed by
 * s' = α·delta + (1−α)·s from its first value on. Both are 0 before the lock; a field without a new value keeps its own.
 */
export class Scores {
  readonly z: Record<Field, number> = { tc: 0, h_joint: 0, h_bytes: 0, r: 0 };
  readonly delta: Record<Field, number> = { tc: 0, h_joint: 0, h_bytes: 0, r: 0 };
  readonly #alpha: number;
  readonly #seen: Record<Field, boolean> = { tc: false, h_joint: false, h_bytes: false, r: false };

  constructor(alpha: number = 0.2) {
    this.#alpha = alpha;
  }

  update(baseline: Baseline, values: FieldValues): void {
    for (const field of fields) {
      const value = values[field];
      const { count, mean, deviation } = baseline.of(field);
      if (Number.isNaN(value) || count === 0) continue;
      const delta = value - mean;
      this.z[field] = Math.max(-greatestScore, Math.min(greatestScore, delta / Math.max(deviation, leastDeviation)));
      this.delta[field] = this.#seen[field] ? this.#alpha * delta + (1 - this.#alpha) * this.delta[field] : delta;
      this.#seen[field] = true;
    }
  }

  reset(): void {
    for (const field of fields) {
      this.z[field] = 0;
      this.delta[field] = 0;
      this.#seen[field] = false;
    }
  }
}
