import { describe, expect, it } from 'vitest';
import { AlecEngine } from './engine.ts';
import { byteEntropy, FrameEncoder, type PayloadEncoding } from './payload.ts';

describe('byte entropy', () => {
  it.each([
    ['of an empty frame', [], 0],
    ['of equal bytes', Array(100).fill(7), 0],
    ['of two values', [...Array(100).fill(0), ...Array(100).fill(1)], 1],
    ['of all values', Array.from({ length: 256 }, (_, value) => value), 8],
    ['of three values', [0, 1, 2, 0, 1, 0], 1.4591479170272448],
    ['of five values', [1, 2, 3, 4, 5], 2.321928094887362],
  ])('%s', (_, bytes, expected) => {
    const entropy = byteEntropy(Uint8Array.from(bytes));
    expect(entropy).toBeCloseTo(expected, 12);
    expect(Object.is(entropy, -0)).toBe(false);
  });

  it('of long frames is the same', () => {
    expect(byteEntropy(new Uint8Array(4096).map((_, index) => index % 4))).toBeCloseTo(2, 12);
  });
});

describe('frames', () => {
  const rows = [
    [25, 60, 1.5],
    [25.5, 61, 1.4],
    [26, 62, 1.6],
  ];
  it.each([
    ['centi32', [1.9473387961875537, 1.9473387961875537, 1.9473387961875537]],
    ['f64be', [1.3741854163060885, 2.387918502671133, 2.2254128972590443]],
    ['saturating8', [0.9182958340544896, 0.9182958340544896, 0.9182958340544896]],
  ] as const)('in %s have their entropy', (encoding: PayloadEncoding, expected) => {
    const encoder = new FrameEncoder(encoding);
    for (const [index, row] of rows.entries()) {
      expect(byteEntropy(encoder.encode(Float64Array.from(row)))).toBeCloseTo(expected[index]!, 12);
    }
  });

  it('hold hundredths, rounded half up and saturating, of the values that are present', () => {
    const encoder = new FrameEncoder('centi32');
    const bytes = (...values: number[]) => Buffer.from(encoder.encode(Float64Array.from(values))).toString('hex');
    expect(bytes(25, 60, 1.5)).toBe('000009c40000177000000096');
    expect(bytes(-0.125, Number.NaN, 1e12, -1e12)).toBe('fffffff47fffffff80000000');
    const byte = new FrameEncoder('saturating8');
    expect([...byte.encode(Float64Array.of(1.15, 2.55, 9, -3))]).toEqual([114, 254, 255, 0]);
  });

  it('are those that were really sent where they are given, and 0 for a row without values', () => {
    const engine = new AlecEngine();
    engine.observe({ timestampMs: 0, values: { a: 1 }, payload: Uint8Array.of(1, 2, 3, 4) });
    expect(engine.payloadEntropy).toBe(2);
    engine.observe({ timestampMs: 1, values: { a: null } });
    expect(engine.payloadEntropy).toBe(0);
    expect(engine.samples).toBe(2);
    expect(engine.signal.rows).toBe(1);
  });
});
