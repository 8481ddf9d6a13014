import { describe, expect, it } from 'vitest';
import { AlecEngine } from './engine.ts';
import { SampleWindow } from './sample-window.ts';

const none = Number.NaN;
const options = { windowMs: 60_000, windowSamples: 4096, minSamples: 32 };

function windowOf(rows: readonly (readonly [number, ...number[]])[], given = options): SampleWindow {
  const window = new SampleWindow(given);
  for (const [time, ...values] of rows) window.push(time, Float64Array.from(values));
  return window;
}

describe('the window', () => {
  it('keeps the rows of the last minute, and at least 32', () => {
    const rows = (interval: number) =>
      Array.from({ length: 100 }, (_, index): [number, number] => [index * interval, index]);
    expect(windowOf(rows(1000)).rows).toBe(61);
    expect(windowOf(rows(1000)).spanMs).toBe(60_000);
    expect(windowOf(rows(5000)).rows).toBe(32);
    expect(windowOf(rows(60_000)).rows).toBe(32);
    expect(windowOf(rows(60_000)).moments.value(0, 0)).toBe(68);
    expect(windowOf(rows(1), { ...options, windowSamples: 40 }).rows).toBe(40);
  });

  it('holds a value that a row leaves out', () => {
    const window = windowOf([
      [0, 1, 10],
      [1000, 2, none],
      [2000, none, 20],
    ]);
    expect([0, 1, 2].map((row) => [window.moments.value(row, 0), window.moments.value(row, 1)])).toEqual([
      [1, 10],
      [2, 10],
      [2, 20],
    ]);
  });

  it('does not admit a row without any value', () => {
    const window = new SampleWindow(options);
    expect(window.push(0, Float64Array.of(none, none))).toBe(false);
    expect(window.push(1, Float64Array.of(1, none))).toBe(true);
    expect(window.active).toEqual([0]);
  });

  it('begins anew when a channel speaks for the first time', () => {
    const window = windowOf([
      [0, 1, none],
      [1000, 2, none],
      [2000, 3, 7],
    ]);
    expect([window.active, window.rows]).toEqual([[0, 1], 1]);
  });

  it('drops a channel that was silent for longer than the window, and takes it back with rows of its own', () => {
    const rows = Array.from({ length: 62 }, (_, index): [number, number, number] => [
      index * 1000,
      index,
      index === 0 ? 5 : none,
    ]);
    expect(windowOf(rows.slice(0, 61)).active).toEqual([0, 1]);
    const window = windowOf(rows);
    expect([window.active, window.rows]).toEqual([[0], 1]);
    window.push(62_000, Float64Array.of(62, 6));
    expect([window.active, window.rows]).toEqual([[0, 1], 1]);
  });

  it('holds for three intervals where rows are rare', () => {
    const rows = Array.from({ length: 10 }, (_, index): [number, number, number] => [
      index * 60_000,
      index,
      index < 6 ? index : none,
    ]);
    expect(windowOf(rows.slice(0, 9)).active).toEqual([0, 1]);
    expect(windowOf(rows).active).toEqual([0]);
  });

  it('calls a channel flat when all its values are equal, whatever their size', () => {
    const rows = Array.from({ length: 40 }, (_, index): [number, number, number] => [index, 21.3, 1e9 + index * 1e-6]);
    const window = windowOf(rows, { ...options, windowMs: 10 });
    expect([window.isFlat(0), window.isFlat(1)]).toEqual([true, false]);
  });
});

