import { describe, expect, test, vi } from 'vitest';
import type { MetricFamily } from './model.ts';
import { Registry } from './registry.ts';
import { renderPrometheusText } from './render.ts';

function lines(registry: Registry): string[] {
  return renderPrometheusText(registry.collect())
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'));
}

const requests = { name: 'requests', help: 'Requests.', labelNames: ['method', 'status'] } as const;

describe('declaring', () => {
  test('the same family twice gives the same family', () => {
    const registry = new Registry();
    expect(registry.counter(requests)).toBe(registry.counter({ ...requests }));
  });

  test.each<[string, (registry: Registry) => unknown]>([
    ['another type', (registry) => registry.gauge({ ...requests, name: 'requests_total' })],
    ['other labels', (registry) => registry.counter({ ...requests, labelNames: ['method'] })],
    ['another help', (registry) => registry.counter({ ...requests, help: 'Other.' })],
  ])('%s under the same name is an error that names both', (_, declareAgain) => {
    const registry = new Registry();
    registry.counter(requests);
    expect(() => declareAgain(registry)).toThrow(
      /"requests(_total)?" \(requests.* on the wire\) is already declared differently as "requests"/,
    );
  });

  test('a sample of one family cannot be a sample of another', () => {
    const registry = new Registry();
    registry.histogram({ name: 'latency', help: 'Latency.' });
    expect(() => registry.gauge({ name: 'latency_sum', help: 'Sum.' })).toThrow(/already declared/);
  });

  test.each([
    ['an empty name', { name: '.', help: '' }],
    ['a label twice', { name: 'a', help: '', labelNames: ['b', 'b'] }],
    ['a reserved label', { name: 'a', help: '', labelNames: ['__name__'] }],
    ['a limit of a label that is none', { name: 'a', help: '', labelLimits: { tool: 3 } }],
  ])('%s is an error', (_, declaration) => {
    expect(() => new Registry().counter(declaration)).toThrow(Error);
  });

  test('the label le is reserved in a histogram', () => {
    expect(() => new Registry().histogram({ name: 'a', help: '', labelNames: ['le'] })).toThrow(/reserved/);
    expect(() => new Registry({ constantLabels: { le: '1' } })).toThrow(/le/);
  });

  test('a family without labels is there with 0 at once', () => {
    const registry = new Registry();
    registry.counter({ name: 'starts', help: 'Starts.' });
    expect(lines(registry)).toEqual(['starts_total 0']);
  });

  test('series that are known in advance exist with 0', () => {
    const registry = new Registry();
    registry.counter(requests).declareSeries(['GET', '200'], ['GET', '500']);
    expect(lines(registry)).toEqual([
      'requests_total{method="GET",status="200"} 0',
      'requests_total{method="GET",status="500"} 0',
    ]);
  });

  test('families come in the order of their declaration, or by name', () => {
    for (const [order, expected] of [
      ['declared', ['b', 'a']],
      ['sorted', ['a', 'b']],
    ] as const) {
      const registry = new Registry({ order });
      registry.gauge({ name: 'b', help: '' });
      registry.gauge({ name: 'a', help: '' });
      expect([...registry.snapshot().families].map(({ name }) => name)).toEqual(expected);
      expect(registry.families.map(({ name }) => name)).toEqual(expected);
    }
  });

  test('a counter is sorted by the name of its samples', () => {
    const registry = new Registry({ translation: 'NoTranslation', order: 'sorted' });
    for (const name of ['events_total', 'events_by_type', 'events_seconds']) {
      registry.counter({ name, help: '', literal: true });
    }
    expect(lines(registry)).toEqual(['events_by_type 0', 'events_seconds 0', 'events_total 0']);
  });

  test('only registries whose names are legal there offer OpenMetrics', () => {
    expect(new Registry().openMetrics).toBe(true);
    expect(new Registry({ translation: 'NoTranslation' }).openMetrics).toBe(false);
    expect(new Registry({ translation: 'UnderscoreEscapingWithoutSuffixes' }).openMetrics).toBe(false);
    const registry = new Registry();
    registry.counter({ name: 'events_by_type', help: '', literal: true });
    expect(registry.openMetrics).toBe(false);
  });
});

