import { resilienceIndex } from './entropy.ts';

export interface CriticalityInput {
  /** R with all channels. */
  readonly resilience: number;
  readonly sumEntropy: number;
  readonly minSumEntropy: number;
  /** H by position in the window. */
  readonly entropies: ArrayLike<number>;
  /** Positions of the channels that are not flat, ascending. */
  readonly varying: readonly number[];
  /** TC without each channel of `varying`, by index there. */
  readonly correlationWithout: ArrayLike<number>;
}

/** Differences below this are rounding, and ties. */
const tie = 1e-12;

/**
 * Ranks channels by what resilience loses without them, ΔR = R − R₋ₖ with R₋ₖ by exact leave-one-out: the first of the result
 * (positions) is the most critical. Ties keep the order of columns; channels without which ΣH is too small come after,
 * flat ones (ΔR 0) last. `deltas` receives ΔR by position.
 */
export function rankCriticality(input: CriticalityInput, deltas: Float64Array, order: number[]): void {
  const { varying, entropies, sumEntropy, minSumEntropy } = input;
  order.length = 0;
  deltas.fill(0);
  for (let index = 0; index < varying.length; index++) {
    const position = varying[index]!;
    const rest = sumEntropy - entropies[position]!;
    const without = resilienceIndex(Math.max(0, input.correlationWithout[index]!), rest, minSumEntropy);
    deltas[position] = Number.isNaN(without) ? Number.NEGATIVE_INFINITY : input.resilience - without;
    let place = order.length;
    while (place > 0 && deltas[order[place - 1]!]! < deltas[position]! - tie) place--;
    insert(order, place, position);
  }
  for (let position = 0; position < deltas.length; position++) {
    if (!varying.includes(position)) order.push(position);
  }
}

function insert(order: number[], place: number, position: number): void {
  order.push(position);
  for (let index = order.length - 1; index > place; index--) order[index] = order[index - 1]!;
  order[place] = position;
}
