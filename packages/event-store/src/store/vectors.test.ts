import { Registry } from '@alex/openmetrics';
import { afterEach, describe, expect, it } from 'vitest';
import { controlPlaneCatalog, coreCatalog } from '../catalog.ts';
import type { Projection } from '../projections/projection.ts';
import { guideNames, movement, samples } from '../testing/movement.ts';
import { EventStore } from './event-store.ts';

const stores: EventStore[] = [];
afterEach(async () => {
  for (const store of stores.splice(0)) await store.close();
});

async function open(options: Parameters<typeof EventStore.open>[0] = {}): Promise<EventStore> {
  const store = await EventStore.open(options);
  stores.push(store);
  return store;
}

const order = (entity_id = 'o-1', payload: unknown = {}) => ({ event_type: 'order.placed', entity_id, payload });
const user = { event_type: 'user.created', entity_id: 'u-1', payload: {} };

/** What one event that is stored moves when nothing is registered. */
function stored(count: number, byType: Record<string, number>) {
  const types = Object.entries(byType).map(([type, events]) => [`events_ingested_by_type{event_type=${type}}`, events]);
  return {
    events_ingested_total: count,
    ...Object.fromEntries(types),
    ingestion_duration_seconds_count: count,
    'projection_events_processed{projection_name=entity_snapshots}': count,
    'projection_events_processed{projection_name=event_counters}': count,
    'projection_processing_duration_seconds_count{projection_name=entity_snapshots}': count,
    'projection_processing_duration_seconds_count{projection_name=event_counters}': count,
    projection_duration_seconds_count: count,
    pipeline_duration_seconds_count: count,
  };
}

describe('the catalogues', () => {
  it('are the 53 families of the guide, by name and type', () => {
    const families = [...Object.values(coreCatalog), ...Object.values(controlPlaneCatalog)];
    const declared = families.map(({ name, type }) => `${name} ${type[0]!.toUpperCase()}${type.slice(1)}`);
    expect(declared.length).toBe(53);
    expect([...declared].sort()).toEqual(guideNames().sort());
  });
});

describe('ingest', () => {
  it('moves exactly the families of ingest, projections and pipelines', async () => {
    const store = await open();
    const moved = await movement(store.registry, async () => {
      await store.append(order());
      await store.append(order());
      await store.append(user);
    });
    expect(moved).toEqual(stored(3, { 'order.placed': 2, 'user.created': 1 }));
    expect(samples(store.registry)).toMatchObject({
      storage_events_total: 3,
      storage_entities_total: 2,
      projections_total: 2,
    });
  });

  it('counts a refused event as an error and an attempt, and nothing else', async () => {
    const store = await open();
    await store.append(order());
    const moved = await movement(store.registry, () => expect(store.append(order(''))).rejects.toThrow('entity_id'));
    expect(moved).toEqual({ ingestion_errors_total: 1, ingestion_duration_seconds_count: 1 });
    expect(samples(store.registry)['storage_events_total']).toBe(1);
  });

  it('counts a refused batch once for each invalid event, and a partial one by what became of each', async () => {
    const store = await open();
    const batch = [order(), order(''), order('o-2'), { ...order(), event_type: 'Bad Type' }];
    const refused = await movement(store.registry, () =>
      expect(store.appendBatch(batch)).rejects.toMatchObject({ index: 1 }),
    );
    expect(refused).toEqual({ ingestion_errors_total: 2, ingestion_duration_seconds_count: 4 });
    const partial = await movement(store.registry, () => store.appendBatch(batch, { partial: true }));
    expect(partial).toEqual({
      ...stored(2, { 'order.placed': 2 }),
      ingestion_errors_total: 2,
      ingestion_duration_seconds_count: 4,
    });
  });

  it('counts a retry with the same id neither as stored nor as an error', async () => {
    const store = await open();
    const event = { ...order(), event_id: '0b4ff3f0-58bc-4c1b-b7b1-7a9b2e3d4c5f' };
    await store.append(event);
    expect(await movement(store.registry, () => store.append(event))).toEqual({ ingestion_duration_seconds_count: 1 });
  });

  it('puts event types beyond 500 under other', async () => {
    const store = await open();
    await store.appendBatch(
      Array.from({ length: 510 }, (_, n) => ({ event_type: `t.${n}`, entity_id: 'e', payload: 0 })),
    );
    expect(samples(store.registry)['events_ingested_by_type{event_type=other}']).toBe(10);
    await store.append({ event_type: 't.509', entity_id: 'e', payload: 0 });
    expect(samples(store.registry)['events_ingested_by_type{event_type=other}']).toBe(11);
  });
});

