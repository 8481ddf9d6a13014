import { expect, it } from 'vitest';
import { factorCholesky } from './cholesky.ts';
import { rankCriticality } from './criticality.ts';
import { gaussianEntropy } from './entropy.ts';
import { JointEntropy } from './joint-entropy.ts';
import { SlidingMoments } from './sliding-moments.ts';

function ranking(rows: readonly (readonly number[])[], epsilonMode: 'relative' | 'absolute', epsilon: number) {
  const channels = rows[0]!.length;
  const moments = new SlidingMoments({ channels, joint: true });
  for (const row of rows) moments.push(Float64Array.from(row));
  const positions = rows[0]!.map((_, position) => position);
  const joint = new JointEntropy({ epsilon, epsilonMode });
  const log2Determinant = joint.factor(
    moments,
    positions,
    positions.map(() => 1),
  );
  const entropies = positions.map((position) => gaussianEntropy(moments.covariance(position, position)));
  const sumEntropy = entropies.reduce((sum, each) => sum + each, 0);
  const deltas = new Float64Array(channels);
  const order: number[] = [];
  rankCriticality(
    {
      resilience: -log2Determinant / 2 / sumEntropy,
      sumEntropy,
      minSumEntropy: 0.1,
      entropies,
      varying: positions,
      correlationWithout: joint.correlationWithoutEach(),
    },
    deltas,
    order,
  );
  return { deltas, order };
}

const s7 = Array.from({ length: 32 }, (_, i) => [i, i % 2 === 1 ? 2 * i + 1 : 2 * i - 1, (7 * i) % 11]);

it.each([
  ['relative', 0, [0.2759235859, 0.2759545828, -0.088469891]],
  ['absolute', 1e-8, [0.2759235836, 0.2759545805, -0.0884698904]],
] as const)('leaves out one channel at a time exactly (%s epsilon %d)', (mode, epsilon, expected) => {
  const { deltas, order } = ranking(s7, mode, epsilon);
  for (const [position, delta] of expected.entries()) expect(deltas[position]).toBeCloseTo(delta, 9);
  expect(order).toEqual([1, 0, 2]);
});

it('keeps the order of columns for equal channels', () => {
  const rows = Array.from({ length: 40 }, (_, i) => {
    const noise = Math.sin(i * 3.7);
    return [Math.cos(i), Math.cos(i) + noise, Math.cos(i) - noise];
  });
  const { deltas, order } = ranking([...rows, ...rows.map(([a, b, c]) => [a!, c!, b!])], 'relative', 1e-8);
  expect(deltas[1]).toBeCloseTo(deltas[2]!, 9);
  expect(order.indexOf(1)).toBeLessThan(order.indexOf(2));
});

it('a matrix that is not positive definite has no factor', () => {
  expect(factorCholesky(Float64Array.of(1, 0, 2, 1), 2)).toBeNaN();
  expect(factorCholesky(Float64Array.of(4, 0, 2, 2), 2)).toBeCloseTo(2, 12);
});
