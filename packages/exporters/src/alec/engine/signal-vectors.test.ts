import { describe, expect, it } from 'vitest';
import { AlecEngine } from './engine.ts';
import { gaussianEntropy, resilienceIndex, resilienceZone } from './entropy.ts';
import type { AlecEngineOptions } from './options.ts';

const small = { minSamples: 2, epsilon: 0 } satisfies AlecEngineOptions;

function engineWith(rows: readonly (readonly number[])[], options: AlecEngineOptions = {}): AlecEngine {
  const engine = new AlecEngine({ windowMs: 1e9, ...options });
  const ids = rows[0]!.map((_, index) => 'abcdefgh'[index]!);
  for (const [index, row] of rows.entries()) {
    engine.observe({ timestampMs: index * 1000, values: Object.fromEntries(ids.map((id, at) => [id, row[at]!])) });
  }
  return engine;
}

/** Rows whose sample covariance is exactly `matrix`: every combination of signs through its Cholesky factor. */
function rowsWith(factor: readonly (readonly number[])[]): number[][] {
  const size = factor.length;
  const count = 2 ** size;
  const scale = Math.sqrt((count - 1) / count);
  return Array.from({ length: count }, (_, bits) => {
    const signs = factor.map((_, axis) => ((bits >> axis) & 1 ? 1 : -1) * scale);
    return factor.map((weights) => weights.reduce((sum, weight, axis) => sum + weight * signs[axis]!, 0));
  });
}

const s7 = Array.from({ length: 32 }, (_, i) => [i, i % 2 === 1 ? 2 * i + 1 : 2 * i - 1, (7 * i) % 11]);

describe('entropies of normal channels', () => {
  it('follow ½·log2(2πe·σ²)', () => {
    expect(gaussianEntropy(1)).toBeCloseTo(2.047095585180641, 12);
    expect(gaussianEntropy(2.5)).toBeCloseTo(2.7080596326243223, 12);
    expect(gaussianEntropy(1 / (2 * Math.PI * Math.E))).toBeCloseTo(0, 12);
    expect(gaussianEntropy(0)).toBe(0);
  });

  it('of two channels have their total correlation', () => {
    const { signal } = engineWith(
      [
        [1, 2],
        [2, 4],
        [3, 5],
        [4, 4],
        [5, 5],
      ],
      small,
    );
    expect(signal.entropies[0]).toBeCloseTo(2.7080596326243223, 9);
    expect(signal.entropies[1]).toBeCloseTo(2.3395768355412194, 9);
    expect(signal.sumEntropy).toBeCloseTo(5.047636468165542, 9);
    expect(signal.jointEntropy).toBeCloseTo(4.386672420721861, 9);
    expect(signal.totalCorrelation).toBeCloseTo(0.6609640474436809, 9);
    expect(signal.totalCorrelation / signal.sumEntropy).toBeCloseTo(0.1309452555888785, 9);
  });

  it.each([
    [0, 0],
    [0.5, 0.2075187496394219],
    [0.9, 1.1979643381655698],
    [0.99, 2.825543879502899],
  ])('a correlation of %d is %d bits', (correlation, bits) => {
    const rows = rowsWith([
      [1, 0],
      [correlation, Math.sqrt(1 - correlation ** 2)],
    ]);
    expect(engineWith(rows, small).signal.totalCorrelation).toBeCloseTo(bits, 9);
  });

  it('perfect correlation is limited by epsilon', () => {
    const rows = rowsWith([
      [1, 0],
      [1, 0],
    ]);
    for (const epsilonMode of ['relative', 'absolute'] as const) {
      const { signal } = engineWith(rows, { minSamples: 2, epsilonMode });
      expect(Math.abs(signal.totalCorrelation - 12.787712375942712)).toBeLessThan(1e-3);
    }
  });

  it('do not lose correlation with the unit', () => {
    const rows = rowsWith([
      [1e-4, 0],
      [0.9e-4, 1e-4 * Math.sqrt(1 - 0.81)],
    ]);
    expect(engineWith(rows, { minSamples: 2 }).signal.totalCorrelation).toBeCloseTo(1.19796, 4);
    expect(engineWith(rows, { minSamples: 2, epsilonMode: 'absolute' }).signal.totalCorrelation).toBeLessThan(0.9);
  });
});

