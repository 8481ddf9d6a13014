import { Registry } from '@alex/openmetrics';
import { afterEach, describe, expect, it } from 'vitest';
import { EventStore } from '../store/event-store.ts';
import { StoreMetrics } from '../store/metrics.ts';
import { samples } from '../testing/movement.ts';
import { checkPipeline } from './configuration.ts';
import { PipelineManager } from './pipeline-manager.ts';

const stores: EventStore[] = [];
afterEach(async () => {
  for (const store of stores.splice(0)) await store.close();
});

let now = 0;

/** What a pipeline of these operators gives for payloads, one after the other, at 0 s, 1 s, 2 s, ... unless said. */
async function run(operators: readonly object[], payloads: readonly unknown[], times?: readonly number[]) {
  const store = await EventStore.open({ now: () => now });
  stores.push(store);
  const { id } = await store.registerPipeline({ name: 'p', operators, output: 'recent' });
  const results: unknown[] = [];
  for (const [index, payload] of payloads.entries()) {
    now = (times?.[index] ?? index) * 1000;
    const before = store.parts.pipelines.statistics(id);
    await store.append({ event_type: 't', entity_id: 'e', payload });
    const after = store.parts.pipelines.statistics(id);
    if (after.errors > before.errors) results.push(`error: ${after.last_error}`);
    else results.push(after.events_filtered > before.events_filtered ? 'dropped' : after.recent_results[0]);
  }
  return { results, store, id };
}

describe('filter', () => {
  it.each([
    ['eq', 'a', { x: { y: 'a' } }, { x: { y: 'b' } }],
    ['ne', 'a', { x: { y: 'b' } }, { x: { y: 'a' } }],
    ['gt', 5, { x: { y: 6 } }, { x: { y: 5 } }],
    ['lt', 5, { x: { y: 4 } }, { x: { y: '4' } }],
    ['contains', 'b', { x: { y: 'abc' } }, { x: {} }],
    ['contains', 2, { x: { y: [1, 2] } }, { x: { y: 'abc' } }],
    ['eq', { a: 1 }, { x: { y: { a: 1 } } }, { x: 5 }],
  ])('%s %j', async (op, value, passes, drops) => {
    const { results } = await run([{ type: 'filter', field: 'x.y', op, value }], [passes, drops]);
    expect(results).toEqual([passes, 'dropped']);
  });
});

describe('map', () => {
  it.each([
    ['uppercase', 'ab', 'AB'],
    ['lowercase', 'AB', 'ab'],
    ['trim', ' a ', 'a'],
    ['multiply:2.5', 4, 10],
    ['add:-1', 4, 3],
    ['uppercase', 5, 'error: a.b is no text'],
    ['multiply:1e308', 1e10, 'error: multiply:1e308 of a.b is not finite'],
  ])('%s of %j is %j', async (transform, before, after) => {
    const { results, store } = await run([{ type: 'map', field: 'a.b', transform }], [{ a: { b: before }, c: 1 }]);
    expect(results).toEqual([String(after).startsWith('error') ? after : { a: { b: after }, c: 1 }]);
    expect(JSON.parse(store.query({}).events[0]!).payload.a.b).toBe(before);
  });

  it('leaves a payload without the field alone', async () => {
    expect((await run([{ type: 'map', field: 'a', transform: 'trim' }], [{ b: 1 }, 'text'])).results).toEqual([
      { b: 1 },
      'text',
    ]);
  });
});

