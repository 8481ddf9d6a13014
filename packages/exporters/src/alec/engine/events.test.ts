import { describe, expect, it } from 'vitest';
import { AnomalyDetector } from './anomaly-detector.ts';
import type { AnomalyEvent } from './anomaly-event.ts';
import { Complexity } from './complexity.ts';
import { StructureWatch, structureSummary } from './structure.ts';

const none = Number.NaN;

function fired(rows: readonly (readonly [time: number, z: number])[], persistenceMs = 1000): [number, string][] {
  const events: AnomalyEvent[] = [];
  const detector = new AnomalyDetector({ persistenceMs, cooldownMs: 5000 }, (event) => events.push(event));
  for (const [timestampMs, score] of rows) {
    detector.score('COMPLEXITY_SURGE', { timestampMs, score }, (threshold) => ({
      message: 'high',
      details: { z_score: score, threshold },
    }));
  }
  return events.map(({ timestamp_ms, severity }) => [timestamp_ms, severity]);
}

describe('a condition on a score', () => {
  it('must persist', () => {
    expect(
      fired([
        [1000, 2.5],
        [1500, 2.5],
      ]),
    ).toEqual([]);
    expect(
      fired([
        [1000, 2.5],
        [1500, 2.5],
        [2100, 2.5],
      ]),
    ).toEqual([[2100, 'warning']]);
    expect(
      fired([
        [0, 2.5],
        [500, 1],
        [1000, 2.5],
      ]),
    ).toEqual([]);
  });

  it('is silent for a while after an event, while its timer runs on', () => {
    expect(
      fired([
        [0, 2.5],
        [2000, 2.5],
        [3000, 2.5],
        [10_000, 2.5],
      ]),
    ).toEqual([
      [2000, 'warning'],
      [10_000, 'warning'],
    ]);
  });

  it('is critical by the row that fires', () => {
    expect(fired([[0, 3.5]], 0)).toEqual([[0, 'critical']]);
  });

  it('breaks the silence once when it becomes critical', () => {
    expect(
      fired([
        [0, 2.5],
        [1000, 2.5],
        [2000, 3.5],
        [3000, 3.5],
        [3500, 2.5],
        [4000, 3.5],
      ]),
    ).toEqual([
      [1000, 'warning'],
      [2000, 'critical'],
    ]);
  });

  it('that is not a number does not hold', () => {
    expect(
      fired(
        [
          [0, none],
          [2000, none],
        ],
        0,
      ),
    ).toEqual([]);
  });
});

describe('structure', () => {
  it('is the similarity of entropies', () => {
    const edges = structureSummary(['a', 'b', 'c'], [2, 2.5, 3]);
    expect(edges.map(({ channels }) => channels.join(''))).toEqual(['ab', 'bc', 'ac']);
    expect(edges.map(({ weight }) => Number(weight.toFixed(4)))).toEqual([0.8333, 0.8333, 0.6667]);
  });

  it('has weight 1 where no entropy is positive, and no edge for one channel', () => {
    expect(structureSummary(['a', 'b'], [-1, -3])[0]!.weight).toBe(1);
    expect(structureSummary(['a', 'b'], [none, 3])).toEqual([]);
  });

  it('keeps the 64 strongest edges of the first 32 channels', () => {
    const ids = Array.from({ length: 40 }, (_, index) => `c${index}`);
    const edges = structureSummary(
      ids,
      ids.map((_, index) => 5 + index / 10),
    );
    expect(edges).toHaveLength(64);
    expect(edges.flatMap(({ channels }) => channels)).not.toContain('c32');
  });

  it('breaks against the reference, is reported once, and again after it has come back', () => {
    const watch = new StructureWatch();
    watch.lock([4, 4, 4]);
    expect(watch.breaks([4, 4, 3])).toBeUndefined();
    const report = watch.breaks([4, 4, 2])!;
    expect(report.pairs.map(({ left, right }) => [left, right])).toEqual([
      [0, 2],
      [1, 2],
    ]);
    watch.markReported(report);
    expect(watch.breaks([4, 4, 1])).toBeUndefined();
    expect(watch.breaks([4, none, none])).toBeUndefined();
    watch.breaks([4, 4, 4]);
    expect(watch.breaks([4, 4, 2])!.pairs).toHaveLength(2);
  });
});

