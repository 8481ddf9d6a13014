import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { encodeChange } from '../log/codec.ts';
import { MemoryFiles } from '../log/memory-files.ts';
import { recordHeaderBytes, sealRecord } from '../log/record.ts';
import type { Projection } from '../projections/projection.ts';
import type { StoredEvent } from '../stored-event.ts';
import { movement, samples } from '../testing/movement.ts';
import { TemporaryStores } from '../testing/temporary-stores.ts';
import type { EventStore } from './event-store.ts';
import { entityState } from './queries.ts';

const stores = new TemporaryStores();
afterEach(() => stores.clear());

/** Closes a store of a folder and opens it again. */
async function reopened(store: EventStore): Promise<EventStore> {
  await store.close();
  return await stores.open({ folder: store.parts.folder });
}

/** A store, and then, after a check of it, the same one after a restart. */
async function* twice(store: EventStore): AsyncGenerator<EventStore> {
  yield store;
  yield await reopened(store);
}

const event = (entity_id: string, payload: unknown = {}) => ({ event_type: 'thing.done', entity_id, payload });
const stateOf = (store: EventStore, entityId: string): unknown =>
  JSON.parse(JSON.stringify(entityState(store.parts, { tenantId: 'default', entityId }).state));
const projected = (store: EventStore, entityId: string): unknown =>
  JSON.parse(JSON.stringify(store.parts.projections.get('entity_snapshots').read('default', entityId) ?? null));
const count = (store: EventStore): unknown =>
  store.parts.projections.get('event_counters').read('default', 'thing.done');
const full = Object.assign(new Error('ENOSPC'), { code: 'ENOSPC' });