describe('queries', () => {
  it('move exactly the families of their type', async () => {
    const store = await open();
    await store.appendBatch([order(), order(), user]);
    const moved = (query: Parameters<EventStore['query']>[0]) => movement(store.registry, () => store.query(query));
    const of = (type: string, results: number) => ({
      [`queries_total{query_type=${type}}`]: 1,
      [`query_duration_seconds_count{query_type=${type}}`]: 1,
      [`query_results_total{query_type=${type}}`]: results,
    });
    expect(await moved({ entityId: 'o-1' })).toEqual(of('entity', 2));
    expect(await moved({ eventType: 'user.created' })).toEqual(of('type', 1));
    expect(await moved({ limit: 2 })).toEqual(of('full_scan', 2));
    expect(await moved({ entityId: 'o-1', eventType: 'order.placed' })).toEqual(of('entity', 2));
  });
});

describe('projections', () => {
  it('that throw are counted, and the others still run', async () => {
    const failing: Projection = {
      name: 'failing',
      apply: () => {
        throw new Error('no');
      },
      fresh: () => failing,
      read: () => undefined,
    };
    const store = await open({ projections: [failing] });
    const moved = await movement(store.registry, () => store.append(order()));
    expect(moved).toEqual({
      ...stored(1, { 'order.placed': 1 }),
      'projection_errors_total{projection_name=failing}': 1,
      'projection_processing_duration_seconds_count{projection_name=failing}': 1,
    });
  });
});

describe('pipelines', () => {
  const configuration = {
    id: '0b4ff3f0-58bc-4c1b-b7b1-7a9b2e3d4c5f',
    name: 'p',
    source_event_types: ['order.placed'],
    operators: [{ type: 'filter', field: 'status', op: 'eq', value: 'active' }],
  };
  const labels = `pipeline_id=${configuration.id},pipeline_name=p`;

  it('count what they take, what they filter and where they fail', async () => {
    const store = await open();
    expect(await movement(store.registry, () => store.registerPipeline(configuration))).toEqual({
      pipelines_registered_total: 1,
    });
    const moved = await movement(store.registry, async () => {
      await store.append(order('o-1', { status: 'active' }));
      await store.append(order('o-1', { status: 'inactive' }));
      await store.append(user);
    });
    expect(moved).toEqual({
      ...stored(3, { 'order.placed': 2, 'user.created': 1 }),
      [`pipeline_events_processed{${labels}}`]: 2,
      [`pipeline_events_filtered{${labels}}`]: 1,
      [`pipeline_processing_duration_seconds_count{${labels}}`]: 2,
    });
    expect(store.parts.pipelines.statistics(configuration.id)).toMatchObject({
      events_processed: 2,
      events_filtered: 1,
    });
  });

  it('take their series with them when they are removed', async () => {
    const store = await open();
    await store.registerPipeline(configuration);
    await store.append(order());
    await store.removePipeline(configuration.id);
    expect(Object.keys(samples(store.registry)).filter((name) => name.includes('pipeline_name'))).toEqual([]);
    expect(samples(store.registry)['pipelines_registered_total']).toBe(0);
  });
});

