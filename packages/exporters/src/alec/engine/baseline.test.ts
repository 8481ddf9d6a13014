import { describe, expect, it } from 'vitest';
import { Baseline, type FieldValues } from './baseline.ts';
import { RunningMoments } from './running-moments.ts';
import { Scores } from './scores.ts';

const none = Number.NaN;
const values = (tc: number, h_joint: number, h_bytes: number, r: number): FieldValues => ({ tc, h_joint, h_bytes, r });
const immediate = { buildMs: 0, minSnapshots: 0, windows: 0 };

function baselineOf(column: readonly number[], mode: 'frozen' | 'ema' | 'rolling' = 'frozen', alpha = 0.2): Baseline {
  const baseline = new Baseline({ buildMs: 0, minSnapshots: column.length, windows: 0, mode, alpha });
  for (const each of column) baseline.build(0, values(each, each, each, each), 0);
  return baseline;
}

describe('moments', () => {
  it.each([
    [[10, 20, 30], 20, 10],
    [[3, 3.1], 3.05, 0.07071067811865482],
    [[4.8, 5.2, 5, 4.9, 5.1], 5, 0.15811388300841897],
    [[7], 7, 0],
  ])('of %j', (sample, mean, deviation) => {
    const moments = new RunningMoments();
    for (const each of sample) moments.add(each);
    expect(moments.mean).toBeCloseTo(mean, 12);
    expect(moments.deviation).toBeCloseTo(deviation, 12);
  });

  it('do not cancel with a large offset', () => {
    const moments = new RunningMoments();
    for (let index = 0; index < 1000; index++) moments.add(1e9 + (index % 2));
    expect(moments.deviation).toBeCloseTo(Math.sqrt(250 / 999), 6);
  });
});

describe('the baseline', () => {
  it('locks when the time has passed and enough snapshots were valid', () => {
    const baseline = new Baseline({ buildMs: 1000, minSnapshots: 3, windows: 0 });
    const locked = [0, 400, 800, 1500].map((time) => baseline.build(time, values(1, 2, 3, 0.5), 0));
    expect(locked).toEqual([false, false, false, true]);
    expect(baseline.progress).toBe(1);
  });

  it('says how far it is by the slowest condition', () => {
    const baseline = new Baseline({ buildMs: 10_000, minSnapshots: 10, windows: 0 });
    baseline.build(0, values(1, 2, 3, 0.5), 0);
    baseline.build(5000, values(1, 2, 3, 0.5), 0);
    expect(baseline.progress).toBeCloseTo(0.2, 12);
  });

  it('waits for ten windows that do not overlap', () => {
    const baseline = new Baseline({ buildMs: 1000, minSnapshots: 1 });
    const lockedAt = Array.from({ length: 1000 }, (_, second) => second).find((second) =>
      baseline.build(second * 1000, values(1, 2, 3, 0.5), Math.min(second, 60) * 1000),
    );
    expect(lockedAt).toBe(600);
  });

  it('counts payload entropy on every row, the others where they have a value', () => {
    const baseline = new Baseline({ buildMs: 1e9 });
    baseline.build(0, values(none, none, 3, none), 0);
    baseline.build(1, values(1, 2, 3, none), 0);
    expect(baseline.validSnapshots).toBe(1);
    expect([baseline.of('h_bytes').count, baseline.of('tc').count, baseline.of('r').count]).toEqual([2, 1, 0]);
  });

  it('stays as it is once locked, unless told to follow', () => {
    const frozen = baselineOf([10, 20, 30]);
    frozen.follow(values(99, 99, 99, 99));
    expect(frozen.of('tc').mean).toBe(20);
  });

  it('follows as an exponential average', () => {
    const baseline = baselineOf([10, 20, 30], 'ema');
    baseline.follow(values(30, none, none, none));
    expect(baseline.of('tc').mean).toBeCloseTo(22, 12);
    expect(baseline.of('tc').deviation).toBeCloseTo(9.633275663033837, 12);
    expect(baseline.of('r').mean).toBe(20);
  });

  it('follows the last hundred snapshots', () => {
    const baseline = baselineOf([10, 20, 30], 'rolling');
    for (let index = 0; index < 100; index++) baseline.follow(values(index % 2, none, none, none));
    expect(baseline.of('tc').count).toBe(100);
    expect(baseline.of('tc').mean).toBeCloseTo(0.5, 12);
  });

  it('keeps what it had learned until as many new snapshots came, when it is restored and follows', () => {
    const learned = baselineOf([10, 20, 30], 'rolling');
    const restored = new Baseline({ mode: 'rolling' });
    restored.restore(JSON.parse(JSON.stringify(learned)));
    const means = [21, 22, 23].map((value) => {
      restored.follow(values(value, value, value, value));
      return restored.of('tc').mean;
    });
    expect(means).toEqual([20, 20, 22]);
  });

  it('goes on from its JSON, half built or locked', () => {
    const whole = new Baseline({ buildMs: 100, minSnapshots: 3, windows: 0 });
    const first = new Baseline({ buildMs: 100, minSnapshots: 3, windows: 0 });
    for (const [index, each] of [3, 1, 4, 1, 5].entries()) {
      whole.build(index * 25, values(each, each, each, each), 0);
      if (index < 3) first.build(index * 25, values(each, each, each, each), 0);
    }
    const second = new Baseline({ buildMs: 100, minSnapshots: 3, windows: 0 });
    second.restore(JSON.parse(JSON.stringify(first)));
    for (const [index, each] of [1, 5].entries()) second.build(1e6 + index * 50, values(each, each, each, each), 0);
    expect(second.of('tc').deviation).toBeCloseTo(whole.of('tc').deviation, 12);
    expect([whole.locked, second.locked]).toEqual([true, true]);
    const third = new Baseline();
    third.restore(JSON.parse(JSON.stringify(second)));
    expect([third.locked, third.progress]).toEqual([true, 1]);
  });
});