describe('reduce', () => {
  it.each([
    ['count', [1, 2, 3]],
    ['sum', [1, 3, 6]],
    ['avg', [1, 1.5, 2]],
    ['min', [1, 1, 1]],
    ['max', [1, 2, 3]],
  ])('%s', async (name, wanted) => {
    const { results } = await run([{ type: 'reduce', field: 'n', function: name }], [{ n: 1 }, { n: 2 }, { n: 3 }]);
    expect(results.map((result) => (result as { value: number }).value)).toEqual(wanted);
  });

  it('keeps groups apart, and begins again when it is reset', async () => {
    const { results, store, id } = await run(
      [{ type: 'reduce', field: 'n', function: 'sum', group_by: 'g' }],
      [{ n: 1, g: 'a' }, { n: 2, g: 'b' }, { n: 3, g: 'a' }, { g: 'a' }],
    );
    expect(results.slice(0, 3)).toMatchObject([
      { value: 1, group: 'a' },
      { value: 2, group: 'b' },
      { value: 4, group: 'a' },
    ]);
    expect(results[3]).toBe('error: n is no number');
    store.parts.pipelines.reset(id);
    await store.append({ event_type: 't', entity_id: 'e', payload: { n: 9, g: 'a' } });
    expect(store.parts.pipelines.statistics(id)).toMatchObject({
      events_processed: 1,
      errors: 0,
      recent_results: [{ value: 9 }],
    });
  });
});

describe('window', () => {
  const window = (config: object) => [
    { type: 'window', config, aggregation: { type: 'reduce', field: 'n', function: 'sum' } },
  ];
  const ones = (length: number) => Array.from({ length }, () => ({ n: 1 }));
  const values = ({ results }: { results: unknown[] }) => results.map((result) => (result as { value: number }).value);

  it('tumbling begins anew at multiples of its size, and counts each event once', async () => {
    const found = await run(
      window({ window_type: 'tumbling', size_seconds: 10 }),
      [{ n: 1 }, { n: 2 }, { n: 3 }],
      [3, 9, 10],
    );
    expect(values(found)).toEqual([1, 3, 3]);
    expect(found.results[2]).toMatchObject({
      window_start: '1970-01-01T00:00:10.000Z',
      window_end: '1970-01-01T00:00:20.000Z',
    });
  });

  it('sliding looks back from each event', async () => {
    expect(values(await run(window({ window_type: 'sliding', size_seconds: 10 }), ones(4), [0, 5, 10, 19]))).toEqual([
      1, 2, 2, 2,
    ]);
  });

  it('sliding with a step begins at its multiples', async () => {
    const config = { window_type: 'sliding', size_seconds: 10, slide_seconds: 5 };
    expect(values(await run(window(config), ones(4), [0, 4, 5, 12]))).toEqual([1, 2, 3, 2]);
  });

  it('session ends when nothing comes for its timeout', async () => {
    const config = { window_type: 'session', session_timeout_seconds: 5 };
    expect(values(await run(window(config), ones(4), [0, 5, 10, 16]))).toEqual([1, 2, 3, 1]);
  });
});

describe('enrich and branch', () => {
  it('adds fields of the state of another entity', async () => {
    const { store, id } = await run([{ type: 'enrich', source: 'entity:customer.id', fields: ['name', 'none'] }], []);
    await store.append({ event_type: 'user', entity_id: 'u-1', payload: { name: 'Ada', customer: { id: 'nobody' } } });
    await store.append({ event_type: 'order', entity_id: 'o-1', payload: { customer: { id: 'u-1' } } });
    expect(store.parts.pipelines.statistics(id).recent_results).toEqual([
      { customer: { id: 'u-1' }, _enriched: { name: 'Ada' } },
      { name: 'Ada', customer: { id: 'nobody' }, _enriched: {} },
    ]);
  });

  it('routes by value, and by default', async () => {
    const branches = { '1': 'one', default: 'many' };
    const { results } = await run([{ type: 'branch', field: 'n', branches }], [{ n: 1 }, { n: 7 }, 'text']);
    expect(results).toEqual([{ n: 1, _route: 'one' }, { n: 7, _route: 'many' }, 'error: the payload is no object']);
  });
});