describe('events of a stream', () => {
  function complexity(options = {}) {
    const events: AnomalyEvent[] = [];
    const subject = new Complexity(
      { baseline: { buildMs: 10_000, minSnapshots: 5, windows: 0 }, anomalies: { ...options } },
      ['a', 'b', 'c', 'd'],
      (event) => events.push(event),
    );
    const put = (second: number, r = 0.5, more = {}) =>
      subject.observe({
        timestampMs: second * 1000,
        values: { tc: 2 + (second % 2) / 10, h_joint: 5 + (second % 2) / 10, h_bytes: 4 + (second % 2) / 10, r },
        spanMs: 0,
        entropies: [4, 4, 4, 4],
        ranking: [0, 1, 2, 3],
        ...more,
      });
    for (let second = 0; second <= 10; second++) put(second, 0.5 + (second % 2) / 100);
    return { events, put, subject };
  }
  const kinds = (events: readonly AnomalyEvent[]) =>
    events.map(({ event_type, severity }) => `${event_type} ${severity}`);

  it('begin with the lock, and count the building only when asked', () => {
    expect(kinds(complexity().events)).toEqual(['BASELINE_LOCKED info']);
    const { events } = complexity({ countBaselineEvents: true });
    expect(kinds(events).filter((kind) => kind === 'BASELINE_BUILDING info')).toHaveLength(10);
    expect(events[4]!.details).toEqual({ progress: 0.4 });
  });

  it('tell a fall of resilience with its negative threshold', () => {
    const { events, put } = complexity();
    for (let second = 11; second <= 45; second++) put(second, 0.3);
    expect(kinds(events).slice(1)).toEqual(['REDUNDANCY_DROP critical']);
    expect(events[1]!.message).toMatch(/z = -\d+\.\d\d, threshold -3\.00$/);
    expect(events[1]!.timestamp_ms).toBe(41_000);
  });

  it('leave a timer alone on a row without the value', () => {
    const { events, put } = complexity();
    for (let second = 11; second <= 45; second++) {
      const values = second % 3 === 0 ? {} : { values: { tc: none, h_joint: none, h_bytes: 4, r: none } };
      put(second, 0.3, values);
    }
    expect(kinds(events).slice(1)).toEqual(['REDUNDANCY_DROP critical']);
  });

  it('tell a broken structure once', () => {
    const { events, put } = complexity();
    for (let second = 11; second <= 200; second++) put(second, 0.5, { entropies: [4, 4, 4, 1] });
    expect(kinds(events).slice(1)).toEqual(['STRUCTURE_BREAK warning']);
    expect(events[1]!.details).toMatchObject({ total_change: expect.closeTo(2.25, 9) });
  });

  it('tell another set of critical channels when it persists, whatever its order', () => {
    const { events, put } = complexity();
    for (let second = 11; second <= 60; second++) put(second, 0.5, { ranking: [2, 0, 1, 3] });
    expect(kinds(events).slice(1)).toEqual([]);
    for (let second = 61; second <= 80; second++) put(second, 0.5, { ranking: [3, 0, 1, 2] });
    put(81);
    for (let second = 82; second <= 112; second++) put(second, 0.5, { ranking: [3, 0, 1, 2] });
    expect(kinds(events).slice(1)).toEqual(['CRITICALITY_SHIFT warning']);
    expect(events[1]!.details).toEqual({ old: ['a', 'b', 'c'], new: ['d', 'a', 'b'] });
  });

  it('begin again after a restart, at once with a kept baseline', () => {
    const { subject, put, events } = complexity();
    subject.restart(true);
    expect([subject.baseline.locked, subject.baseline.progress]).toEqual([true, 1]);
    for (let second = 0; second <= 31; second++) put(second, 0.3);
    expect(kinds(events).at(-1)).toBe('REDUNDANCY_DROP critical');
    subject.restart(false);
    expect([subject.baseline.locked, subject.baseline.progress, subject.scores.z.r]).toEqual([false, 0, 0]);
  });
});