describe('schemas', () => {
  it('move exactly the families of schemas', async () => {
    const store = await open();
    const schema = { type: 'object', required: ['a'] };
    const registered = await movement(store.registry, async () => {
      await store.registerSchema('s', schema);
      await store.registerSchema('s', schema);
      await store.registerSchema('s', { type: 'object' });
      await expect(store.registerSchema('s', { type: 'object', required: ['b'] })).rejects.toThrow('$.b');
    });
    expect(registered).toEqual({ schemas_registered_total: 2 });
    const validated = await movement(store.registry, () => {
      store.parts.schemas.validate('s', { a: 1 });
      store.parts.schemas.validate('s', 'no object');
      expect(() => store.parts.schemas.validate('unknown', {})).toThrow('unknown');
    });
    expect(validated).toEqual({
      'schema_validations_total{result=success,subject=s}': 1,
      'schema_validations_total{result=failure,subject=s}': 1,
      schema_validation_duration_seconds_count: 2,
    });
  });
});

describe('replay', () => {
  const ended = (store: EventStore, id: string) =>
    expect.poll(() => store.replays.get(id).status).not.toMatch(/pending|running/);

  it('counts events, not events by projection, and leaves the families of projections alone', async () => {
    const store = await open();
    await store.appendBatch([order(), order(), user]);
    const moved = await movement(store.registry, () => ended(store, store.replays.start({}).replay_id));
    expect(moved).toEqual({
      replays_started_total: 1,
      replays_completed_total: 1,
      replay_events_processed: 3,
      replay_duration_seconds_count: 1,
    });
  });

  it('of an unknown projection fails', async () => {
    const store = await open();
    const moved = await movement(store.registry, () =>
      ended(store, store.replays.start({ projectionName: 'nope' }).replay_id),
    );
    expect(moved).toEqual({ replays_started_total: 1, replays_failed_total: 1, replay_duration_seconds_count: 1 });
  });

  it('that is cancelled is neither completed nor failed', async () => {
    const store = await open();
    await store.append(order());
    const moved = await movement(store.registry, () => store.replays.cancel(store.replays.start({}).replay_id));
    expect(moved).toEqual({ replays_started_total: 1, replay_duration_seconds_count: 1 });
  });
});

describe('snapshots', () => {
  it('come by themselves after 100 events', async () => {
    const store = await open();
    const moved = await movement(store.registry, async () => {
      await store.appendBatch(Array.from({ length: 100 }, () => order()));
      await expect.poll(() => samples(store.registry)['snapshots_created_total']).toBe(1);
    });
    expect(moved).toEqual({
      ...stored(100, { 'order.placed': 100 }),
      snapshots_created_total: 1,
      snapshot_creation_duration_seconds_count: 1,
      snapshots_total: 1,
    });
  });

  it('stay at ten for each entity', async () => {
    const store = await open();
    await store.append(order());
    const moved = await movement(store.registry, async () => {
      for (let round = 0; round < 11; round++) await store.snapshot('o-1');
    });
    expect(moved).toEqual({
      snapshots_created_total: 11,
      snapshot_creation_duration_seconds_count: 11,
      snapshots_total: 10,
    });
  });
});

describe('histograms', () => {
  it('have the bounds and the quantiles of the vector', () => {
    const registry = new Registry({ translation: 'NoTranslation' });
    const cell = registry.histogram(coreCatalog.ingestionDuration).labels();
    for (const value of [0.003, 0.004, 0.02, 0.03, 0.2, 0.2, 0.2, 0.7, 3, 12]) cell.observe(value);
    const [family] = [...registry.snapshot().families];
    const [series] = [...family!.series];
    const { bounds, counts, sum } = series!.point as never as { bounds: number[]; counts: number[]; sum: number };
    let total = 0;
    const cumulative = Array.from(counts, (count) => (total += count));
    expect(bounds).toEqual([0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]);
    expect(cumulative).toEqual([2, 2, 3, 4, 4, 7, 7, 8, 8, 9, 9, 10]);
    expect(sum).toBeCloseTo(16.357, 9);
  });
});