describe('the engine', () => {
  it.each([1000, 5000, 7000, 60_000])('has a signal at an interval of %d ms from row 32 on', (interval) => {
    const engine = new AlecEngine();
    for (let index = 0; index < 100; index++) {
      const jitter = (index * 7919) % Math.floor(interval / 3);
      engine.observe({ timestampMs: 1.7e12 + index * interval + jitter, values: { a: index % 5, b: index % 7 } });
      expect(engine.signal.valid).toBe(index >= 31);
    }
    expect(engine.signal.resilienceValid).toBe(true);
  });

  it('holds the last valid values while there is no signal', () => {
    const engine = new AlecEngine();
    for (let index = 0; index < 40; index++) {
      engine.observe({ timestampMs: index, values: { a: index % 5, b: (index % 5) * 2 + (index % 3) } });
    }
    const { totalCorrelation, resilience } = engine.signal;
    engine.observe({ timestampMs: 40, values: { a: 1, b: 2, c: 3 } });
    expect(engine.signal).toMatchObject({
      valid: false,
      reason: 'too_few_rows',
      totalCorrelation,
      resilience,
      channels: 3,
    });
    expect(totalCorrelation).toBeGreaterThan(0);
  });

  it('refuses what goes back in time and takes equal times', () => {
    const engine = new AlecEngine();
    expect(engine.observe({ timestampMs: 5, values: { a: 1 } })).toBe(true);
    expect(engine.observe({ timestampMs: 5, values: { a: 1 } })).toBe(true);
    expect(engine.observe({ timestampMs: 4, values: { a: 1 } })).toBe(false);
    expect(engine.observe({ timestampMs: Number.NaN, values: { a: 1 } })).toBe(false);
    expect(engine.samples).toBe(2);
  });

  it('survives what a program without types hands over', () => {
    const engine = new AlecEngine();
    const hostile: unknown[] = [
      undefined,
      null,
      5,
      {},
      { timestampMs: 1, values: null },
      { timestampMs: '1', values: { a: 1 } },
      { timestampMs: 1n, values: { a: 1 } },
    ];
    expect(hostile.map((sample) => engine.observe(sample as never))).toEqual(hostile.map(() => false));
    const values = { a: '5', b: 5n, c: Symbol('x'), d: {}, e: true, f: 7 };
    expect(engine.observe({ timestampMs: 1, values: values as never, payload: 'x' as never })).toBe(true);
    expect(engine.signal.channels).toBe(1);
  });

  it('takes at most 1000 channels', () => {
    const engine = new AlecEngine();
    const values = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, at) => [`c${at}`, at]));
    expect(engine.observe({ timestampMs: 0, values: values(1001) })).toBe(false);
    expect(engine.channels).toHaveLength(0);
    expect(engine.observe({ timestampMs: 0, values: values(1000) })).toBe(true);
    expect(engine.observe({ timestampMs: 0, values: { more: 1 } })).toBe(false);
  });

  it('says H only for more than 32 channels', () => {
    const engine = new AlecEngine();
    for (const count of [33, 70]) {
      engine.restart();
      for (let index = 0; index < 40; index++) {
        const values = Object.fromEntries(
          Array.from({ length: count }, (_, at) => [`c${at}`, Math.sin(index * (at + 1))]),
        );
        engine.observe({ timestampMs: index, values });
      }
      expect(engine.signal).toMatchObject({ valid: false, reason: 'too_many_channels', channels: count });
      expect(engine.signal.entropies.filter((each) => Number.isFinite(each))).toHaveLength(count);
    }
  });

  it('keeps what is not finite or could overflow away from the sums', () => {
    const engine = new AlecEngine();
    for (let index = 0; index < 40; index++) {
      const b = [Number.POSITIVE_INFINITY, 1e200, Number.NaN, -1e308][index % 4]!;
      engine.observe({ timestampMs: index, values: { a: index % 5, b, c: (index * index) % 7 } });
    }
    expect(engine.signal).toMatchObject({ valid: true, channels: 2 });
    expect(engine.rejectedReadings).toBe(30);
  });

  it('has low entropy, not health, when nothing moves', () => {
    const engine = new AlecEngine();
    for (let index = 0; index < 40; index++) engine.observe({ timestampMs: index, values: { a: 1, b: 2 } });
    expect(engine.signal).toMatchObject({ valid: true, resilienceValid: false, reason: 'low_entropy', sumEntropy: 0 });
  });
});

describe('the histogram estimator', () => {
  const engineOf = (rows: readonly (readonly number[])[]) => {
    const engine = new AlecEngine({ estimator: 'histogram', bins: 4, windowMs: 1e6 });
    for (const [index, [a, b]] of rows.entries()) engine.observe({ timestampMs: index, values: { a: a!, b: b! } });
    return engine;
  };

  it('counts cells: independent channels share nothing, equal ones everything', () => {
    const grid = Array.from({ length: 64 }, (_, index) => [index % 4, Math.floor(index / 4) % 4]);
    expect(engineOf(grid).signal).toMatchObject({ sumEntropy: 4, jointEntropy: 4, totalCorrelation: 0 });
    const equal = engineOf(grid.map(([a]) => [a!, 3 * a!]));
    expect(equal.signal).toMatchObject({ sumEntropy: 4, jointEntropy: 2, totalCorrelation: 2, resilience: 0.5 });
    expect(equal.signal.ranks).toEqual([1, 2]);
  });

  it('gives a constant channel nothing, and the greatest value the last bin', () => {
    const { signal } = engineOf(Array.from({ length: 40 }, (_, index) => [5, index % 5]));
    expect(signal.entropies[0]).toBe(0);
    expect(signal.entropies[1]).toBeCloseTo(1.9219280948873623, 9);
  });

  it('keeps TC between 0 and ΣH − max H', () => {
    const rows = Array.from({ length: 200 }, (_, index) => [
      Math.sin(index) * 3,
      Math.sin(index) + Math.cos(index * 5),
    ]);
    const { signal } = engineOf(rows);
    expect(signal.totalCorrelation).toBeGreaterThan(0);
    expect(signal.totalCorrelation).toBeLessThanOrEqual(signal.sumEntropy - Math.max(...signal.entropies) + 1e-12);
  });
});