describe('constant labels', () => {
  test('stand on every series, and a label of the family wins', () => {
    const registry = new Registry({ constantLabels: { env: 'test', region: 'eu' } });
    registry
      .counter({ name: 'a', help: '', labelNames: ['env'] })
      .labels('own')
      .add();
    registry.dynamicCounter({ name: 'b', help: '' }).labels({ region: 'us' }).add();
    expect(lines(registry)).toEqual(['a_total{region="eu",env="own"} 1', 'b_total{env="test",region="us"} 1']);
  });
});

describe('limits', () => {
  test('past the limit of series there is one overflow series and a count', () => {
    const onDrop = vi.fn();
    const registry = new Registry({ maxSeriesPerFamily: 2, onDrop });
    const family = registry.counter(requests);
    for (const status of ['200', '404', '500', '503']) {
      family.labels('GET', status).add(2);
    }
    expect(lines(registry)).toEqual([
      'requests_total{method="GET",status="200"} 2',
      'requests_total{method="GET",status="404"} 2',
      'requests_total{otel_metric_overflow="true"} 4',
    ]);
    expect(family.seriesCount).toBe(3);
    expect(family.overflowCount).toBe(2);
    expect(registry.dropped.series_limit).toBe(2);
    expect(onDrop).toHaveBeenCalledWith('series_limit', 'requests');
  });

  test('removal makes room again', () => {
    const registry = new Registry({ maxSeriesPerFamily: 1 });
    const family = registry.gauge({ name: 'g', help: '', labelNames: ['id'] });
    family.labels('a').set(1);
    expect(family.remove('a')).toBe(true);
    family.labels('b').set(2);
    expect(lines(registry)).toEqual(['g{id="b"} 2']);
  });

  test('past the limit of a label its value is other', () => {
    const registry = new Registry();
    const family = registry.counter({
      name: 'tools',
      help: '',
      labelNames: ['tool', 'status'],
      labelLimits: { tool: 2 },
    });
    for (const tool of ['a', 'b', 'c', 'd', 'a']) {
      family.labels(tool, 'ok').add();
    }
    expect(lines(registry)).toEqual([
      'tools_total{tool="a",status="ok"} 2',
      'tools_total{tool="b",status="ok"} 1',
      'tools_total{tool="other",status="ok"} 2',
    ]);
    family.remove('a', 'ok');
    family.labels('e', 'ok').add();
    expect(lines(registry)).toContain('tools_total{tool="e",status="ok"} 1');
  });

  test('a million label values stay bounded', () => {
    const registry = new Registry({ maxSeriesPerFamily: 100 });
    const counter = registry.counter({ name: 'c', help: '', labelNames: ['id'] });
    const joint = registry.joint({ labelNames: ['id'], families: { counter: { family: counter, labels: ['id'] } } });
    const dynamic = registry.dynamicCounter({ name: 'd', help: '' });
    for (let id = 0; id < 300_000; id++) {
      counter.labels(`a${id}`).add();
      joint.labels(`b${id}`).counter.add();
      dynamic.labels({ id }).add();
    }
    expect(counter.seriesCount).toBe(101);
    expect(dynamic.seriesCount).toBe(101);
    expect(lines(registry)).toContain('c_total{otel_metric_overflow="true"} 599900');
  });
});

describe('label values', () => {
  const registry = new Registry();
  const family = registry.counter({ name: 'c', help: '', labelNames: ['v'] });
  const loose = family as unknown as { labels(value?: unknown): { add(): void } };

  test.each<[unknown, string]>([
    [5, '5'],
    [true, 'true'],
    [10n, '10'],
    [undefined, ''],
    [null, ''],
    [{}, 'unknown'],
    [Symbol('s'), 'unknown'],
    [() => 1, 'unknown'],
    [Object.create(null), 'unknown'],
    ['\ud800', '\ufffd'],
    ['x'.repeat(10_000_000), 'x'.repeat(256)],
    [`${'x'.repeat(255)}😀`, `${'x'.repeat(255)}\ufffd`],
  ])('of any kind become text: case %#', (value, text) => {
    loose.labels(value).add();
    const last = [...registry.snapshot().families][0] as MetricFamily;
    expect([...last.series].map(({ labels }) => labels[0]?.[1])).toContain(text);
  });

  test('that cannot be text are counted', () => {
    expect(registry.dropped.invalid_attribute).toBe(4);
  });

  test('with many labels are found by all of them', () => {
    const many = new Registry();
    const wide = many.counter({ name: 'w', help: '', labelNames: ['a', 'b', 'c', 'd', 'e'] });
    wide.labels('1', '2', '3', '4', '5').add();
    wide.labels('1', '2', '3', '4', '6').add(2);
    expect(wide.labels('1', '2', '3', '4', '5')).toBe(wide.labels('1', '2', '3', '4', '5'));
    expect(wide.remove('1', '2', '3', '4', '5')).toBe(true);
    expect(wide.remove('1', '2', '3', '4', '5')).toBe(false);
    expect(lines(many)).toEqual(['w_total{a="1",b="2",c="3",d="4",e="6"} 2']);
  });
});

