import { describe, expect, it } from 'vitest';
import type { Episode } from '../episode.ts';
import type { ResidualClass } from '../motif.ts';
import type { ResidualSample } from '../sample.ts';
import { MotifEngine } from './motif-engine.ts';
import { defaultMotifParameters } from './motif-parameters.ts';

function series(
  residualClass: ResidualClass,
  channel: string | undefined,
  length: number,
  valueAt: (second: number) => number,
): ResidualSample[] {
  return Array.from({ length }, (_, t) => ({ t, class: residualClass, value: valueAt(t), channel }));
}

const within =
  (from: number, to: number, value: number, otherwise = 0) =>
  (second: number): number =>
    second >= from && second <= to ? value : otherwise;

const merge = (...streams: ResidualSample[][]): ResidualSample[] => streams.flat().sort((a, b) => a.t - b.t);
const run = (samples: readonly ResidualSample[], options = {}): Episode[] => new MotifEngine(options).run(samples);

function expectEpisode(found: Episode | undefined, expected: Partial<Episode>): void {
  const { emaAtBoundary, ...exact } = expected;
  expect(found).toMatchObject(exact);
  if (emaAtBoundary !== undefined) expect(found!.emaAtBoundary).toBeCloseTo(emaAtBoundary, 11);
  expect(found!.trustSum).toBeCloseTo(1, 12);
}

describe('the vectors of the original', () => {
  it('M1: a cardinality mismatch of fifty seconds is one episode', () => {
    const episodes = run(series('cardinality', 'q1', 70, within(10, 59, 1.5, 0.01)));
    expect(episodes).toHaveLength(1);
    expectEpisode(episodes[0], {
      motif: 'cardinality_mismatch_regime',
      channel: 'q1',
      tStart: 10,
      tEnd: 62,
      peak: 1.5,
      emaAtBoundary: 0.195973969615,
    });
  });

  it('M2: a single spike is an episode once the dwell has passed', () => {
    const episodes = run(series('plan_regression', undefined, 30, within(5, 5, 0.9)));
    expect(episodes).toHaveLength(1);
    expectEpisode(episodes[0], { channel: '_anonymous_', tStart: 5, tEnd: 11, peak: 0.9, emaAtBoundary: 0.12336624 });
  });

  it.each([0.3, 0.45])('M3: a lasting shift of %s is absorbed', (value) => {
    expect(run(series('plan_regression', 'q', 60, within(5, 49, value)))).toEqual([]);
  });

  it('M4: three channels, sorted by start, motif by motif', () => {
    const episodes = run(
      merge(
        series('contention', 'lock:a', 40, within(5, 14, 0.8)),
        series('contention', 'lock:b', 40, within(5, 14, 0.4)),
        series('cache_io', 'bp', 40, within(10, 19, 0.4)),
      ),
    );
    expect(episodes).toHaveLength(3);
    expectEpisode(episodes[0], { channel: 'lock:a', tStart: 5, tEnd: 39, peak: 0.8, emaAtBoundary: 0.04984151313 });
    expectEpisode(episodes[1], { channel: 'lock:b', tStart: 5, tEnd: 34, peak: 0.4, emaAtBoundary: 0.039428282991 });
    expectEpisode(episodes[2], { channel: 'bp', tStart: 10, tEnd: 36, peak: 0.4, emaAtBoundary: 0.071835706699 });
  });

  it('M5: what is open at the end of the stream closes at its last sample', () => {
    const episodes = run(series('contention', 'x', 20, within(15, 19, 2)));
    expect(episodes).toHaveLength(1);
    expectEpisode(episodes[0], { tStart: 15, tEnd: 19, peak: 2, emaAtBoundary: 0.350184375 });
  });

  it('M6: noise is no episode', () => {
    expect(run(series('cardinality', 'q', 100, () => 0.01))).toEqual([]);
  });
});

describe('the documented options', () => {
  it('with the drift of the residual itself a lasting shift is one episode while it lasts', () => {
    const [episode, ...others] = run(series('plan_regression', 'q', 90, within(5, 49, 0.3)), {
      driftSource: 'residual',
    });
    expect(others).toEqual([]);
    expect(episode!.tStart).toBeLessThan(20);
    expect(episode!.tEnd).toBeGreaterThan(49);
  });

  it('blips are discarded on request, also at the end of the stream, and leave no peak behind', () => {
    const discardBlips = { discardBlips: true };
    expect(run(series('plan_regression', 'q', 30, within(5, 5, 0.9)), discardBlips)).toEqual([]);
    const spikeNearTheEnd = series('plan_regression', 'q', 18, within(12, 12, 0.6));
    expect(run(spikeNearTheEnd)).toMatchObject([{ tStart: 12, tEnd: 17 }]);
    expect(run(spikeNearTheEnd, discardBlips)).toEqual([]);
    const valueAt = (t: number): number => (t === 5 ? 9 : within(60, 75, 2)(t));
    const episodes = run(series('plan_regression', 'q', 150, valueAt), discardBlips);
    expect(episodes.find(({ tStart }) => tStart === 60)?.peak).toBe(2);
  });
});

describe('the engine', () => {
  it('runs channels in the order of code points', () => {
    const channels = ['\u{1f600}', '\uff5e', 'b', 'a', 'ab'];
    const samples = merge(...channels.map((channel) => series('contention', channel, 20, within(5, 19, 2))));
    expect(run(samples).map(({ channel }) => channel)).toEqual(['a', 'ab', 'b', '\uff5e', '\u{1f600}']);
  });

  it('names the sample that is none', () => {
    expect(() => run([{ t: 0, class: 'contention', value: Number.NaN }])).toThrow(/Sample 0: value is NaN/);
  });

  it('needs two quiet samples to close, even without a dwell', () => {
    const parameters = {
      ...defaultMotifParameters,
      cardinality_mismatch_regime: { rho: 0, sigma0: 1, driftThreshold: 100, slewThreshold: 1, minDwellSeconds: 0 },
    };
    const samples = series('cardinality', 'q', 10, within(3, 3, 2));
    expect(run(samples, { parameters })).toMatchObject([{ tStart: 3, tEnd: 5 }]);
  });

  it('does not take parameters out of range', () => {
    const parameters = {
      ...defaultMotifParameters,
      cache_collapse: { ...defaultMotifParameters.cache_collapse, rho: 1 },
    };
    expect(() => new MotifEngine({ parameters })).toThrow(/cache_collapse\.rho must be a number from 0 to below 1/);
  });

  it('gives a trust sum of 1 over many channels', () => {
    const samples = merge(
      ...Array.from({ length: 30 }, (_, index) => series('cache_io', `t${index}`, 40, within(5, 20, 0.1 * index))),
    );
    const episodes = run(samples);
    expect(episodes.length).toBeGreaterThan(10);
    for (const { trustSum } of episodes) expect(trustSum).toBeCloseTo(1, 12);
  });
});