describe('a configuration', () => {
  const check = (part: object) => () => checkPipeline({ name: 'p', operators: [], ...part }, () => 'made');

  it('has defaults', () => {
    expect(check({})()).toEqual({
      id: 'made',
      name: 'p',
      source_event_types: [],
      operators: [],
      enabled: true,
      output: 'none',
    });
  });

  it.each([
    [{ operators: [{ type: 'filter', field: 'a', op: 'like', value: 1 }] }, 'operators[0].op is one of eq'],
    [{ operators: [{ type: 'reduce', field: 'a', function: 'median' }] }, 'operators[0].function'],
    [{ operators: [{ type: 'map', field: 'a', transform: 'multiply:x' }] }, 'operators[0].transform'],
    [{ operators: [{ type: 'map', field: 'a..b', transform: 'trim' }] }, 'operators[0].field'],
    [{ operators: [{ type: 'window', config: { window_type: 'tumbling' }, aggregation: {} }] }, 'config.size_seconds'],
    [{ operators: [{ type: 'enrich', source: 'database', fields: [] }] }, 'operators[0].source'],
    [{ operators: [{ type: 'teleport' }] }, 'operators[0].type'],
    [{ operators: {} }, 'operators is a list'],
    [{ id: '1' }, 'id is a UUID'],
    [{ name: '' }, 'name'],
  ])('%j is refused at registration', (part, message) => expect(check(part)).toThrow(message));

  it('that is disabled, or for other types, touches nothing', async () => {
    const store = await EventStore.open();
    stores.push(store);
    const failing = [{ type: 'map', field: 'a', transform: 'trim' }];
    await store.registerPipeline({ name: 'p', operators: failing, enabled: false });
    await store.registerPipeline({ name: 'q', operators: failing, source_event_types: ['other'] });
    await store.append({ event_type: 't', entity_id: 'e', payload: { a: 1 } });
    for (const { id } of store.parts.pipelines.configurations) {
      expect(store.parts.pipelines.statistics(id)).toMatchObject({ events_processed: 0, errors: 0 });
    }
  });
});

describe('the series of pipelines', () => {
  const managed = () => {
    const registry = new Registry();
    const manager = new PipelineManager(
      new StoreMetrics(registry),
      () => undefined,
      () => undefined,
    );
    const names = () => Object.keys(samples(registry)).filter((name) => name.includes('pipeline_name'));
    const put = (id: string, name: string) => manager.put(checkPipeline({ name, operators: [] }, () => id));
    return { manager, names, put };
  };

  it('go with them, those beyond 200 names included', () => {
    const { manager, names, put } = managed();
    for (let n = 0; n < 205; n++) put(`id-${n}`, `name-${n}`);
    expect(names()).toContain('pipeline_errors_total{pipeline_name=other}');
    expect(names()).toContain('pipeline_events_processed{pipeline_id=id-204,pipeline_name=other}');
    for (let n = 200; n < 204; n++) manager.delete(`id-${n}`);
    expect(names().filter((name) => name.includes('=other'))).toEqual([
      'pipeline_events_processed{pipeline_id=id-204,pipeline_name=other}',
      'pipeline_events_filtered{pipeline_id=id-204,pipeline_name=other}',
      'pipeline_errors_total{pipeline_name=other}',
      'pipeline_processing_duration_seconds_count{pipeline_id=id-204,pipeline_name=other}',
    ]);
    manager.delete('id-204');
    expect(names().filter((name) => name.includes('=other'))).toEqual([]);
    for (let n = 0; n < 200; n++) manager.delete(`id-${n}`);
    expect(names()).toEqual([]);
  });

  it('stay as long as another pipeline has the name, or shares other', () => {
    const { manager, names, put } = managed();
    put('id-a', 'same');
    put('id-b', 'same');
    put('id-other', 'other');
    for (let n = 0; n < 200; n++) put(`id-${n}`, `name-${n}`);
    manager.delete('id-a');
    manager.delete('id-other');
    expect(names()).toContain('pipeline_errors_total{pipeline_name=same}');
    expect(names()).toContain('pipeline_errors_total{pipeline_name=other}');
    manager.delete('id-199');
    expect(names()).not.toContain('pipeline_errors_total{pipeline_name=other}');
  });
});
