import { setImmediate as turn } from 'node:timers/promises';
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { correlation, frequency, summary } from './analytics.ts';
import { EventStore, type EventStoreOptions } from './event-store.ts';
import { entityHistory, entityState } from './queries.ts';

const stores: EventStore[] = [];
afterEach(async () => {
  for (const store of stores.splice(0)) await store.close();
});

async function open(options: EventStoreOptions = {}): Promise<EventStore> {
  const store = await EventStore.open(options);
  stores.push(store);
  return store;
}

const event = (entity_id: string, payload: unknown, more: object = {}) => ({
  event_type: 'thing.done',
  entity_id,
  payload,
  ...more,
});
const id = '0b4ff3f0-58bc-4c1b-b7b1-7a9b2e3d4c5f';

describe('identity', () => {
  it('answers a retry with the first result', async () => {
    const store = await open();
    const first = await store.append(event('e', 1, { event_id: id }));
    expect(await store.append(event('e', 2, { event_id: id.toUpperCase() }))).toEqual(first);
    const [a, b] = await store.appendBatch([
      event('f', 1, { event_id: id.replace('0', '1') }),
      event('f', 1, { event_id: id.replace('0', '1') }),
    ]);
    expect(a).toEqual(b);
    expect(store.query({}).events).toHaveLength(2);
  });

  it('refuses the id of another event', async () => {
    const store = await open();
    await store.append(event('e', 1, { event_id: id }));
    await expect(store.append(event('f', 1, { event_id: id }))).rejects.toMatchObject({ status: 409 });
  });

  it('refuses an entity that has moved on, also within one batch, as a whole', async () => {
    const store = await open();
    await store.append(event('e', 1, { expected_version: 0 }));
    await expect(store.append(event('e', 1, { expected_version: 0 }))).rejects.toThrow('has version 1, not 0');
    const batch = [event('e', 1), event('e', 1, { expected_version: 2 }), event('e', 1, { expected_version: 2 })];
    await expect(store.appendBatch(batch)).rejects.toMatchObject({ index: 2, code: 'conflict' });
    expect(store.query({}).events).toHaveLength(1);
    const results = await store.appendBatch(batch, { partial: true });
    expect(results.map((one) => ('version' in one ? one.version : one.code))).toEqual([2, 3, 'conflict']);
  });

  it('leaves no trace of entities whose batch was refused', async () => {
    const store = await open();
    const batch = [event('new', 1), event('other', 1, { expected_version: 1 })];
    await expect(store.appendBatch(batch)).rejects.toMatchObject({ code: 'conflict' });
    expect(store.parts.index.find('default', 'new')).toBeUndefined();
    await expect(store.append(event('new', 1, { expected_version: 0 }))).resolves.toMatchObject({ version: 1 });
  });

  it('lets only one of two writers at once have a version', async () => {
    const store = await open();
    const both = await Promise.allSettled([1, 2].map((n) => store.append(event('e', n, { expected_version: 0 }))));
    expect(both.map(({ status }) => status)).toEqual(['fulfilled', 'rejected']);
  });
});

describe('time', () => {
  it('never goes back, and bounds are included', async () => {
    let now = 1000;
    const store = await open({ now: () => now });
    for (const [n, time] of [1000, 3000, 2000, 5000].entries()) {
      now = time;
      await store.append(event('e', n));
    }
    const found = (query: object) => store.query(query).events.map((text) => JSON.parse(text).payload);
    expect(found({ asOf: 3000 })).toEqual([0, 1, 2]);
    expect(found({ since: 3000, until: 3000, entityId: 'e' })).toEqual([1, 2]);
    expect(found({ since: 3001, eventType: 'thing.done' })).toEqual([3]);
    expect(entityState(store.parts, { tenantId: 'default', entityId: 'e', asOf: 3000 }).eventCount).toBe(3);
    expect(() => entityState(store.parts, { tenantId: 'default', entityId: 'e', asOf: 1 })).toThrow('as of 1970');
  });

  it('state is the merge of payloads, the same with snapshots and without', async () => {
    let now = 0;
    const store = await open({ now: () => now });
    for (let n = 0; n < 230; n++) {
      now = (n + 1) * 1000;
      await store.append(event('e', { [`k${n % 7}`]: n, last: n }));
    }
    expect(store.parts.snapshots.of('default', 'e').map(({ kind, version }) => [kind, version])).toEqual([
      ['automatic', 100],
      ['automatic', 200],
    ]);
    for (const asOf of [50_000, 100_000, 150_500, 230_000]) {
      const wanted: Record<string, number> = {};
      for (let n = 0; (n + 1) * 1000 <= asOf; n++) Object.assign(wanted, { [`k${n % 7}`]: n, last: n });
      const { state, eventCount } = entityState(store.parts, { tenantId: 'default', entityId: 'e', asOf });
      expect([JSON.parse(JSON.stringify(state)), eventCount]).toEqual([wanted, Math.floor(asOf / 1000)]);
    }
  });

  it('calls for a snapshot an hour of events after the last one', async () => {
    let now = 1_000_000;
    const store = await open({ now: () => now });
    await store.append(event('e', 1));
    now += 7_200_000;
    await store.append(event('e', 1));
    expect(store.parts.snapshots.of('default', 'e')).toHaveLength(0);
    await store.snapshot('e');
    now += 3_600_000;
    await store.append(event('e', 1));
    const kinds = () => store.parts.snapshots.of('default', 'e').map(({ kind }) => kind);
    await expect.poll(kinds).toEqual(['manual', 'automatic']);
  });
});

