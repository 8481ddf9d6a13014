import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Buckets, checkBounds } from './buckets.ts';

function linear(bounds: readonly number[], value: number): number {
  const bucket = bounds.findIndex((bound) => value <= bound);
  return bucket < 0 ? bounds.length : bucket;
}

test('finds what a linear search finds, for any bounds and any value', () => {
  const finite = fc.double({ noNaN: true, noDefaultInfinity: true });
  const nearby = fc.double({ min: -20, max: 20, noNaN: true });
  fc.assert(
    fc.property(
      fc.uniqueArray(fc.oneof(finite, nearby), { maxLength: 20 }),
      fc.array(fc.oneof(finite, nearby)),
      (some, values) => {
        const bounds = [...new Set(some.map((bound) => bound + 0))].sort((left, right) => left - right);
        const buckets = new Buckets(bounds);
        for (const value of [...values, ...bounds]) {
          expect(buckets.find(value)).toBe(linear(bounds, value));
        }
      },
    ),
    { numRuns: 300 },
  );
});

test('a value on a bound belongs to the bucket of that bound', () => {
  expect(new Buckets([0.005, 0.01, 0.1]).find(0.01)).toBe(1);
});

test('no bounds leave one bucket', () => {
  expect(new Buckets([]).find(5)).toBe(0);
});

test.each([[[1, 1]], [[2, 1]], [[Number.NaN]], [[1, Infinity]]])('%j are no bounds', (bounds) => {
  expect(() => checkBounds(bounds, 'latency')).toThrow(/latency: buckets must be finite and ascending/);
});
