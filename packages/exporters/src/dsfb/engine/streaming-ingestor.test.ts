import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ResidualSample } from '../sample.ts';
import { StreamingIngestor, type StreamingIngestorOptions } from './streaming-ingestor.ts';

const at = (t: number, channel?: string): ResidualSample => ({ t, class: 'cardinality', value: 1, channel });
const counts = (ingestor: StreamingIngestor): string =>
  `${ingestor.staged}/${ingestor.flushed}/${ingestor.droppedOutOfWindow}`;
const times = (samples: readonly ResidualSample[]): number[] => samples.map(({ t }) => t);

function pushed(reorderWindow: number, pushes: readonly number[], options: StreamingIngestorOptions = {}) {
  const ingestor = new StreamingIngestor({ reorderWindow, ...options });
  const states = pushes.map((t) => {
    ingestor.push(at(t));
    return counts(ingestor);
  });
  return { ingestor, states };
}

describe('the vectors of the original', () => {
  it('window 5: eight out of order', () => {
    const { ingestor, states } = pushed(5, [0, 2, 1, 4, 3, 5, 7, 6]);
    expect(states).toEqual(['1/0/0', '2/0/0', '3/0/0', '4/0/0', '5/0/0', '5/1/0', '4/3/0', '5/3/0']);
    const { samples, dropped } = ingestor.finish();
    expect(times(samples)).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    expect(dropped).toBe(0);
  });

  it('window 1: a late one behind the window is dropped', () => {
    const { states } = pushed(1, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 1]);
    expect(states.slice(-2)).toEqual(['1/10/0', '1/10/1']);
  });

  it('window 0: nothing waits', () => {
    const { ingestor, states } = pushed(0, [1, 2, 1.5]);
    expect(states).toEqual(['0/1/0', '0/2/0', '0/2/1']);
    expect(ingestor.finish().samples).toHaveLength(2);
  });

  it('window 5: in order stays in order', () => {
    const { samples, dropped } = pushed(5, [0, 1, 2, 3, 4, 5, 10, 20]).ingestor.finish();
    expect(times(samples)).toEqual([0, 1, 2, 3, 4, 5, 10, 20]);
    expect(dropped).toBe(0);
  });

  it('empty', () => {
    expect(new StreamingIngestor().finish()).toEqual({ samples: [], dropped: 0 });
  });

  it('window 10: the same numbers, but a late one at its place', () => {
    const { ingestor, states } = pushed(10, [0, 5, 10, 10.5, 25, 3]);
    expect(states.map((state) => state.slice(0, 3))).toEqual(['1/0', '2/0', '2/1', '3/1', '1/4', '1/5']);
    expect(times(ingestor.samples)).toEqual([0, 3, 5, 10, 10.5]);
    expect(times(ingestor.finish().samples)).toEqual([0, 3, 5, 10, 10.5, 25]);
  });

  it('window 5: the frontier does not fall back after a late one', () => {
    const { ingestor, states } = pushed(5, [0, 10, 20, 7, 4]);
    expect(states).toEqual(['1/0/0', '1/1/0', '1/2/0', '1/3/0', '1/3/1']);
    expect(times(ingestor.finish().samples)).toEqual([0, 7, 10, 20]);
  });

  it('window 2: equality at the boundary is accepted', () => {
    const { ingestor, states } = pushed(2, [0, 1, 2, 3, 4, 0]);
    expect(states.at(-1)).toBe('2/4/0');
    expect(times(ingestor.finish().samples)).toEqual([0, 0, 1, 2, 3, 4]);
    expect(ingestor.lateInserted).toBe(1);
  });
});