describe('an erasure', () => {
  it.each(['snapshot first', 'erasure first'])('at once with a snapshot takes it along (%s)', async (order) => {
    const store = await stores.open({ folder: stores.newFolder() });
    await store.append(event('p-1', { name: 'unforgettable' }));
    const snapshot = () => store.snapshot('p-1');
    const erase = () => store.eraseEntity('p-1');
    await Promise.allSettled((order === 'snapshot first' ? [snapshot, erase] : [erase, snapshot]).map((one) => one()));
    let again = store;
    for await (const one of twice(store)) {
      again = one;
      expect(one.parts.snapshots.all()).toEqual([]);
      expect(samples(one.registry)['snapshots_total']).toBe(0);
      const files = readdirSync(one.parts.folder!).map((name) => readFileSync(join(one.parts.folder!, name), 'latin1'));
      expect(files.join('')).not.toContain('unforgettable');
    }
    await again.append(event('p-1', { other: 1 }));
    expect(stateOf(again, 'p-1')).toEqual({ other: 1 });
    expect(projected(again, 'p-1')).toEqual({ other: 1 });
  });

  it('at once with a snapshot answers that there is no such entity', async () => {
    const store = await stores.open();
    await store.append(event('p-1'));
    const moved = await movement(store.registry, async () => {
      const [erased, snapshot] = await Promise.allSettled([store.eraseEntity('p-1'), store.snapshot('p-1')]);
      expect(erased).toMatchObject({ status: 'fulfilled', value: 1 });
      expect(snapshot).toMatchObject({ status: 'rejected', reason: { code: 'not_found' } });
    });
    expect(moved).toEqual({});
  });

  it('lets an event be stored again that is sent with the id of one of its events', async () => {
    const store = await stores.open({ folder: stores.newFolder() });
    const retried = { ...event('p-1'), event_id: '0b4ff3f0-58bc-4c1b-b7b1-7a9b2e3d4c5f' };
    await store.append(retried);
    await store.eraseEntity('p-1');
    let again = store;
    for await (const one of twice(store)) {
      again = one;
      expect(await one.append(retried)).toMatchObject({ sequence: 2, version: 1 });
      expect(one.query({}).events).toHaveLength(1);
    }
    await again.eraseEntity('p-1');
    expect(await (await reopened(again)).append(retried)).toMatchObject({ sequence: 3, version: 1 });
  });

  it('at once with another one happens once', async () => {
    const store = await stores.open();
    await store.append(event('p-1'));
    const both = await Promise.allSettled([store.eraseEntity('p-1'), store.eraseEntity('p-1')]);
    expect(both).toMatchObject([{ value: 1 }, { reason: { code: 'not_found' } }]);
  });

  it.each(['afterwards', 'before'])('leaves what is stored after it (state asked for %s)', async (order) => {
    const store = await stores.open({ folder: stores.newFolder() });
    await store.appendBatch([event('p-1', { old: 1 }), event('p-1', { older: 1 })]);
    if (order === 'before') projected(store, 'p-1');
    const [, appended] = await Promise.all([store.eraseEntity('p-1'), store.append(event('p-1', { new: 1 }))]);
    expect(appended.version).toBe(1);
    for await (const one of twice(store)) {
      expect(stateOf(one, 'p-1')).toEqual({ new: 1 });
      expect(projected(one, 'p-1')).toEqual({ new: 1 });
      expect(count(one)).toEqual({ count: 1 });
    }
  });

  it('sets the version back and subtracts what was counted, as a start would', async () => {
    const store = await stores.open({ folder: stores.newFolder() });
    await store.appendBatch(Array.from({ length: 5 }, () => event('p-1')));
    await store.append(event('q-1'));
    await store.eraseEntity('p-1');
    expect(count(store)).toEqual({ count: 1 });
    const first = await store.append({ ...event('p-1'), expected_version: 0 });
    expect(first.version).toBe(1);
    const again = await reopened(store);
    expect(count(again)).toEqual({ count: 2 });
    await expect(again.append({ ...event('p-1'), expected_version: 0 })).rejects.toMatchObject({ code: 'conflict' });
    expect((await again.append({ ...event('p-1'), expected_version: 1 })).version).toBe(2);
  });

  it('reaches the projections that a replay is building', async () => {
    /** The payloads of each entity. */
    class Lists implements Projection {
      readonly name = 'lists';
      readonly lists = new Map<string, unknown[]>();
      apply({ entityId, payload }: StoredEvent): void {
        this.lists.set(entityId, [...(this.lists.get(entityId) ?? []), payload]);
      }
      fresh = () => new Lists();
      read = (_tenantId: string, key: string) => this.lists.get(key);
      erase(_tenantId: string, entityId: string): void {
        this.lists.delete(entityId);
      }
    }
    const store = await stores.open({ projections: [new Lists()] });
    await store.appendBatch(Array.from({ length: 3000 }, (_, n) => event(`e-${n % 3}`, n)));
    const { replay_id } = store.replays.start({ batchSize: 100 });
    await expect.poll(() => store.replays.get(replay_id).processed_events, { interval: 0 }).toBeGreaterThan(200);
    await store.eraseEntity('e-0');
    expect(store.replays.get(replay_id).status).toBe('running');
    await expect.poll(() => store.replays.get(replay_id).status).toBe('completed');
    expect(store.parts.projections.get('lists').read('default', 'e-0')).toBeUndefined();
    expect(count(store)).toEqual({ count: 2000 });
  });

  it('stays in force when a snapshot of before stands behind it in the log', async () => {
    const files = new MemoryFiles();
    const first = await stores.open({ files });
    await first.append(event('p-1', { name: 'unforgettable' }));
    const snapshot = await first.snapshot('p-1');
    await first.eraseEntity('p-1');
    const { active } = first.parts.log;
    const buffer = Buffer.alloc(4096);
    const json = JSON.stringify({ type: 'snapshot', snapshot });
    const end = encodeChange(buffer, { at: recordHeaderBytes, sequence: 1, json });
    sealRecord(buffer, { at: 0, end, groupStart: active.bytes });
    await active.file.write(buffer.subarray(0, end), active.bytes);
    const again = await stores.open({ files });
    expect(again.parts.snapshots.all()).toEqual([]);
  });
});

