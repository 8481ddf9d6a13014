import { factorCholesky, inverseDiagonal } from './cholesky.ts';
import type { SlidingMoments } from './sliding-moments.ts';

const greatestEpsilon = 1e-3;

export interface JointOptions {
  readonly epsilon: number;
  readonly epsilonMode: 'relative' | 'absolute';
}

/**
 * The joint part of Gaussian entropies: log2 det(C + E), where C is the correlation matrix of some channels and E the
 * regularisation on its diagonal (ε, or ε·δ²/σ² in mode `absolute`, which is ε on covariances in quanta).
 */
export class JointEntropy {
  readonly #options: JointOptions;
  #capacity = 0;
  #matrix: Float64Array = new Float64Array(0);
  #deviations: Float64Array = new Float64Array(0);
  #scratch: Float64Array = new Float64Array(0);
  #inverse: Float64Array = new Float64Array(0);
  #size = 0;
  #log2Determinant = 0;

  constructor(options: JointOptions) {
    this.#options = options;
  }

  /**
   * Factors the matrix of the channels at `positions`; `resolutions` has δ by position. When it is singular ε grows tenfold
   * up to 1e-3. Returns log2 det, or NaN when it is singular still. O(k³).
   */
  factor(moments: SlidingMoments, positions: readonly number[], resolutions: ArrayLike<number>): number {
    this.#reserve(positions.length);
    this.#size = positions.length;
    const { epsilon } = this.#options;
    for (let added = epsilon; ; added = added === 0 ? 1e-12 : added * 10) {
      this.#fill(moments, positions, { resolutions, epsilon: added });
      this.#log2Determinant = factorCholesky(this.#matrix, this.#size);
      if (!Number.isNaN(this.#log2Determinant) || !(added * 10 <= greatestEpsilon)) return this.#log2Determinant;
    }
  }

  /**
   * TC without each of the channels of the last factor, −½·log2 det₋ₖ with det₋ₖ = det · (C⁻¹)ₖₖ; valid until the next call.
   * O(k³).
   */
  correlationWithoutEach(): Float64Array {
    inverseDiagonal(this.#matrix, this.#size, { diagonal: this.#inverse, scratch: this.#scratch });
    for (let index = 0; index < this.#size; index++) {
      this.#inverse[index] = -0.5 * (this.#log2Determinant + Math.log2(this.#inverse[index]!));
    }
    return this.#inverse;
  }

  #fill(
    moments: SlidingMoments,
    positions: readonly number[],
    { resolutions, epsilon }: { readonly resolutions: ArrayLike<number>; readonly epsilon: number },
  ): void {
    const size = positions.length;
    for (let row = 0; row < size; row++) {
      const position = positions[row]!;
      const variance = moments.covariance(position, position);
      this.#deviations[row] = Math.sqrt(variance);
      for (let column = 0; column < row; column++) {
        const covariance = moments.covariance(position, positions[column]!);
        this.#matrix[row * size + column] = covariance / (this.#deviations[row]! * this.#deviations[column]!);
      }
      const added =
        this.#options.epsilonMode === 'relative' ? epsilon : (epsilon * resolutions[position]! ** 2) / variance;
      this.#matrix[row * size + row] = 1 + added;
    }
  }

  #reserve(size: number): void {
    if (size <= this.#capacity) return;
    this.#capacity = size;
    this.#matrix = new Float64Array(size * size);
    this.#deviations = new Float64Array(size);
    this.#scratch = new Float64Array(size);
    this.#inverse = new Float64Array(size);
  }
}