describe('the ingestor', () => {
  it('keeps the arrival order of equal times', () => {
    const ingestor = new StreamingIngestor({ reorderWindow: 5 });
    for (const channel of ['a', 'b', 'c', 'd', 'e']) ingestor.push(at(1, channel));
    ingestor.push(at(0, 'first'));
    ingestor.push(at(8, 'newest'));
    ingestor.push(at(1, 'late'));
    expect(ingestor.finish().samples.map(({ channel }) => channel)).toEqual([
      'first',
      'a',
      'b',
      'c',
      'd',
      'e',
      'late',
      'newest',
    ]);
  });

  it('with `drop` discards everything behind the frontier', () => {
    const { ingestor, states } = pushed(5, [0, 10, 20, 7, 10], { lateness: 'drop' });
    expect(states.slice(-2)).toEqual(['1/2/1', '1/3/1']);
    expect(times(ingestor.finish().samples)).toEqual([0, 10, 10, 20]);
  });

  it('tells a subscriber where a late sample went', () => {
    const late: unknown[] = [];
    for (const options of [{}, { sink: () => {} }]) {
      const ingestor = new StreamingIngestor({
        reorderWindow: 5,
        ...options,
        onLate: ({ t }, index) => late.push([t, index]),
      });
      for (const t of [0, 10, 20, 7]) ingestor.push(at(t));
    }
    expect(late).toEqual([
      [7, 1],
      [7, 1],
    ]);
  });

  it('refuses samples that are none, and counts them apart', () => {
    const ingestor = new StreamingIngestor({ reorderWindow: 0 });
    const bad = [
      at(Number.NaN),
      at(Number.POSITIVE_INFINITY),
      { ...at(1), value: Number.NaN },
      { ...at(1), class: 'weather' },
      { ...at(1), channel: 7 },
      null,
      'text',
    ];
    for (const sample of bad) expect(ingestor.push(sample as ResidualSample)).toBe('rejected');
    expect(ingestor.push(at(1))).toBe('staged');
    expect(ingestor).toMatchObject({ rejectedInvalid: bad.length, pushed: bad.length + 1, flushed: 1 });
  });

  it.each([-1, Number.NaN, Number.POSITIVE_INFINITY])('does not take a window of %s', (reorderWindow) => {
    expect(() => new StreamingIngestor({ reorderWindow })).toThrow(RangeError);
  });

  it('flushes the tail of a quiet source by the clock', () => {
    const ingestor = new StreamingIngestor({ reorderWindow: 10 });
    for (const t of [100, 104]) ingestor.push(at(t));
    ingestor.flushOlderThan(110);
    expect(counts(ingestor)).toBe('1/1/0');
    ingestor.flushOlderThan(Number.NaN);
    ingestor.flushOlderThan(114);
    expect(counts(ingestor)).toBe('0/2/0');
  });

  it('goes on after a consumer that throws', () => {
    const ingestor = new StreamingIngestor({
      reorderWindow: 0,
      sink: () => {
        throw new Error('full');
      },
    });
    ingestor.push(at(1));
    ingestor.push(at(2));
    expect(ingestor).toMatchObject({ consumerErrors: 2, flushed: 2 });
  });

  it('makes room for new ones when too many wait', () => {
    const ingestor = new StreamingIngestor({ reorderWindow: 1000, maxStaged: 10 });
    for (let t = 0; t < 100; t++) ingestor.push(at(t));
    expect(ingestor).toMatchObject({ staged: 10, flushed: 90, flushedEarly: 90 });
  });

  it('holds a million samples in the memory of its window', () => {
    let last = Number.NEGATIVE_INFINITY;
    let ordered = true;
    const ingestor = new StreamingIngestor({
      reorderWindow: 1,
      sink: ({ t }) => {
        ordered &&= t >= last;
        last = t;
      },
    });
    let mostStaged = 0;
    for (let index = 0; index < 1_000_000; index++) {
      ingestor.push({ t: (index + ((index * 7919) % 500)) / 1000, class: 'contention', value: 1 });
      mostStaged = Math.max(mostStaged, ingestor.staged);
    }
    expect(ordered).toBe(true);
    expect(mostStaged).toBeLessThan(1600);
    expect(ingestor.samples).toEqual([]);
    expect(ingestor.staged + ingestor.flushed).toBe(1_000_000);
  });
});

describe('whatever arrives', () => {
  const finite = fc.oneof(fc.integer({ min: 0, max: 60 }), fc.double({ min: -20, max: 80, noNaN: true }));
  const time = fc.oneof({ arbitrary: finite, weight: 12 }, { arbitrary: fc.constant(Number.NaN), weight: 1 });
  const step = fc.oneof(
    { arbitrary: time.map((t) => ({ push: t })), weight: 8 },
    { arbitrary: finite.map((now) => ({ now })), weight: 1 },
  );
  const setting = fc.record({
    reorderWindow: fc.oneof(fc.constant(0), fc.double({ min: 0, max: 30, noNaN: true })),
    lateness: fc.constantFrom('insert' as const, 'drop' as const),
    maxStaged: fc.constantFrom(3, 1000),
  });

  it('the stream is in the order of time, and no sample is unaccounted for', () => {
    fc.assert(
      fc.property(setting, fc.array(step, { maxLength: 80 }), (options, steps) => {
        const ingestor = new StreamingIngestor(options);
        for (const one of steps) {
          if ('push' in one) ingestor.push(at(one.push));
          else ingestor.flushOlderThan(one.now);
          const { staged, flushed, droppedOutOfWindow, rejectedInvalid, pushed: all } = ingestor;
          expect(staged + flushed + droppedOutOfWindow + rejectedInvalid).toBe(all);
          expect(ingestor.samples).toHaveLength(flushed);
        }
        const order = times(ingestor.finish().samples);
        expect(order).toEqual(order.toSorted((a, b) => a - b));
        expect(ingestor.staged).toBe(0);
      }),
      { numRuns: 500 },
    );
  });

  it('a sink with onLate rebuilds the very stream that is kept without one', () => {
    fc.assert(
      fc.property(setting, fc.array(step, { maxLength: 80 }), (options, steps) => {
        const rebuilt: ResidualSample[] = [];
        const kept = new StreamingIngestor(options);
        const handed = new StreamingIngestor({
          ...options,
          maxStaged: options.maxStaged,
          sink: (sample) => rebuilt.push(sample),
          onLate: (sample, index) => rebuilt.splice(index, 0, sample),
        });
        steps.forEach((one, index) => {
          for (const ingestor of [kept, handed]) {
            if ('push' in one) ingestor.push(at(one.push, String(index)));
            else ingestor.flushOlderThan(one.now);
          }
        });
        handed.finish();
        if (options.maxStaged > 80) expect(rebuilt).toEqual(kept.finish().samples);
        else expect(rebuilt).toHaveLength(kept.finish().samples.length);
      }),
      { numRuns: 300 },
    );
  });
});