describe('queries', () => {
  it('page through everything once, by cursor', async () => {
    const store = await open();
    await store.appendBatch(Array.from({ length: 25 }, (_, n) => event(`e-${n % 2}`, n)));
    for (const filter of [{}, { entityId: 'e-1' }, { eventType: 'thing.done' }]) {
      const pages: unknown[] = [];
      let after: number | undefined;
      do {
        const { events, nextCursor } = store.query({ ...filter, limit: 4, after });
        pages.push(...events.map((text) => JSON.parse(text).payload));
        after = nextCursor;
      } while (after !== undefined);
      expect(pages).toEqual(store.query(filter).events.map((text) => JSON.parse(text).payload));
    }
  });

  it('answer about 64 MiB at once: the next page has the rest, a history the newest', async () => {
    const store = await open();
    for (const key of ['a', 'b', 'c']) await store.append(event('e', { [key]: 'x'.repeat(25 * 1024 * 1024) }));
    const first = store.query({});
    expect([first.events.length, first.nextCursor]).toEqual([2, 2]);
    const second = store.query({ after: 2 });
    expect([second.events.length, second.nextCursor]).toEqual([1, undefined]);
    const entity = { tenantId: 'default', entityId: 'e' };
    const { events, isCut } = entityHistory(store.parts, entity);
    expect([events.map(({ version }) => version), isCut]).toEqual([[2, 3], true]);
    expect(Object.keys(entityState(store.parts, entity).state)).toEqual(['a', 'b', 'c']);
    const { replay_id } = store.replays.start({ reset: false });
    await expect.poll(() => store.replays.get(replay_id)).toMatchObject({ status: 'completed', processed_events: 3 });
  });

  it('of an entity find what came after the query before, and nothing that is gone', async () => {
    const store = await open();
    const found = () => store.query({ entityId: 'e' }).events.map((text) => JSON.parse(text).payload);
    await store.appendBatch([event('e', 1), event('f', 2), event('e', 3)]);
    expect(found()).toEqual([1, 3]);
    await store.appendBatch([event('e', 4), event('f', 5), event('e', 6)]);
    expect(found()).toEqual([1, 3, 4, 6]);
    await store.eraseEntity('e');
    expect(found()).toEqual([]);
    await store.append(event('e', 7));
    expect(found()).toEqual([7]);
    expect(store.parts.index).toMatchObject({ events: 3, entities: 2 });
  });

  it('see one tenant only', async () => {
    const store = await open();
    await store.append(event('e', { a: 1 }));
    await store.append(event('e', { b: 2 }, { tenant_id: 'other' }));
    expect(store.query({}).events).toHaveLength(1);
    expect(store.query({ tenantId: 'other' }).events[0]).toContain('"version":1');
    expect(store.query({ tenantId: 'nobody' }).events).toEqual([]);
    const { state } = entityState(store.parts, { tenantId: 'other', entityId: 'e' });
    expect(JSON.stringify(state)).toBe('{"b":2}');
  });

  it('agree with a plain list, whatever is asked', async () => {
    const store = await open({
      now: (() => {
        let n = 0;
        return () => Math.floor(++n / 3) * 1000;
      })(),
    });
    const all = Array.from({ length: 60 }, (_, n) => ({ event_type: `t${n % 3}`, entity_id: `e${n % 5}`, payload: n }));
    for (const one of all) await store.append(one);
    const list = store.query({}).events.map((text) => JSON.parse(text));
    const maybe = <Value>(value: fc.Arbitrary<Value>) => fc.option(value, { nil: undefined });
    fc.assert(
      fc.property(
        maybe(fc.constantFrom('e0', 'e3', 'none')),
        maybe(fc.constantFrom('t0', 't2', 'none')),
        maybe(fc.nat(21_000)),
        maybe(fc.nat(21_000)),
        fc.integer({ min: 1, max: 70 }),
        (entityId, eventType, since, until, limit) => {
          const wanted = list.filter(
            ({ entity_id, event_type, timestamp }) =>
              (entityId === undefined || entity_id === entityId) &&
              (eventType === undefined || event_type === eventType) &&
              (since === undefined || Date.parse(timestamp) >= since) &&
              (until === undefined || Date.parse(timestamp) <= until),
          );
          const { events } = store.query({ entityId, eventType, since, until, limit });
          expect(events.map((text) => JSON.parse(text).payload)).toEqual(
            wanted.slice(0, limit).map(({ payload }) => payload),
          );
        },
      ),
      { numRuns: 200 },
    );
  });

  it('give payloads back as they came', async () => {
    const store = await open();
    const payload = '{ "big": 12345678901234567890, "x":1.0, "__proto__": {"a": 1} }';
    await store.appendJson(`{"event_type":"t","entity_id":"e","payload":${payload},"metadata":[1.50]}`);
    const [text] = store.query({}).events;
    expect(text).toContain(`"payload":${payload}`);
    expect(text).toContain('"metadata":[1.50]');
    const { state } = entityState(store.parts, { tenantId: 'default', entityId: 'e' });
    expect(JSON.stringify(state)).toContain('12345678901234567890');
    expect(JSON.stringify(store.parts.projections.get('entity_snapshots').read('default', 'e'))).toBe(
      JSON.stringify(state),
    );
  });
});

