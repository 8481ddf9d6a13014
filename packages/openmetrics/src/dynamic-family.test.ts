import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Registry } from './registry.ts';
import { renderOpenMetrics, renderPrometheusText } from './render.ts';

function text(registry: Registry): string {
  return renderPrometheusText(registry.collect());
}

test('the order of attributes does not matter', () => {
  const family = new Registry().dynamicCounter({ name: 'd', help: '' });
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.oneof(fc.string(), fc.integer(), fc.boolean())), (attributes) => {
      const reversed = Object.fromEntries(Object.entries(attributes).reverse());
      expect(family.labels(reversed)).toBe(family.labels(attributes));
      expect(family.labels({ ...attributes })).toBe(family.labels(attributes));
    }),
    { numRuns: 200 },
  );
});

test('attributes are read at once and never kept', () => {
  const registry = new Registry();
  const family = registry.dynamicCounter({ name: 'd', help: '' });
  const attributes = { a: 'one' };
  family.labels(attributes).add();
  attributes.a = 'two';
  expect(text(registry)).toContain('d_total{a="one"} 1\n');
});

test('names are translated and sorted, values become text, and names that fall together share their values', () => {
  const registry = new Registry();
  const family = registry.dynamicCounter({ name: 'd', help: '' });
  family
    .labels({ z: true, 'http.status': 200, 'a.b': 'x', a_b: 'y', tags: ['p', 1], none: undefined, empty: '' })
    .add();
  expect(text(registry)).toContain('d_total{a_b="x;y",http_status="200",tags="[\\"p\\",\\"1\\"]",z="true"} 1\n');
});

test('a number and its text are the same series', () => {
  const family = new Registry().dynamicGauge({ name: 'd', help: '' });
  expect(family.labels({ a: 1 })).toBe(family.labels({ a: '1' }));
});

test('no attribute can break the exposition', () => {
  const registry = new Registry();
  const family = registry.dynamicHistogram({ name: 'd', help: '', buckets: [1] });
  family.labels({ le: 'x', __name__: 'y', 'a"\n': 'z' }).observe(1);
  expect(renderOpenMetrics(registry.collect(), { created: false })).toContain(
    'd_count{a__="z",key___name__="y",key_le="x"} 1\n',
  );
});

test.each<[string, unknown]>([
  ['null', null],
  [
    'a proxy that throws',
    new Proxy(
      {},
      {
        ownKeys: () => {
          throw new Error('trap');
        },
      },
    ),
  ],
  ['functions and objects', { fn: () => 1, date: new Date(), symbol: Symbol('s') }],
  [
    'a cyclic array',
    {
      list: (() => {
        const list: unknown[] = [];
        list.push(list);
        return list;
      })(),
    },
  ],
])('%s does no harm', (_, attributes) => {
  const registry = new Registry();
  const family = registry.dynamicUpDownCounter({ name: 'd', help: '' });
  expect(() => family.labels(attributes as never).add()).not.toThrow();
  expect(() => text(registry)).not.toThrow();
});

test('one series, or all, can be removed', () => {
  const registry = new Registry();
  const family = registry.dynamicCounter({ name: 'd', help: '' });
  family.labels({ a: '1', b: '2' }).add();
  family.labels({ a: '2' }).add();
  expect(family.remove({ b: '2', a: '1' })).toBe(true);
  expect(family.remove({ a: '3' })).toBe(false);
  expect(text(registry)).not.toContain('b="2"');
  family.labels({ a: '1', b: '2' }).add(5);
  expect(text(registry)).toContain('d_total{a="1",b="2"} 5\n');
  family.clear();
  expect(family.seriesCount).toBe(0);
});

test('a declared family of the same name is a conflict', () => {
  const registry = new Registry();
  registry.dynamicCounter({ name: 'd', help: '' });
  expect(() => registry.counter({ name: 'd', help: '' })).toThrow(/already declared/);
  expect(registry.dynamicCounter({ name: 'd', help: '' })).toBe(registry.dynamicCounter({ name: 'd', help: '' }));
});
