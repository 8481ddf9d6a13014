import { type Counter, type Meter, type Observable, ROOT_CONTEXT, trace } from '@opentelemetry/api';
import { afterEach, describe, expect, test } from 'vitest';
import { createFixture } from './fixture.ts';
import type { Metrics } from './metrics.ts';

const { create, text, warnings } = createFixture();
const span = { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331', traceFlags: 1 };

afterEach(() => {
  warnings.length = 0;
});

/** The sample lines of custom instruments. */
async function custom(metrics: Metrics): Promise<string[]> {
  return (await text(metrics)).split('\n').filter((line) => line.startsWith('house_'));
}

function make(options: Parameters<typeof create>[1] = {}): { readonly metrics: Metrics; readonly meter: Meter } {
  const metrics = create({}, options);
  return { metrics, meter: metrics.api.meter };
}

describe('instruments', () => {
  test('each kind is exposed under the name that Prometheus gives it', async () => {
    const { metrics, meter } = make();
    meter.createCounter('house.visits', { unit: '{visit}' }).add(2, { room: 'hall' });
    meter.createUpDownCounter('house.open').add(-3);
    meter.createGauge('house.load', { unit: '1' }).record(0.5);
    meter
      .createHistogram('house.wait', { unit: 's', advice: { explicitBucketBoundaries: [5, 1, 1, Number.NaN] } })
      .record(2);
    expect(await custom(metrics)).toEqual([
      'house_visits_total{room="hall"} 2',
      'house_open -3',
      'house_load_ratio 0.5',
      'house_wait_seconds_bucket{le="1.0"} 0',
      'house_wait_seconds_bucket{le="5.0"} 1',
      'house_wait_seconds_bucket{le="+Inf"} 1',
      'house_wait_seconds_count 1',
      'house_wait_seconds_sum 2',
    ]);
  });

  test('the same name and kind is the same instrument, whatever its description and case', async () => {
    const { metrics, meter } = make();
    meter.createCounter('house.visits', { description: 'One.' }).add(1);
    meter.createCounter('House.Visits', { description: 'Two.' }).add(1);
    expect(await custom(metrics)).toEqual(['house_visits_total 2']);
    expect(warnings).toEqual([]);
  });

  test.each([
    ['another kind of our own', 'house.visits', 'another kind'],
    ['a metric of the catalogue', 'alex.cost.total', 'alex'],
    ['no legal name', 'house visits', 'legal'],
    ['no name at all', '', 'legal'],
  ])('a name that is %s gives an instrument that does nothing, and one warning', async (_, name, reason) => {
    const { metrics, meter } = make();
    meter.createCounter('house.visits').add(1);
    const before = await custom(metrics);
    for (let n = 0; n < 3; n++) meter.createHistogram(name).record(1);
    expect(await custom(metrics)).toEqual(before);
    expect(warnings.filter((message) => message.includes('does nothing'))).toEqual([expect.stringContaining(reason)]);
  });

  test('attributes are read at once and may change afterwards', async () => {
    const { metrics, meter } = make();
    const counter = meter.createCounter('house.visits');
    const attributes = { room: 'hall' };
    counter.add(1, attributes);
    attributes.room = 'attic';
    counter.add(1, { room: 'hall' });
    expect(await custom(metrics)).toEqual(['house_visits_total{room="hall"} 2']);
  });

  test('past the limit of series there is one overflow series', async () => {
    const metrics = create({ limits: { series: 2, label_values: 200 } });
    const counter = metrics.api.meter.createCounter('house.visits');
    for (let n = 0; n < 1000; n++) counter.add(1, { n });
    expect((await custom(metrics)).at(-1)).toBe('house_visits_total{otel_metric_overflow="true"} 998');
  });

  test('a record inside a sampled span, active or given, carries an exemplar', async () => {
    const { metrics, meter } = make({ spanContext: () => span });
    meter.createCounter('house.visits').add(1);
    const other = { ...span, traceId: '1'.repeat(32) };
    const given = trace.setSpanContext(ROOT_CONTEXT, other);
    meter.createHistogram('house.wait').record(1, {}, given);
    meter.createHistogram('house.other').record(1, {}, trace.setSpanContext(ROOT_CONTEXT, { ...span, traceFlags: 0 }));
    const exposed = (await custom(metrics)).join('\n');
    expect(exposed).toContain(`house_visits_total 1 # {trace_id="${span.traceId}"`);
    expect(exposed).toMatch(/house_wait_bucket.* # \{trace_id="1{32}"/);
    expect(exposed).not.toMatch(/house_other.* # /);
  });

  test('no value, attribute or option makes an instrument throw or spoils a series', async () => {
    const { metrics, meter } = make();
    const cyclic: Record<string, unknown> = {};
    cyclic['self'] = cyclic;
    const trap = new Proxy(
      {},
      {
        ownKeys: () => {
          throw new Error('trap');
        },
      },
    );
    const hostile: unknown[] = [
      Number.NaN,
      -1,
      Number.POSITIVE_INFINITY,
      'text',
      12n,
      Symbol('s'),
      null,
      undefined,
      cyclic,
      () => 1,
      trap,
      [],
      { le: 'x', '': 'y', 'a-b': 1, a_b: 2, big: 12n, fn: () => 1, symbol: Symbol('s'), cyclic, date: new Date(0) },
      { long: 'y'.repeat(1e7), ['n'.repeat(1e6)]: 1 },
    ];
    const counter = meter.createCounter('house.visits') as Counter<never>;
    const wait = meter.createHistogram('house.wait');
    const load = meter.createGauge('house.load');
    for (const value of hostile) {
      for (const attributes of hostile) {
        expect(() => counter.add(value as number, attributes as never)).not.toThrow();
        expect(() => wait.record(value as number, attributes as never)).not.toThrow();
        expect(() => load.record(value as number, attributes as never)).not.toThrow();
      }
      expect(() => meter.createCounter(value as string, value as never).add(1)).not.toThrow();
      expect(() => meter.createCounter('house.other', value as never).add(1)).not.toThrow();
    }
    const exposed = await text(metrics);
    expect(exposed).not.toMatch(/ (NaN|[+-]Inf)$/m);
    expect(exposed.length).toBeLessThan(1e6);
  });
});

describe('observables', () => {
  test('callbacks run at each collect; gauges that are no longer observed go', async () => {
    const { metrics, meter } = make();
    let rooms = ['hall', 'attic'];
    let total = 5;
    meter.createObservableGauge('house.heat').addCallback((result) => {
      for (const room of rooms) result.observe(20, { room });
    });
    meter.createObservableCounter('house.water').addCallback((result) => result.observe(total));
    meter.createObservableUpDownCounter('house.people').addCallback((result) => result.observe(-1));
    expect(await custom(metrics)).toEqual([
      'house_heat{room="hall"} 20',
      'house_heat{room="attic"} 20',
      'house_water_total 5',
      'house_people -1',
    ]);
    rooms = ['attic'];
    total = 7;
    expect(await custom(metrics)).toEqual(['house_heat{room="attic"} 20', 'house_water_total 7', 'house_people -1']);
  });

  test('an observed counter that falls began again', async () => {
    const { metrics, meter } = make();
    const totals = [5, 2, 3];
    meter.createObservableCounter('house.water').addCallback((result) => result.observe(totals.shift()!));
    for (const expected of [5, 7, 8]) expect(await custom(metrics)).toEqual([`house_water_total ${expected}`]);
  });

  test('observations that share a series, by the limit or by two callbacks, are summed and grow with what is observed', async () => {
    const metrics = create({ limits: { series: 1, label_values: 200 } });
    const { meter } = metrics.api;
    meter.createObservableCounter('house.water').addCallback((result) => {
      for (const [room, total] of [
        ['hall', 1],
        ['attic', 100],
        ['cellar', 5],
      ] as const)
        result.observe(total, { room });
    });
    const twice = meter.createObservableCounter('house.power');
    twice.addCallback((result) => result.observe(10));
    twice.addCallback((result) => result.observe(5));
    for (let round = 0; round < 3; round++) {
      expect(await custom(metrics)).toEqual([
        'house_water_total{room="hall"} 1',
        'house_water_total{otel_metric_overflow="true"} 105',
        'house_power_total 15',
      ]);
    }
  });

  test('a removed callback is not called again', async () => {
    const { metrics, meter } = make();
    const gauge = meter.createObservableGauge('house.heat');
    let calls = 0;
    const callback = (): void => void calls++;
    gauge.addCallback(callback);
    await metrics.collect();
    gauge.removeCallback(callback);
    await metrics.collect();
    expect(calls).toBe(1);
  });

  test('a batch callback observes its own instruments only', async () => {
    const { metrics, meter } = make();
    const heat = meter.createObservableGauge('house.heat');
    const foreign = meter.createObservableGauge('house.foreign');
    const callback = (result: { observe: (one: Observable, value: number) => void }): void => {
      result.observe(heat, 20);
      result.observe(foreign, 1);
    };
    meter.addBatchObservableCallback(callback, [heat]);
    expect(await custom(metrics)).toEqual(['house_heat 20']);
    meter.removeBatchObservableCallback(callback, [heat]);
  });

  test('asynchronous callbacks are awaited; one that throws, rejects or hangs loses its own observations', async () => {
    const { metrics, meter } = make();
    const add = (name: string, callback: Parameters<Observable['addCallback']>[0]): void =>
      meter.createObservableGauge(name).addCallback(callback);
    add('house.slow', async (result) => {
      await new Promise((resolve) => setTimeout(resolve, 20));
      result.observe(1);
    });
    add('house.thrown', () => {
      throw new Error('no');
    });
    add('house.rejected', async (result) => {
      result.observe(1);
      throw new Error('no');
    });
    add('house.hung', (result) => {
      result.observe(1);
      return new Promise(() => {});
    });
    const start = performance.now();
    const exposed = (await text(metrics)).split('\n');
    expect(performance.now() - start).toBeLessThan(3000);
    expect(exposed.filter((line) => line.startsWith('house_'))).toEqual(['house_slow 1']);
    expect(exposed).toContain('alex_obs_dropped_total{signal="metrics",reason="listener_error"} 3');
  });
});