describe('replay', () => {
  const until = (store: EventStore, replayId: string) =>
    expect.poll(() => store.replays.get(replayId).status).not.toMatch(/running|pending/);

  it('rebuilds a projection while events come in, and misses none', async () => {
    const store = await open();
    await store.appendBatch(Array.from({ length: 3000 }, (_, n) => event(`e-${n % 10}`, { n })));
    const { replay_id } = store.replays.start({ projectionName: 'event_counters', batchSize: 100 });
    for (let n = 0; n < 20; n++) await store.append(event('e-0', { n }));
    await until(store, replay_id);
    expect(store.replays.get(replay_id)).toMatchObject({ status: 'completed', progress_percentage: 100, error: null });
    expect(store.parts.projections.get('event_counters').read('default', 'thing.done')).toEqual({ count: 3020 });
  });

  it('of some events is refused unless it is said that nothing is reset, and then counts them again', async () => {
    const store = await open();
    await store.appendBatch([event('a', 1), event('b', 1), event('b', 1)]);
    expect(() => store.replays.start({ entityId: 'b' })).toThrow('"reset": false');
    const { replay_id } = store.replays.start({ entityId: 'b', reset: false });
    await until(store, replay_id);
    expect(store.replays.get(replay_id)).toMatchObject({ processed_events: 2, total_events: 2 });
    expect(store.parts.projections.get('event_counters').read('default', 'thing.done')).toEqual({ count: 5 });
    expect(() => store.replays.start({ batchSize: 0 })).toThrow('batch_size');
    expect(() => store.replays.start({ from: 2, to: 1, reset: false })).toThrow('from is after to');
    expect(() => store.replays.cancel(replay_id)).toThrow('completed already');
  });

  it('runs alone, the others wait for their turn', async () => {
    const store = await open();
    await store.appendBatch(Array.from({ length: 50 }, () => event('e', 1)));
    const started = Array.from({ length: 3 }, () => store.replays.start({ batchSize: 10 }).replay_id);
    const statuses = () => store.replays.list().map(({ status }) => status);
    while (statuses()[0] === 'pending') await turn();
    expect(statuses()).toEqual(['running', 'pending', 'pending']);
    store.replays.cancel(started[1]!);
    await until(store, started[2]!);
    expect(statuses()).toEqual(['completed', 'cancelled', 'completed']);
    for (let n = 0; n < 1000; n++) store.replays.start({});
    expect(() => store.replays.start({})).toThrow('too many replays wait');
  });

  it('knows from the start how many events it will feed', async () => {
    const store = await open();
    await store.appendBatch(Array.from({ length: 50 }, (_, n) => event(n % 2 === 0 ? 'a' : 'b', 1)));
    const { replay_id } = store.replays.start({ entityId: 'a', reset: false, batchSize: 1 });
    while (store.replays.get(replay_id).processed_events === 0) await turn();
    expect(store.replays.get(replay_id)).toMatchObject({ status: 'running', total_events: 25 });
    await until(store, replay_id);
    expect(store.replays.get(replay_id)).toMatchObject({ processed_events: 25, progress_percentage: 100 });
  });
});

