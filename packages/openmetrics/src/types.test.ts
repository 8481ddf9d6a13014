import { expect, expectTypeOf, test } from 'vitest';
import type { CounterCell, HistogramCell } from './instrument.ts';
import { Registry } from './registry.ts';

const catalog = {
  requests: { type: 'counter', name: 'requests', help: '', labelNames: ['method', 'status'] },
  starts: { type: 'counter', name: 'starts', help: '' },
  latency: { type: 'histogram', name: 'latency', help: '', labelNames: ['method'], buckets: [1] },
} as const;

test('a wrong number or kind of labels does not compile', () => {
  const registry = new Registry();
  const requests = registry.counter(catalog.requests);
  const starts = registry.counter(catalog.starts);
  const inline = registry.gauge({ name: 'g', help: '', labelNames: ['a'] });
  requests.labels('GET', '200').add();
  starts.labels().add(1);
  inline.labels('x').set(1);
  // @ts-expect-error: one label is missing
  requests.labels('GET');
  // @ts-expect-error: one label too many
  requests.labels('GET', '200', 'x');
  // @ts-expect-error: a label is text
  requests.labels('GET', 200);
  // @ts-expect-error: the family has no labels
  starts.labels('x');
  // @ts-expect-error: a removal names the labels as well
  requests.remove('GET');
  // @ts-expect-error: a counter is not declared from a histogram
  expect(() => registry.counter(catalog.latency)).toThrow(/latency/);
  // @ts-expect-error: a counter cannot be set
  expect(requests.labels('GET', '200').set).toBeUndefined();
});

test('the cells of a joint are those of its families', () => {
  const registry = new Registry();
  const joint = registry.joint({
    labelNames: ['method', 'status'],
    families: {
      requests: { family: registry.counter(catalog.requests), labels: ['method', 'status'] },
      latency: { family: registry.histogram(catalog.latency), labels: ['method'] },
    },
  });
  const cells = joint.labels('GET', '200');
  expectTypeOf(cells.requests).toEqualTypeOf<CounterCell>();
  expectTypeOf(cells.latency).toEqualTypeOf<HistogramCell>();
  // @ts-expect-error: both labels are needed
  joint.labels('GET');
  expect(Object.keys(cells)).toEqual(['requests', 'latency']);
});

test('states are those that are declared', () => {
  const mode = new Registry().stateSet({ name: 'mode', help: '', states: ['on', 'off'] });
  mode.labels().only('on');
  // @ts-expect-error: no such state
  expect(mode.labels().only('of')).toBeUndefined();
});
