import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ByteWriter } from './byte-writer.ts';
import { goFloat, openMetricsFloat } from './number-text.ts';

function written(value: number): string {
  const writer = new ByteWriter(8);
  writer.number(value);
  return new TextDecoder().decode(writer.written());
}

test.each([
  [0.1, '0.1', '0.1'],
  [1, '1', '1.0'],
  [2.5, '2.5', '2.5'],
  [300, '300', '300.0'],
  [123_456, '123456', '123456.0'],
  [1_000_000, '1e+06', '1e+06'],
  [1_234_567, '1.234567e+06', '1.234567e+06'],
  [0.0001, '0.0001', '0.0001'],
  [0.00001, '1e-05', '1e-05'],
  [0, '0', '0.0'],
  [-1, '-1', '-1.0'],
  [Infinity, '+Inf', '+Inf'],
])(
  'the bound %d is le="%s" in text and le="%s" in OpenMetrics, as client_golang writes it',
  (value, text, openMetrics) => {
    expect(goFloat(value)).toBe(text);
    expect(openMetricsFloat(value)).toBe(openMetrics);
  },
);

test.each([
  [0, '0'],
  [-0, '0'],
  [17, '17'],
  [-3, '-3'],
  [4_294_967_295, '4294967295'],
  [4_294_967_296, '4294967296'],
  [0.03, '0.03'],
  [1520879607.789, '1520879607.789'],
  [-0.5, '-0.5'],
  [1e-7, '1e-7'],
  [1e21, '1e+21'],
  [Number.NaN, 'NaN'],
  [Infinity, '+Inf'],
  [-Infinity, '-Inf'],
])('the value %d is written as %s', (value, expected) => {
  expect(written(value)).toBe(expected);
});

test('every value reads back as the same double', () => {
  const decimal = fc.integer({ min: -1e9, max: 1e9 }).map((millionths) => millionths / 1e6);
  fc.assert(
    fc.property(fc.oneof(fc.double({ noNaN: true, noDefaultInfinity: true }), decimal), (value) => {
      expect(Number(written(value))).toBe(value + 0);
    }),
  );
});