describe('the three-channel vector', () => {
  it.each([
    ['no epsilon', { epsilon: 0 }, 11.0824001774, 4.228441821, 0.2761730427],
    ['absolute epsilon', { epsilonMode: 'absolute' }, 11.0824002139, 4.2284417845, 0.2761730403],
    ['relative epsilon', {}, 11.082405238314845, 4.228436760071563, 0.27617271215503325],
  ] as const)('with %s', (_, options, joint, correlation, resilience) => {
    const { signal } = engineWith(s7, options);
    expect(signal.entropies[0]).toBeCloseTo(5.2768113944992905, 9);
    expect(signal.entropies[1]).toBeCloseTo(6.283129807338253, 9);
    expect(signal.entropies[2]).toBeCloseTo(3.7509007965488648, 9);
    expect(signal.sumEntropy).toBeCloseTo(15.310841998386408, 9);
    expect(signal.jointEntropy).toBeCloseTo(joint, 9);
    expect(signal.totalCorrelation).toBeCloseTo(correlation, 9);
    expect(signal.resilience).toBeCloseTo(resilience, 9);
    expect(signal.zone).toBe(1);
    expect(signal.ranks).toEqual([2, 1, 3]);
  });

  it('is not changed by a constant channel, which ranks last', () => {
    const { signal } = engineWith(s7.map((row) => [21.3, ...row]));
    expect(signal.totalCorrelation).toBeCloseTo(4.228436760071563, 9);
    expect(signal.entropies[0]).toBe(0);
    expect(signal.ranks).toEqual([4, 2, 1, 3]);
    expect(signal.channels).toBe(4);
  });

  it('has no signal before 32 rows', () => {
    const { signal, payloadEntropy } = engineWith(s7.slice(0, 31));
    expect(signal).toMatchObject({ valid: false, reason: 'too_few_rows', rows: 31, totalCorrelation: 0, zone: 0 });
    expect(payloadEntropy).toBeGreaterThan(0);
  });

  it('has one on row 32, by default on every row', () => {
    const every = new AlecEngine();
    const tenth = new AlecEngine({ computeEvery: 10 });
    const counts = [every, tenth].map((engine) => {
      let computed = 0;
      for (const [index, [a, b, c]] of s7.entries()) {
        const before = engine.signal.rows;
        engine.observe({ timestampMs: index, values: { a: a!, b: b!, c: c! } });
        if (engine.signal.rows !== before) computed++;
      }
      return computed;
    });
    expect(counts).toEqual([32, 4]);
    expect(every.signal.valid).toBe(true);
  });
});

describe('resolution', () => {
  const pair = (deviation: number) =>
    rowsWith([
      [deviation, 0],
      [0.9 * deviation, deviation * Math.sqrt(0.19)],
    ]);

  it('decides with the unit about R, as documented', () => {
    expect(engineWith(pair(1), small).signal.resilience).toBeCloseTo(0.29, 2);
    expect(engineWith(pair(100), small).signal.resilience).toBeCloseTo(0.07, 2);
    expect(engineWith(pair(0.1), small).signal).toMatchObject({ resilienceValid: false, reason: 'low_entropy' });
  });

  it('scales with the unit when it is given, and never changes the total correlation', () => {
    const { signal } = engineWith(pair(100), { ...small, resolution: { a: 100, '*': 100 } });
    expect(signal.resilience).toBeCloseTo(0.2926, 4);
    expect(signal.totalCorrelation).toBeCloseTo(1.1979643381655698, 9);
  });

  it('auto gives each channel about 7 bits and is settled by the first full window', () => {
    const engine = new AlecEngine({ resolution: 'auto', windowMs: 31_000 });
    const put = (index: number, scale: number) =>
      engine.observe({ timestampMs: index * 1000, values: { a: scale * (index % 2), b: scale * (index % 3) } });
    for (let index = 0; index < 40; index++) put(index, 1e-6);
    expect(engine.signal.entropies[0]).toBeCloseTo(5 + gaussianEntropy(1), 1);
    for (let index = 40; index < 90; index++) put(index, 4e-6);
    expect(engine.signal.entropies[0]).toBeCloseTo(7 + gaussianEntropy(1), 1);
  });
});

describe('resilience', () => {
  it.each([
    [2, 6, 1 / 3, 1],
    [6, 10, 0.6, 0],
    [3, 10, 0.3, 1],
    [1, 10, 0.1, 2],
    [1.5, 1, 1, 0],
  ])('of %d of %d bits is %d in zone %d', (correlation, sum, resilience, zone) => {
    expect(resilienceIndex(correlation, sum)).toBeCloseTo(resilience, 12);
    expect(resilienceZone(resilienceIndex(correlation, sum))).toBe(zone);
  });

  it('is not defined for little entropy', () => {
    expect(resilienceIndex(0.01, 0.05)).toBeNaN();
  });

  it('counts a bound to the healthier side', () => {
    expect([resilienceZone(0.5), resilienceZone(0.2), resilienceZone(0.19)]).toEqual([0, 1, 2]);
  });
});

describe('criticality', () => {
  it('is resilience lost without a channel', () => {
    const factor = [
      [1, 0, 0],
      [0.8, 0.6, 0],
      [0.1, 0.02 / 0.6, Math.sqrt(1 - 0.01 - (0.02 / 0.6) ** 2)],
    ];
    const { signal } = engineWith(rowsWith(factor), small);
    expect(signal.resilience).toBeCloseTo(0.12131422232898195, 9);
    expect(signal.ranks).toEqual([1, 2, 3]);
  });

  it('has no ranks for one channel or more than 16', () => {
    const wide = Array.from({ length: 40 }, (_, row) => Array.from({ length: 8 }, (_, at) => Math.sin(row * (at + 2))));
    expect(engineWith(wide).signal.ranks).toHaveLength(8);
    expect(engineWith(wide.map(([first]) => [first!])).signal.ranks).toEqual([]);
  });
});