describe('scores', () => {
  it('are distances in standard deviations', () => {
    const baseline = new Baseline(immediate);
    const moments = (mean: number, deviation: number) => ({ count: 2, mean, m2: deviation ** 2 });
    baseline.restore({
      locked: true,
      elapsed_ms: 0,
      valid_snapshots: 2,
      fields: { h_bytes: moments(5, 1), tc: moments(2, 0.5), h_joint: moments(8, 1), r: moments(0.5, 0.1) },
    });
    const scores = new Scores();
    scores.update(baseline, values(3, 10, 7, 0.3));
    expect(scores.delta).toEqual({ tc: 1, h_joint: 2, h_bytes: 2, r: expect.closeTo(-0.2, 12) });
    expect(scores.z).toEqual({ tc: 2, h_joint: 2, h_bytes: 2, r: expect.closeTo(-2, 12) });
  });

  it('smooth their deltas from the first value on, never their z', () => {
    const baseline = baselineOf([-1, 1]);
    const scores = new Scores(0.2);
    const seen = [2, 0, 2].map((each) => {
      scores.update(baseline, values(each, each, each, each));
      return [scores.delta.tc, scores.delta.h_bytes];
    });
    for (const [index, expected] of [2, 1.6, 1.68].entries()) {
      expect(seen[index]![0]).toBeCloseTo(expected, 12);
      expect(seen[index]![1]).toBeCloseTo(expected, 12);
    }
    expect(scores.z.tc).toBeCloseTo(2 / Math.SQRT2, 12);
  });

  it.each([
    [5.5, 3.16227766],
    [5.4, 2.52982213],
  ])('of %d against five readings is %d', (value, z) => {
    const scores = new Scores();
    scores.update(baselineOf([4.8, 5.2, 5, 4.9, 5.1]), values(none, none, value, none));
    expect(scores.z.h_bytes).toBeCloseTo(z, 7);
  });

  it('keep a field without a new value as it is, and are held to 100 on a flat baseline', () => {
    const scores = new Scores();
    scores.update(baselineOf([5, 5, 5]), values(6, none, 5, 4));
    expect(scores.z).toEqual({ tc: 100, h_joint: 0, h_bytes: 0, r: -100 });
    scores.update(baselineOf([5, 5, 5]), values(none, none, 5, none));
    expect(scores.z.tc).toBe(100);
  });
});
