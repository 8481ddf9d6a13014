import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { calculate } from './calculator.ts';

describe('calculate', () => {
  it.each([
    ['1 + 2 * 3', 7],
    ['(1 + 2) * 3', 9],
    ['2 ^ 3 ^ 2', 512],
    ['-2 ^ 2', -4],
    ['2 ^ -1', 0.5],
    ['7 % 4 - 10 / 4', 0.5],
    ['1.5e3 + .5', 1500.5],
    ['sum(1, 2, 3) + average(4, 6)', 11],
    ['max(1, min(5, 3))', 3],
    ['round(2.3456, 2) + round(1.6)', 4.35],
    ['sqrt(16) + abs(-3)', 7],
    ['(10 * 60 + 27) - (09 * 60 + 42)', 45],
  ])('%s', (expression, value) => {
    expect(calculate(expression)).toBeCloseTo(value, 10);
  });

  it('agrees with JavaScript on sums of products', () => {
    const term = fc.tuple(fc.integer({ min: 0, max: 999 }), fc.integer({ min: 1, max: 99 }));
    fc.assert(
      fc.property(fc.array(term, { minLength: 1, maxLength: 20 }), (terms) => {
        const text = terms.map(([a, b]) => `${a} * ${b}`).join(' - ');
        const [first = 0, ...others] = terms.map(([a, b]) => a * b);
        expect(calculate(text)).toBe(others.reduce((left, right) => left - right, first));
      }),
    );
  });

  it.each([
    ['1 +', 'unexpected end at 4'],
    ['(1 + 2', 'unexpected end at 7, expected ")"'],
    ['2 ** 3', 'unexpected "*" at 4'],
    ['1; 2', 'unexpected ";" at 2'],
    ['process.exit(1)', 'unknown function "process"'],
    ['constructor(1)', 'unknown function "constructor"'],
    ['1 / 0', 'not a finite number'],
    ['('.repeat(5000), 'nested too deeply'],
    ['1'.repeat(10_001), 'longer than 10,000 characters'],
  ])('refuses %.20s', (expression, message) => {
    expect(() => calculate(expression)).toThrow(message);
  });
});
