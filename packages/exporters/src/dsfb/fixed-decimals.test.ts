import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { plainInteger, sixDecimals } from './fixed-decimals.ts';

describe('a float with six decimals', () => {
  for (const [value, text] of [
    [0.0078125, '0.007812'],
    [0.0234375, '0.023438'],
    [-0.0078125, '-0.007812'],
    [-0, '0.000000'],
    [-1e-9, '0.000000'],
    [1e21, '1000000000000000000000.000000'],
    [-1e21, '-1000000000000000000000.000000'],
    [0.1234565, '0.123456'],
    [0.0000015, '0.000002'],
    [Number('123456789.123456789'), '123456789.123457'],
    [Number.NaN, 'NaN'],
    [Number.POSITIVE_INFINITY, '+Inf'],
    [Number.NEGATIVE_INFINITY, '-Inf'],
    [1.7976931348623157e308, `${BigInt(1.7976931348623157e308)}.000000`],
  ] as const) {
    it(`writes ${Object.is(value, -0) ? '-0' : value} as ${text.slice(0, 40)}`, () =>
      expect(sixDecimals(value)).toBe(text));
  }

  it('is exact for every multiple of 1/128, the even neighbour at a tie', () => {
    for (let odd = 1; odd < 4096; odd++) {
      const exact = BigInt(odd) * 78125n; // odd / 128 in units of 1e-7
      const [below, rest] = [exact / 10n, exact % 10n];
      const rounded = rest > 5n || (rest === 5n && below % 2n === 1n) ? below + 1n : below;
      const digits = String(rounded).padStart(7, '0');
      expect(sixDecimals(odd / 128)).toBe(`${digits.slice(0, -6)}.${digits.slice(-6)}`);
    }
  });

  it('reads back within half of the last digit, and never has an exponent', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, min: -1e9, max: 1e9 }), (value) => {
        const text = sixDecimals(value);
        expect(text).toMatch(/^-?\d+\.\d{6}$/);
        expect(Math.abs(Number(text) - value)).toBeLessThanOrEqual(0.500_001e-6 + Math.abs(value) * 1e-15);
      }),
    );
  });
});

describe('an integer', () => {
  it('has no exponent, however large', () => {
    expect(plainInteger(0)).toBe('0');
    expect(plainInteger(2 ** 53)).toBe('9007199254740992');
    expect(plainInteger(1e21)).toBe('1000000000000000000000');
  });
});