describe('removal', () => {
  test('a cell that is still held works on without effect', () => {
    const registry = new Registry();
    const family = registry.counter({ name: 'c', help: '', labelNames: ['id'] });
    const held = family.labels('a');
    family.labels('b').add(7);
    lines(registry);
    family.remove('a');
    held.add(5);
    expect(lines(registry)).toEqual(['c_total{id="b"} 7']);
    family.labels('a').add(1);
    expect(lines(registry)).toEqual(['c_total{id="b"} 7', 'c_total{id="a"} 1']);
  });

  test('of all series empties the family', () => {
    const registry = new Registry();
    const family = registry.gauge({ name: 'g', help: '', labelNames: ['id'] });
    family.labels('a').set(1);
    family.clear();
    expect(family.seriesCount).toBe(0);
    expect(lines(registry)).toEqual([]);
  });

  test('of many series keeps the text of the others right', () => {
    const registry = new Registry();
    const family = registry.counter({ name: 'c', help: '', labelNames: ['id'] });
    for (let id = 0; id < 1000; id++) {
      family.labels(`number-${id}`).add(id);
    }
    lines(registry);
    for (let id = 0; id < 1000; id++) {
      if (id % 10 !== 0) {
        family.remove(`number-${id}`);
      }
    }
    const expected = Array.from({ length: 100 }, (_, index) => `c_total{id="number-${index * 10}"} ${index * 10}`);
    expect(lines(registry).sort()).toEqual(expected.sort());
  });

  test('during a rendering disturbs neither it nor the next one', () => {
    const registry = new Registry();
    const family = registry.counter({ name: 'c', help: '', labelNames: ['id'] });
    for (const id of ['a', 'b', 'c']) {
      family.labels(id).add();
    }
    const [live] = registry.collect().families;
    const seen: string[] = [];
    for (const { labels } of (live as MetricFamily).series) {
      seen.push(labels[0]?.[1] ?? '');
      family.remove('a');
    }
    expect(seen).toEqual(['a', 'b', 'c']);
  });
});

describe('collecting', () => {
  test('runs callbacks first, and stops when they are removed', () => {
    const registry = new Registry();
    const gauge = registry.gauge({ name: 'g', help: '' });
    let value = 0;
    const remove = registry.onCollect(() => gauge.labels().set(++value));
    expect(lines(registry)).toEqual(['g 1']);
    remove();
    expect(lines(registry)).toEqual(['g 1']);
  });

  test('survives callbacks that throw or reject', async () => {
    const registry = new Registry({
      onDrop: () => {
        throw new Error('listener');
      },
    });
    registry.gauge({ name: 'g', help: '' });
    registry.onCollect(() => {
      throw new Error('observer');
    });
    registry.onCollect(async () => {
      throw new Error('async observer');
    });
    expect(lines(registry)).toEqual(['g 0']);
    await new Promise((resolve) => setImmediate(resolve));
    expect(registry.dropped.listener_error).toBeGreaterThanOrEqual(2);
  });

  test('a snapshot is not changed by later records, a live view is', () => {
    const registry = new Registry();
    const cell = registry.histogram({ name: 'h', help: '', buckets: [1] }).labels();
    const copy = registry.snapshot();
    const live = registry.collect();
    cell.observe(0.5);
    expect(renderPrometheusText(copy)).toContain('h_count 0');
    expect(renderPrometheusText(live)).toContain('h_count 1');
  });
});
