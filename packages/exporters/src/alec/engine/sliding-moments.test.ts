import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AlecEngine } from './engine.ts';
import { SlidingMoments } from './sliding-moments.ts';

/** Two passes over the rows, in the textbook way. */
function directCovariance(rows: readonly (readonly number[])[], first: number, second: number): number {
  const mean = (at: number) => rows.reduce((sum, row) => sum + row[at]!, 0) / rows.length;
  const [left, right] = [mean(first), mean(second)];
  return rows.reduce((sum, row) => sum + (row[first]! - left) * (row[second]! - right), 0) / (rows.length - 1);
}

function directCorrelation(rows: readonly (readonly number[])[]): number {
  const size = rows[0]!.length;
  const shifted = rows.map((row) => row.map((value, at) => value - rows[0]![at]!));
  const matrix = Array.from({ length: size }, (_, i) =>
    Array.from({ length: size }, (_, j) => {
      const covariance = (a: number, b: number) => directCovariance(shifted, a, b);
      return i === j ? 1 + 1e-8 : covariance(i, j) / Math.sqrt(covariance(i, i) * covariance(j, j));
    }),
  );
  // Gaussian elimination: another way than the engine's.
  let log2Determinant = 0;
  for (let pivot = 0; pivot < size; pivot++) {
    log2Determinant += Math.log2(matrix[pivot]![pivot]!);
    for (let row = pivot + 1; row < size; row++) {
      const factor = matrix[row]![pivot]! / matrix[pivot]![pivot]!;
      for (let column = pivot; column < size; column++) matrix[row]![column]! -= factor * matrix[pivot]![column]!;
    }
  }
  return Math.max(0, -log2Determinant / 2);
}

let state = 1;
function draw(): number {
  state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
  return state / 2 ** 32 - 0.5;
}

describe('moments of a sliding window', () => {
  it('are those of the rows in it, whatever comes and goes', () => {
    const channel = fc.integer({ min: -1000, max: 1000 });
    fc.assert(
      fc.property(
        fc.array(fc.oneof(fc.tuple(channel, channel, channel), fc.constant('drop')), { minLength: 5, maxLength: 300 }),
        (steps) => {
          const moments = new SlidingMoments({ channels: 3, joint: true });
          const rows: number[][] = [];
          for (const step of steps) {
            if (typeof step !== 'string') {
              moments.push(Float64Array.from(step));
              rows.push([...step]);
            } else if (rows.length > 0) {
              moments.shift();
              rows.shift();
            }
            if (rows.length < 2) continue;
            for (const [i, j] of [
              [0, 0],
              [2, 1],
              [2, 2],
            ] as const) {
              const direct = directCovariance(rows, i, j);
              expect(Math.abs(moments.covariance(i, j) - direct)).toBeLessThanOrEqual(
                1e-9 * Math.max(1, Math.abs(direct)),
              );
            }
            expect(moments.value(rows.length - 1, 1)).toBe(rows.at(-1)![1]);
          }
        },
      ),
      { numRuns: 60 },
    );
  });

  it('have variances only without the joint part', () => {
    const moments = new SlidingMoments({ channels: 2, joint: false });
    for (const value of [1, 2, 3, 4, 5]) moments.push(Float64Array.of(value, value * 2));
    expect([moments.covariance(0, 0), moments.covariance(1, 1)]).toEqual([2.5, 10]);
  });
});

it('total correlation drifts by less than 1e-9 bits in a million rows with a large offset and spikes', () => {
  const channels = 3;
  const engine = new AlecEngine({ windowMs: 59_000, computeEvery: 1 });
  for (let channel = 0; channel < channels; channel++) engine.channel(`c${channel}`);
  const kept: number[][] = [];
  let worst = 0;
  const row = new Float64Array(channels);
  for (let index = 0; index < 1_000_000; index++) {
    const common = draw();
    for (let channel = 0; channel < channels; channel++) row[channel] = 1e6 + common + draw();
    if (index % 977 === 0) row[index % channels]! += 1e7 * draw();
    engine.observeRow(index * 1000, row);
    if (index % 5000 < 4940) continue;
    kept.push([...row]);
    if (index % 5000 === 4999) {
      worst = Math.max(worst, Math.abs(engine.signal.totalCorrelation - directCorrelation(kept.slice(-60))));
      kept.length = 0;
    }
  }
  expect(engine.signal.rows).toBe(60);
  expect(worst).toBeLessThan(1e-9);
}, 60_000);
