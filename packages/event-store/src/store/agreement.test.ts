import { cpSync } from 'node:fs';
import { setImmediate as turn } from 'node:timers/promises';
import { afterEach, expect, it } from 'vitest';
import { StoreError } from '../errors.ts';
import { seededRandom } from '../load/random.ts';
import { samples } from '../testing/movement.ts';
import { TemporaryStores } from '../testing/temporary-stores.ts';
import type { EventStore } from './event-store.ts';

const tenants = ['default', 'other'];
const entities = ['a', 'b', 'c', 'd'];
const types = ['t.one', 't.two', 't.three'];
const subjects = ['s', 't'];
const pipelines = ['0b4ff3f0-58bc-4c1b-b7b1-7a9b2e3d4c5f', '1b4ff3f0-58bc-4c1b-b7b1-7a9b2e3d4c5f'];
const gauges = ['storage_events_total', 'storage_entities_total', 'snapshots_total', 'pipelines_registered_total'];
/** What may become of something that is done at once with something else. */
const refusals: ReadonlySet<string> = new Set(['not_found', 'conflict', 'invalid']);

const stores = new TemporaryStores();
afterEach(() => stores.clear());

const open = (folder: string): Promise<EventStore> =>
  stores.open({ folder, snapshots: { everyEvents: 4, mostPerEntity: 3 } });

const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value ?? null));

interface FoundEvent {
  readonly entity_id: string;
  readonly event_type: string;
  readonly sequence: number;
  readonly version: number;
  readonly payload: object;
}

const eventsOf = (store: EventStore, tenantId: string): FoundEvent[] =>
  store.query({ tenantId, limit: 10_000 }).events.map((text) => JSON.parse(text));
const fold = (events: readonly FoundEvent[]): object => Object.assign({}, ...events.map(({ payload }) => payload));

/** Everything that can be asked of a store. */
function answersOf(store: EventStore): unknown {
  const { index, projections, snapshots, schemas, pipelines: registered } = store.parts;
  const moved = samples(store.registry);
  return plain({
    lastSequence: index.lastSequence,
    events: tenants.map((tenantId) => eventsOf(store, tenantId)),
    counts: tenants.flatMap((tenantId) => types.map((type) => projections.get('event_counters').read(tenantId, type))),
    entities: tenants.flatMap((tenantId) =>
      entities.map((entityId) => [
        index.find(tenantId, entityId)?.version ?? 0,
        projections.get('entity_snapshots').read(tenantId, entityId),
      ]),
    ),
    snapshots: snapshots.all().sort((left, right) => (left.id < right.id ? -1 : 1)),
    schemas: schemas.subjects,
    pipelines: registered.configurations,
    gauges: gauges.map((name) => moved[name]),
  });
}

/** Everything rests on the events that are held. */
function checkAnswers(store: EventStore): void {
  const { index, projections, snapshots } = store.parts;
  for (const tenantId of tenants) {
    const events = eventsOf(store, tenantId);
    for (const type of types) {
      const count = events.filter(({ event_type }) => event_type === type).length;
      expect(projections.get('event_counters').read(tenantId, type)).toEqual(count === 0 ? undefined : { count });
    }
    for (const entityId of entities) {
      const own = events.filter(({ entity_id }) => entity_id === entityId);
      const versions = own.map(({ version }) => version);
      expect(versions).toEqual(own.map((_, order) => order + 1));
      expect(index.find(tenantId, entityId)?.version ?? 0).toBe(own.length);
      const state = projections.get('entity_snapshots').read(tenantId, entityId);
      expect(plain(state)).toEqual(own.length === 0 ? null : fold(own));
      for (const snapshot of snapshots.of(tenantId, entityId)) {
        const before = own.filter(({ sequence }) => sequence <= snapshot.sequence);
        expect([snapshot.version, JSON.parse(snapshot.state)]).toEqual([before.length, fold(before)]);
      }
    }
  }
}

/** Something to do, by chance. */
function chooser(random: () => number) {
  const one = <Value>(values: readonly Value[]): Value => values[Math.floor(random() * values.length)]!;
  let written = 0;
  const event = () => ({
    event_type: one(types),
    entity_id: one(entities),
    tenant_id: one(tenants),
    payload: { [`k${Math.floor(random() * 5)}`]: ++written },
    ...(random() < 0.1 ? { expected_version: Math.floor(random() * 4) } : {}),
  });
  const append = (store: EventStore) => store.append(event());
  const batch = (store: EventStore) =>
    store.appendBatch(
      Array.from({ length: 1 + Math.floor(random() * 12) }, () => event()),
      { partial: random() < 0.7 },
    );
  const actions: readonly ((store: EventStore) => Promise<unknown>)[] = [
    append,
    append,
    append,
    batch,
    batch,
    (store) => store.eraseEntity(one(entities), one(tenants)),
    (store) => store.snapshot(one(entities), one(tenants)),
    (store) => store.snapshot(one(entities), one(tenants)),
    (store) => store.registerSchema(one(subjects), { type: 'object', description: one(['x', 'y', 'z']) }),
    (store) => store.changeSchema((schemas) => schemas.withEventType(one(subjects), one(types))),
    (store) => store.changeSchema((schemas) => schemas.withCompatibility(one(subjects), one(['NONE', 'FULL']))),
    (store) =>
      store.registerPipeline({ id: one(pipelines), name: one(['p', 'q']), operators: [] }, { replace: random() < 0.5 }),
    (store) => store.removePipeline(one(pipelines)),
    (store) => store.maintenance.roll(),
    (store) => store.maintenance.compact(),
    async (store) => store.replays.start({ batchSize: 1 }),
  ];
  return () => one(actions);
}

/** Does much at once, and waits until all of it has ended. */
async function doAtOnce(store: EventStore, random: () => number, action: ReturnType<typeof chooser>): Promise<void> {
  const results: Promise<PromiseSettledResult<unknown>[]>[] = [];
  for (let step = 0; step < 25; step++) {
    const result = Promise.allSettled([action()(store)]);
    results.push(result);
    if (random() < 0.1) await result;
    else if (random() < 0.3) await turn();
  }
  for (const result of (await Promise.all(results)).flat()) {
    if (result.status === 'rejected') {
      expect(StoreError.isInstance(result.reason) && refusals.has(result.reason.code), String(result.reason)).toBe(
        true,
      );
    }
  }
  while (store.replays.list().some(({ status }) => /pending|running/.test(status))) await turn();
  // Snapshots that came by themselves.
  await store.parts.committer.exclusive(async () => {});
  await store.maintenance.convert();
}

it.each([1, 2, 3])(
  'a store and the same one after a restart agree, whatever is done at once (seed %i)',
  async (seed) => {
    const random = seededRandom(seed);
    const action = chooser(random);
    const folder = stores.newFolder();
    let store = await open(folder);
    for (let round = 0; round < 6; round++) {
      await doAtOnce(store, random, action);
      checkAnswers(store);
      const copy = stores.newFolder();
      cpSync(folder, copy, { recursive: true, filter: (path) => !path.includes('LOCK') });
      const restarted = await open(copy);
      expect(answersOf(restarted)).toEqual(answersOf(store));
      if (round % 3 === 2) {
        await store.close();
        store = await open(folder);
      }
    }
  },
);
