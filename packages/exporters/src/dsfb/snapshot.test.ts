import { describe, expect, it } from 'vitest';
import { StreamingIngestor } from './engine/streaming-ingestor.ts';
import { DsfbMetrics } from './metrics.ts';
import type { Motif } from './motif.ts';
import { MetricsSnapshot } from './snapshot.ts';

const cacheEpisode = { motif: 'cache_collapse', peak: 0.4, trustSum: 1 } as const;

describe('a snapshot', () => {
  it('of no episodes counts 0 and knows no gauge', () => {
    const snapshot = MetricsSnapshot.fromEpisodes([]);
    expect(snapshot.perMotifCount).toEqual([0, 0, 0, 0, 0]);
    expect(snapshot.perMotifLastPeak).toEqual([Number.NaN, Number.NaN, Number.NaN, Number.NaN, Number.NaN]);
  });

  it('takes the last episode in array order, not in time', () => {
    const snapshot = MetricsSnapshot.fromEpisodes([
      { ...cacheEpisode, peak: 2 },
      { ...cacheEpisode, peak: 1 },
    ]);
    expect(snapshot.perMotifCount[3]).toBe(2);
    expect(snapshot.perMotifLastPeak[3]).toBe(1);
  });

  it('refuses an unknown motif', () => {
    const episode = { motif: 'disk_on_fire' as Motif, peak: 1, trustSum: 1 };
    expect(() => MetricsSnapshot.fromEpisodes([episode])).toThrow(/disk_on_fire.*plan_regression_onset/);
  });

  it('refuses counts that are none', () => {
    expect(() => new MetricsSnapshot({ streamingStaged: -1 })).toThrow(RangeError);
    expect(() => new MetricsSnapshot({ streamingFlushed: 1.5 })).toThrow(RangeError);
    expect(() => new MetricsSnapshot({ perMotifCount: [0, 0, Number.NaN, 0, 0] })).toThrow(RangeError);
    expect(() => new MetricsSnapshot({ perMotifCount: [0] })).toThrow(/1 elements/);
  });

  it('cannot be changed', () => {
    const counts = [1, 0, 0, 0, 0];
    const snapshot = new MetricsSnapshot({ perMotifCount: counts });
    counts[0] = 9;
    expect(snapshot.perMotifCount[0]).toBe(1);
    expect(() => ((snapshot.perMotifCount as number[])[0] = 2)).toThrow(TypeError);
  });

  it('with streaming is a new one; a second call overwrites instead of adding', () => {
    const ingestor = new StreamingIngestor({ reorderWindow: 0 });
    ingestor.push({ t: 1, class: 'contention', value: 1 });
    const empty = new MetricsSnapshot();
    const once = empty.withStreaming(ingestor);
    const twice = once.withStreaming(ingestor);
    expect(empty.streamingFlushed).toBe(0);
    expect(twice.streamingFlushed).toBe(1);
    expect(twice.streamingStaged).toBe(0);
  });
});

describe('the accumulator', () => {
  it('counts episodes and follows the order of their closing', () => {
    const metrics = new DsfbMetrics();
    metrics.observeEpisode(cacheEpisode);
    metrics.observeEpisode({ ...cacheEpisode, peak: 0.1 });
    const { perMotifCount, perMotifLastPeak } = metrics.snapshot();
    expect(perMotifCount).toEqual([0, 0, 0, 2, 0]);
    expect(perMotifLastPeak[3]).toBe(0.1);
  });

  it('is not led astray by an unknown motif', () => {
    const metrics = new DsfbMetrics();
    metrics.observeEpisode({ ...cacheEpisode, motif: 'disk_on_fire' as Motif });
    expect(metrics.snapshot().perMotifCount).toEqual([0, 0, 0, 0, 0]);
  });

  it('adds up several ingestors, and a detached one leaves its counts behind', () => {
    const metrics = new DsfbMetrics();
    const [a, b] = [new StreamingIngestor({ reorderWindow: 1 }), new StreamingIngestor({ reorderWindow: 1 })];
    const detach = metrics.attachIngestor(a);
    metrics.attachIngestor(b);
    for (const ingestor of [a, b]) {
      for (const t of [0, 5, 10, 1]) ingestor.push({ t, class: 'contention', value: 1 });
    }
    expect(metrics.snapshot()).toMatchObject({
      streamingStaged: 2,
      streamingFlushed: 4,
      streamingDroppedOutOfWindow: 2,
    });
    detach();
    detach();
    expect(metrics.snapshot()).toMatchObject({
      streamingStaged: 1,
      streamingFlushed: 4,
      streamingDroppedOutOfWindow: 2,
    });
  });
});
