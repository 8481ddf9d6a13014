import { describe, expect, test } from 'vitest';
import type { CounterFamily, Exemplar, HistogramFamily, MetricFamily } from './model.ts';
import { Registry } from './registry.ts';

const traceId = '0af7651916cd43dd8448eb211c80319c';
const spanId = 'b7ad6b7169203331';

function family(registry: Registry, name: string): MetricFamily {
  return [...registry.snapshot().families].find((one) => one.name === name) as MetricFamily;
}

function point<Family extends MetricFamily>(
  registry: Registry,
  name: string,
): Family['series'] extends Iterable<infer One> ? (One extends { point: infer Point } ? Point : never) : never {
  return [...family(registry, name).series][0]?.point as never;
}

const wrong: readonly unknown[] = [Number.NaN, Infinity, -Infinity, '5', null, {}, 10n, Symbol('s'), () => 1];

describe('wrong values are dropped and counted', () => {
  test.each([
    ['counter', [...wrong, -1]],
    ['gauge', wrong],
    ['histogram', wrong],
  ])('by a %s', (kind, values) => {
    const registry = new Registry();
    const counter = registry.counter({ name: 'counter', help: '' }).labels();
    const gauge = registry.gauge({ name: 'gauge', help: '' }).labels();
    const histogram = registry.histogram({ name: 'histogram', help: '', buckets: [1] }).labels();
    const record = { counter: counter.add, gauge: gauge.set, histogram: histogram.observe }[kind] as (
      value: unknown,
    ) => void;
    const cell = { counter, gauge, histogram }[kind];
    for (const value of values) {
      record.call(cell, value);
    }
    expect(registry.dropped.invalid_value).toBe(values.length);
    expect(point<CounterFamily>(registry, 'counter').value).toBe(0);
    expect(point<HistogramFamily>(registry, 'histogram').counts).toEqual([0, 0]);
  });
});

test('an up-down counter goes both ways', () => {
  const registry = new Registry();
  const cell = registry.upDownCounter({ name: 'open', help: '' }).labels();
  cell.add();
  cell.add(2);
  cell.add(-1);
  expect([...family(registry, 'open').series][0]?.point).toEqual({ value: 2 });
});

test('a histogram counts, sums, and knows when it began', () => {
  const registry = new Registry({ now: () => 1_520_430_000_123 });
  const cell = registry.histogram({ name: 'h', help: '', buckets: [1, 2] }).labels();
  for (const value of [0.5, 1, 1.5, 9]) {
    cell.observe(value);
  }
  expect(point<HistogramFamily>(registry, 'h')).toMatchObject({
    bounds: [1, 2],
    counts: [2, 1, 1],
    sum: 12,
    created: 1_520_430_000.123,
  });
});

test('a histogram with negative bounds has no sum, which could fall', () => {
  const registry = new Registry();
  registry
    .histogram({ name: 'h', help: '', buckets: [-1, 1] })
    .labels()
    .observe(-3);
  expect(point<HistogramFamily>(registry, 'h')).toMatchObject({ counts: [1, 0, 0], sum: undefined });
});

test('an info is replaced as a whole', () => {
  const registry = new Registry();
  const info = registry.info({ name: 'build', help: '', labelNames: ['version'] });
  info.set('1');
  info.set('2');
  expect([...family(registry, 'build').series].map((one) => one.point)).toEqual([{ info: [['version', '2']] }]);
});

test('a state set switches its states, and drops unknown ones', () => {
  const registry = new Registry();
  const cell = registry.stateSet({ name: 'mode', help: '', states: ['on', 'off', 'hot'] }).labels();
  cell.set('hot');
  cell.only('on');
  cell.set('hot', true);
  cell.set('hot', false);
  (cell as { only(state: string): void }).only('cold');
  expect([...family(registry, 'mode').series][0]?.point).toEqual({
    states: [
      { name: 'on', enabled: true },
      { name: 'off', enabled: false },
      { name: 'hot', enabled: false },
    ],
  });
  expect(registry.dropped.invalid_value).toBe(1);
});