describe('events', () => {
  it.each([
    ['a bad type', { event_type: 'Order.Placed' }],
    ['a type with two dots', { event_type: 'a..b' }],
    ['a long type', { event_type: 'a'.repeat(129) }],
    ['a blank at the end of the entity', { entity_id: 'e ' }],
    ['a control character', { entity_id: 'a\u0000b' }],
    ['half a character', { entity_id: 'a\ud800' }],
    ['no payload', { payload: undefined }],
    ['a bad id', { event_id: 'x' }],
    ['a bad version', { expected_version: -1 }],
    ['a tenant that is no text', { tenant_id: 5 as never }],
    ['a payload that is no JSON', { payload: { n: 1n } }],
    ['metadata that are no JSON', { metadata: { n: 1n } }],
  ])('with %s are refused', async (_, part) => {
    const store = await open();
    await expect(store.append({ ...event('e', 1), ...part })).rejects.toMatchObject({ status: 400 });
    expect(store.query({}).events).toEqual([]);
  });

  it('that are none are refused', async () => {
    const store = await open();
    await expect(store.append(null as never)).rejects.toThrow('an event is a JSON object');
    await expect(store.appendBatchJson('{"events":[1]}')).rejects.toThrow('an event is a JSON object');
  });

  it('are what they were when they were given, whatever the program does with its objects', async () => {
    const store = await open();
    const payload = { items: ['a'], at: new Date(0), none: undefined };
    const stored = store.append(event('e', payload));
    payload.items.push('b');
    await stored;
    payload.items.push('c');
    const wanted = { items: ['a'], at: '1970-01-01T00:00:00.000Z' };
    const state = store.parts.projections.get('entity_snapshots').read('default', 'e');
    expect(JSON.stringify(state)).toBe(JSON.stringify(wanted));
    expect(entityState(store.parts, { tenantId: 'default', entityId: 'e' }).state).toEqual(wanted);
  });

  it('are refused when they are nested deeper than 200 levels', async () => {
    const store = await open();
    const nested = (levels: number) => JSON.parse('['.repeat(levels) + ']'.repeat(levels));
    await store.append(event('e', nested(200)));
    await expect(store.append(event('e', nested(201)))).rejects.toThrow('deeper than 200 levels');
    await expect(store.append(event('e', 1, { metadata: nested(201) }))).rejects.toThrow('deeper than 200 levels');
  });

  it('are told to subscribers once they are durable', async () => {
    const store = await open();
    const seen: number[] = [];
    const stop = store.subscribe(({ sequence }) => seen.push(sequence));
    await store.appendBatch([event('e', 1), event('e', 2)]);
    stop();
    await store.append(event('e', 3));
    expect(seen).toEqual([1, 2]);
    expect(store.eventsAfter(1, 10).map(({ payload }) => payload)).toEqual([2, 3]);
  });

  it('are read in stretches of about 8 MiB', async () => {
    const store = await open();
    for (let n = 0; n < 3; n++) await store.append(event('e', 'x'.repeat(5_000_000)));
    expect(store.eventsAfter(0, 10).map(({ sequence }) => sequence)).toEqual([1, 2]);
    expect(store.eventsAfter(2, 10).map(({ sequence }) => sequence)).toEqual([3]);
  });
});

describe('analytics', () => {
  it('count by time, by type, and what follows what', async () => {
    let now = 0;
    const store = await open({ now: () => now });
    for (const [time, event_type, entity_id] of [
      [0, 'a', 'x'],
      [1000, 'b', 'x'],
      [61_000, 'a', 'y'],
      [181_000, 'b', 'y'],
    ] as const) {
      now = time;
      await store.append({ event_type, entity_id, payload: 0 });
    }
    const tenantId = 'default';
    expect(frequency(store.parts, { tenantId, bucketMs: 60_000 }).buckets.map(({ count }) => count)).toEqual([
      2, 1, 0, 1,
    ]);
    expect(summary(store.parts, { tenantId, since: 1 })).toMatchObject({ total_events: 3, unique_entities: 2 });
    expect(correlation(store.parts, { tenantId, typeA: 'a', typeB: 'b', windowMs: 5000 })).toEqual({
      total_a: 2,
      total_b: 2,
      correlated: 1,
      correlation_ratio: 0.5,
      average_seconds_between: 1,
    });
  });
});
