import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { reducer } from './aggregate.ts';
import { checkPipeline, type ReduceOperator, type WindowConfiguration } from './configuration.ts';
import { windowed } from './window.ts';

const aggregation = (name: ReduceOperator['function']): ReduceOperator => ({
  type: 'reduce',
  field: 'n',
  function: name,
});
const functions = ['count', 'sum', 'avg', 'min', 'max'] as const;

/** What the windows say of all that is in them, added up anew for each event. */
const plain = {
  count: (values: readonly number[]) => values.length,
  sum: (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0),
  avg: (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length,
  min: (values: readonly number[]) => Math.min(...values),
  max: (values: readonly number[]) => Math.max(...values),
};

describe('a window', () => {
  it.each<WindowConfiguration>([
    { window_type: 'tumbling', size_seconds: 60 },
    { window_type: 'session', session_timeout_seconds: 60 },
    { window_type: 'sliding', size_seconds: 60, slide_seconds: 10 },
    { window_type: 'sliding', size_seconds: 60 },
    { window_type: 'sliding', size_seconds: 3600 },
  ])('of %j takes a quarter of a million events', (config) => {
    const add = windowed(config, aggregation('sum'));
    let last = 0;
    for (let n = 0; n < 250_000; n++) last = add({ n: 1 }, Math.floor(n / 5)).value;
    expect(last).toBe(250_000);
  });

  it('that slides gives what adding up all its events would', () => {
    const config = fc.record(
      { size_seconds: fc.constantFrom(0.01, 0.02, 0.05), slide_seconds: fc.constantFrom(0.002, 0.005, 0.01) },
      { requiredKeys: ['size_seconds'] },
    );
    const event = fc.record({ after: fc.integer({ min: 0, max: 12 }), n: fc.integer({ min: -50, max: 50 }) });
    fc.assert(
      fc.property(config, fc.constantFrom(...functions), fc.array(event, { maxLength: 60 }), (config, name, events) => {
        const add = windowed({ window_type: 'sliding', ...config }, aggregation(name));
        const seen: { readonly at: number; readonly n: number }[] = [];
        let now = 1_700_000_000_000;
        for (const { after, n } of events) {
          now += after;
          seen.push({ at: now, n });
          const result = add({ n }, now);
          const start = Date.parse(result.window_start);
          const inside = seen.filter(({ at }) => at >= start).map((one) => one.n);
          expect(result).toMatchObject({ count: inside.length, value: plain[name](inside) });
          expect(start).toBeGreaterThan(now - config.size_seconds * 1000);
          const slide = (config.slide_seconds ?? 0.001) * 1000;
          expect(start).toBeLessThanOrEqual(now - config.size_seconds * 1000 + slide);
          expect(start % slide).toBe(0);
        }
      }),
      { numRuns: 300 },
    );
  });

  it('that slides keeps nothing of what has left it, however large it was', () => {
    const add = windowed({ window_type: 'sliding', size_seconds: 1 }, aggregation('sum'));
    add({ n: 1e17 }, 0);
    add({ n: 0.1 }, 500);
    expect(add({ n: 0.2 }, 1000).value).toBe(0.1 + 0.2);
    add({ n: 1e308 }, 3000);
    expect(() => add({ n: 1e308 }, 3001)).toThrow('not finite');
    expect(add({ n: 5 }, 4001).value).toBe(5);
  });

  it('that slides does not drift', () => {
    const add = windowed({ window_type: 'sliding', size_seconds: 1, slide_seconds: 0.01 }, aggregation('sum'));
    let last = 0;
    for (let n = 0; n < 100_000; n++) last = add({ n: 0.1 }, n * 10 + 90).value;
    expect(last).toBe(10);
  });

  it('that is longer than 100 s slides by parts of itself', () => {
    const add = windowed({ window_type: 'sliding', size_seconds: 3600 }, aggregation('count'));
    for (let n = 0; n < 1000; n++) add({}, n * 3600);
    expect(add({}, 3_600_000 + 3600)).toMatchObject({ count: 999, window_start: '1970-01-01T00:00:03.636Z' });
  });

  it('has a state for each group, and forgets those that nothing came for when they are too many', () => {
    const config: WindowConfiguration = { window_type: 'tumbling', size_seconds: 1000 };
    const add = windowed(config, { ...aggregation('sum'), group_by: 'g' });
    for (let g = 0; g < 10_000; g++) add({ n: 1, g }, g);
    expect(add({ n: 1, g: 0 }, 10_000).value).toBe(2);
    add({ n: 1, g: 'new' }, 10_001);
    expect(add({ n: 1, g: 0 }, 10_002).value).toBe(3);
    expect(add({ n: 1, g: 1 }, 10_003).value).toBe(1);
  });

  it('cannot slide by less than its 100 000th part', () => {
    const check = (config: object) => () =>
      checkPipeline(
        { name: 'p', operators: [{ type: 'window', config, aggregation: aggregation('count') }] },
        () => 'made',
      );
    expect(check({ window_type: 'sliding', size_seconds: 200, slide_seconds: 0.001 })).toThrow('slide_seconds');
    expect(check({ window_type: 'sliding', size_seconds: 200, slide_seconds: 0.002 })).not.toThrow();
    expect(check({ window_type: '__proto__', size_seconds: 1 })).toThrow('window_type is tumbling');
    expect(check({ window_type: 'constructor', size_seconds: 1 })).toThrow('window_type is tumbling');
  });
});

describe('a sum', () => {
  it('over all events does not drift', () => {
    const [sum, average] = (['sum', 'avg'] as const).map((name) => reducer(aggregation(name)));
    let last = [0, 0];
    for (let n = 0; n < 100_000; n++) last = [sum!({ n: 0.1 }).value, average!({ n: 0.1 }).value];
    expect(last).toEqual([10_000, 0.1]);
    expect(sum!({ n: 1e17 }).value).toBe(1e17 + 10_000);
    expect(sum!({ n: -1e17 }).value).toBe(10_000);
  });
});