describe('exemplars', () => {
  let now = 1_700_000_000_000;
  const start = () => {
    const registry = new Registry({ now: () => now });
    const cell = registry.histogram({ name: 'h', help: '', buckets: [1] }).labels();
    const exemplars = (): readonly (Exemplar | undefined)[] => point<HistogramFamily>(registry, 'h').exemplars ?? [];
    return { registry, cell, exemplars };
  };

  test('a bucket keeps the first record after each collect, with a timestamp', () => {
    const { cell, exemplars } = start();
    cell.observe(0.1, { traceId, spanId });
    cell.observe(0.2, { traceId, spanId: 'bbbbbbbbbbbbbbbb' });
    cell.observe(5, { traceId, spanId, timestampMs: now - 1500 });
    const labels = [
      ['trace_id', traceId],
      ['span_id', spanId],
    ];
    expect(exemplars()).toEqual([
      { labels, value: 0.1, timestamp: now / 1000 },
      { labels, value: 5, timestamp: (now - 1500) / 1000 },
    ]);
    cell.observe(0.3, { traceId, spanId });
    expect(exemplars()[0]?.value).toBe(0.3);
  });

  test('a source is only asked for a slot that is open', () => {
    const { cell, exemplars } = start();
    let asked = 0;
    let reference: { traceId: string; spanId: string } | undefined;
    const source = () => {
      asked++;
      return reference;
    };
    cell.observe(0.1, source);
    expect(asked).toBe(1);
    reference = { traceId, spanId };
    cell.observe(0.2, source);
    cell.observe(0.3, source);
    expect(asked).toBe(2);
    cell.observe(5, source);
    expect(asked).toBe(3);
    expect(exemplars().map((exemplar) => exemplar?.value)).toEqual([0.2, 5]);
    cell.observe(0.4, source);
    expect(asked).toBe(4);
  });

  test('a source that throws costs the exemplar only', () => {
    const { registry, cell, exemplars } = start();
    cell.observe(0.1, () => {
      throw new Error('no span');
    });
    expect(exemplars()[0]).toBeUndefined();
    expect(point<HistogramFamily>(registry, 'h').counts[0]).toBe(1);
    expect(registry.dropped.invalid_attribute).toBe(1);
  });

  test('collecting deletes none: a second scraper sees the same', () => {
    const { cell, exemplars } = start();
    cell.observe(0.1, { traceId, spanId });
    expect(exemplars()).toEqual(exemplars());
    expect(exemplars()[0]?.value).toBe(0.1);
  });

  test('one that is older than 15 minutes is not shown', () => {
    const { cell, exemplars } = start();
    cell.observe(0.1, { traceId, spanId });
    now += 15 * 60_000;
    expect(exemplars()[0]).toBeDefined();
    now += 1;
    expect(exemplars()[0]).toBeUndefined();
  });

  test('the reference is read at once and not kept', () => {
    const { cell, exemplars } = start();
    const reference = { traceId, spanId };
    cell.observe(0.1, reference);
    reference.traceId = 'changed';
    expect(exemplars()[0]?.labels[0]).toEqual(['trace_id', traceId]);
  });

  test.each<[string, unknown]>([
    ['null', null],
    ['text', 'abc'],
    ['no ids', {}],
    ['an id that is no string', { traceId: 5, spanId }],
    ['an id of a megabyte', { traceId: 'x'.repeat(1_000_000), spanId }],
    [
      'an object that throws',
      {
        get traceId() {
          throw new Error('getter');
        },
      },
    ],
  ])('%s is no exemplar; the record still counts', (_, reference) => {
    const { registry, cell, exemplars } = start();
    cell.observe(0.1, reference as never);
    expect(registry.dropped.invalid_attribute).toBe(1);
    expect(exemplars()[0]).toBeUndefined();
    expect(point<HistogramFamily>(registry, 'h').counts).toEqual([1, 0]);
  });

  test('a counter has one too', () => {
    const registry = new Registry({ now: () => now });
    registry.counter({ name: 'c', help: '' }).labels().add(3, { traceId, spanId });
    expect(point<CounterFamily>(registry, 'c').exemplar).toMatchObject({ value: 3, timestamp: now / 1000 });
  });
});