describe('a snapshot that comes by itself', () => {
  it('is kept and counted once it is durable, and due only once', async () => {
    const store = await stores.open({ snapshots: { everyEvents: 2 } });
    const moved = await movement(store.registry, async () => {
      await store.appendBatch([event('e', { a: 1 }), event('e', { b: 1 }), event('e', { c: 1 })]);
      expect(store.parts.snapshots.all()).toEqual([]);
      expect(stateOf(store, 'e')).toEqual({ a: 1, b: 1, c: 1 });
      await expect.poll(() => store.parts.snapshots.all().map(({ version }) => version)).toEqual([2]);
    });
    expect(moved).toMatchObject({ snapshots_created_total: 1, snapshots_total: 1 });
  });

  it('and cannot be written is neither kept nor counted, and is not tried with every event', async () => {
    const files = new MemoryFiles();
    const warnings: string[] = [];
    const reporter = { warn: (_: object, message: string) => warnings.push(message), error: () => {} };
    const store = await stores.open({ files, reporter, snapshots: { everyEvents: 3 } });
    const { file } = store.parts.log.active;
    const { write } = file;
    const stop = store.subscribe(({ version }) => {
      if (version === 3) file.write = () => Promise.reject(full);
    });
    const moved = await movement(store.registry, async () => {
      await store.appendBatch([event('e'), event('e'), event('e'), event('e')]);
      await expect.poll(() => warnings).toHaveLength(1);
    });
    expect(Object.keys(moved).filter((name) => name.startsWith('snapshot'))).toEqual([]);
    expect(store.parts.snapshots.all()).toEqual([]);
    stop();
    file.write = write;
    await store.append(event('e'));
    expect(warnings).toHaveLength(1);
    await store.append(event('e'));
    await expect.poll(() => store.parts.snapshots.all().map(({ version }) => version)).toEqual([6]);
    const again = await stores.open({ files: files.afterPowerLoss() });
    expect(again.parts.snapshots.all()).toEqual(store.parts.snapshots.all());
  });
});

describe('registrations at once', () => {
  it('of schemas give one version after the other', async () => {
    const store = await stores.open({ folder: stores.newFolder() });
    const schema = (description: string) => ({ type: 'object', description });
    const both = await Promise.all([store.registerSchema('s', schema('a')), store.registerSchema('s', schema('b'))]);
    expect(both.map(({ version }) => version)).toEqual([1, 2]);
    const same = await Promise.all([store.registerSchema('t', schema('a')), store.registerSchema('t', schema('a'))]);
    expect(same.map(({ version }) => version)).toEqual([1, 1]);
    expect(samples(store.registry)['schemas_registered_total']).toBe(3);
    for await (const one of twice(store)) {
      expect(one.parts.schemas.subject('s').versions.map(({ version }) => version)).toEqual([1, 2]);
    }
  });

  it('of schemas that are not compatible refuse the second', async () => {
    const store = await stores.open();
    const both = await Promise.allSettled([
      store.registerSchema('s', { type: 'object' }),
      store.registerSchema('s', { type: 'string' }),
    ]);
    expect(both).toMatchObject([
      { value: { version: 1 } },
      { reason: { code: 'invalid', message: expect.stringMatching(/^s version 2/) } },
    ]);
  });

  it('of a binding and a mode keep both, and one type has one subject', async () => {
    const store = await stores.open({ folder: stores.newFolder() });
    await Promise.all([store.registerSchema('s', {}), store.registerSchema('t', {})]);
    await Promise.all([
      store.changeSchema((schemas) => schemas.withEventType('s', 'thing.done')),
      store.changeSchema((schemas) => schemas.withCompatibility('s', 'NONE')),
    ]);
    const bound = await Promise.allSettled(
      ['s', 't'].map((subject) => store.changeSchema((schemas) => schemas.withEventType(subject, 'order.placed'))),
    );
    expect(bound).toMatchObject([{ status: 'fulfilled' }, { reason: { code: 'conflict' } }]);
    for await (const one of twice(store)) {
      expect(one.parts.schemas.subject('s')).toMatchObject({
        compatibility: 'NONE',
        event_types: ['thing.done', 'order.placed'],
      });
    }
  });

  it('of pipelines of one id refuse the second, and one removal finds it', async () => {
    const store = await stores.open();
    const id = '0b4ff3f0-58bc-4c1b-b7b1-7a9b2e3d4c5f';
    const pipeline = { id, name: 'p', operators: [] };
    const both = await Promise.allSettled([store.registerPipeline(pipeline), store.registerPipeline(pipeline)]);
    expect(both).toMatchObject([{ status: 'fulfilled' }, { reason: { code: 'conflict' } }]);
    const gone = await Promise.allSettled([store.removePipeline(id), store.removePipeline(id)]);
    expect(gone).toMatchObject([{ status: 'fulfilled' }, { reason: { code: 'not_found' } }]);
  });
});
