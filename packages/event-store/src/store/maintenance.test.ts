import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { DiskFiles } from '../log/disk-files.ts';
import { buildSegment } from '../segments/build-segment.ts';
import { BrokenFiles, failure } from '../testing/broken-files.ts';
import { fill, numbered, numbers, TemporaryStores } from '../testing/temporary-stores.ts';
import type { EventStore } from './event-store.ts';
import { entityState } from './queries.ts';

const stores = new TemporaryStores();
afterEach(() => stores.clear());

function contents(folder: string): Record<string, string> {
  return Object.fromEntries(readdirSync(folder).map((name) => [name, readFileSync(join(folder, name), 'latin1')]));
}

/** The names of a folder's segments, temporary ones included. */
function segments(folder: string): string[] {
  return readdirSync(folder).filter((name) => name.startsWith('segment-'));
}

/** Stores three events and ends their log file, so many times. */
async function fillSegments(store: EventStore, count: number): Promise<void> {
  for (let from = 0; from < count * 3; from += 3) {
    await fill(store, from, from + 3);
    await store.maintenance.roll();
  }
}

const secret = { event_type: 'person.named', entity_id: 'p-1', payload: { name: 'unforgettable' } };
const holdsSecret = (folder: string): boolean => Object.values(contents(folder)).join('').includes('unforgettable');

/** A builder of segments that fails so many times. */
function failing(times: number): typeof buildSegment {
  let left = times;
  return (job) => (left-- > 0 ? Promise.reject(new Error('the disk is full')) : buildSegment(job));
}

describe('an erasure', () => {
  it('that a crash interrupted goes on at the next start', async () => {
    const folder = stores.newFolder();
    let isBroken = false;
    const store = await stores.open({
      folder,
      build: (job) => (isBroken ? Promise.reject(new Error('the disk is full')) : buildSegment(job)),
    });
    await store.append(secret);
    await fillSegments(store, 1);
    isBroken = true;
    await expect(store.eraseEntity('p-1')).rejects.toThrow('the disk is full');
    await store.close();
    expect(holdsSecret(folder)).toBe(true);
    const again = await stores.open({ folder });
    await vi.waitFor(() => expect(holdsSecret(folder)).toBe(false), { timeout: 10_000 });
    await vi.waitFor(() => expect(again.parts.erasures).toEqual([]), { timeout: 10_000 });
    expect(numbers(again)).toEqual([0, 1, 2]);
  });

  it('of an entity whose segment could not be rewritten is tried again', async () => {
    const folder = stores.newFolder();
    const store = await stores.open({ folder, maintenance: { retryMs: 0 } });
    await store.append(secret);
    await store.close();
    const again = await stores.open({ folder, maintenance: { retryMs: 0 }, build: failing(3) });
    await expect(again.eraseEntity('p-1')).rejects.toThrow('the disk is full');
    await vi.waitFor(() => expect(holdsSecret(folder)).toBe(false), { timeout: 10_000 });
  });

  it('takes snapshots of it out of the log, too', async () => {
    const folder = stores.newFolder();
    const store = await stores.open({ folder });
    await store.append(secret);
    await store.maintenance.roll();
    await store.snapshot('p-1');
    await store.eraseEntity('p-1');
    expect(holdsSecret(folder)).toBe(false);
  });

  it('rewrites no segment when its events stand in the log alone', async () => {
    const folder = stores.newFolder();
    const store = await stores.open({ folder });
    await fillSegments(store, 3);
    const before = segments(folder);
    await store.append(secret);
    await fill(store, 9, 10);
    expect(await store.eraseEntity('p-1')).toBe(1);
    expect(segments(folder)).toEqual(expect.arrayContaining(before));
    expect(segments(folder)).toHaveLength(4);
    expect(holdsSecret(folder)).toBe(false);
  });

  it('rewrites only the segments that hold an event of it, also after a restart', async () => {
    const folder = stores.newFolder();
    const store = await stores.open({ folder });
    await fillSegments(store, 2);
    await store.append(secret);
    await fill(store, 6, 7);
    await store.maintenance.roll();
    const [first, second, third] = segments(folder);
    await store.parts.committer.close();
    await store.close();
    const broken = await stores.open({ folder, build: failing(1000) });
    await expect(broken.eraseEntity('p-1')).rejects.toThrow('the disk is full');
    await broken.close();
    const again = await stores.open({ folder });
    await again.maintenance.purge();
    expect(again.parts.erasures).toEqual([]);
    expect(segments(folder)).toEqual(expect.arrayContaining([first, second]));
    expect(segments(folder)).not.toContain(third);
    expect(holdsSecret(folder)).toBe(false);
    expect(numbers(again)).toEqual([0, 1, 2, 3, 4, 5, 6]);
  });

  it('takes the events out of a segment that is built meanwhile', async () => {
    const folder = stores.newFolder();
    let erased: Promise<number> | undefined;
    const store: EventStore = await stores.open({
      folder,
      build: async (job) => {
        const built = await buildSegment(job);
        if (erased === undefined) {
          erased = store.eraseEntity('p-1');
          await vi.waitFor(() => expect(store.parts.erasures).toHaveLength(1));
        }
        return built;
      },
    });
    await store.append(secret);
    await fill(store, 0, 2);
    await store.maintenance.roll();
    expect(holdsSecret(folder)).toBe(true);
    await erased;
    expect(holdsSecret(folder)).toBe(false);
    expect(numbers(store)).toEqual([0, 1]);
  });
});

describe('a step that fails', () => {
  it('leaves no file behind, and is done when it can be', async () => {
    const folder = stores.newFolder();
    const files = new BrokenFiles(new DiskFiles(folder));
    const store = await stores.open({ folder, files, maintenance: { retryMs: 0 } });
    await fill(store, 0, 3);
    files.breakReplace = failure('ENOSPC');
    for (let time = 0; time < 3; time++) await expect(store.maintenance.roll()).rejects.toThrow('ENOSPC');
    await expect(store.maintenance.convert()).rejects.toThrow('ENOSPC');
    const names = () => readdirSync(folder).filter((name) => !name.startsWith('LOCK'));
    await vi.waitFor(() => expect(names()).toEqual(['MANIFEST', 'log-0000000001.wal', 'log-0000000002.wal']));
    expect(numbers(store)).toEqual([0, 1, 2]);
    files.breakReplace = undefined;
    await vi.waitFor(() => expect(segments(folder)).toHaveLength(1), { timeout: 10_000 });
    await vi.waitFor(() => expect(readdirSync(folder)).not.toContain('log-0000000001.wal'));
    await store.close();
    expect(numbers(await stores.open({ folder }))).toEqual([0, 1, 2]);
  });

  it('leaves what the manifest on disk names, even if nobody knows whether it is durable', async () => {
    const folder = stores.newFolder();
    const files = new BrokenFiles(new DiskFiles(folder));
    const store = await stores.open({ folder, files });
    await fill(store, 0, 3);
    const replace = files.inner.replace.bind(files.inner);
    files.inner.replace = async (name, pieces) => {
      await replace(name, pieces);
      if (name === 'MANIFEST') throw failure('EIO');
    };
    await expect(store.maintenance.roll()).rejects.toThrow('EIO');
    await store.close();
    expect(segments(folder)).toHaveLength(1);
    expect(numbers(await stores.open({ folder }))).toEqual([0, 1, 2]);
  });

  it('takes its half written file away', async () => {
    const folder = stores.newFolder();
    const store = await stores.open({ folder });
    await fill(store, 0, 3);
    await store.close();
    mkdirSync(join(folder, 'segment-7.parquet'));
    const job = { folder, logs: ['log-0000000001.wal'], segments: [], output: 'segment-7.parquet', erasures: [] };
    await expect(buildSegment(job)).rejects.toThrow('EISDIR');
    mkdirSync(join(folder, 'state-7'));
    await expect(new DiskFiles(folder).replace('state-7', [new Uint8Array(9)])).rejects.toThrow('EISDIR');
    expect(readdirSync(folder).filter((name) => name.endsWith('.new'))).toEqual([]);
  });
});

describe('what is done by itself', () => {
  it('drops old events without any compaction', async () => {
    const folder = stores.newFolder();
    let now = 1_000_000;
    const options = { folder, now: () => now, maintenance: { retentionMs: 5000, compactionMs: 0 } };
    const store = await stores.open(options);
    await fillSegments(store, 1);
    await store.close();
    now += 10_000;
    const again = await stores.open(options);
    await vi.waitFor(() => expect(numbers(again)).toEqual([]), { timeout: 10_000 });
    expect(segments(folder)).toEqual([]);
  });

  it('gives the memory of entities back that have no event left, and they begin anew', async () => {
    const folder = stores.newFolder();
    let now = 1_000_000;
    const store = await stores.open({ folder, now: () => now });
    await fillSegments(store, 1);
    now += 10_000;
    await fill(store, 3, 4);
    await store.maintenance.retain(now - 5000);
    expect(numbers(store)).toEqual([3]);
    expect([...store.parts.index.tenants.get('default')!.entities.keys()]).toEqual(['e-0']);
    expect((await store.append({ ...numbered(4, 'e-1'), expected_version: 0 })).version).toBe(1);
    expect((await store.append(numbered(5, 'e-0'))).version).toBe(3);
    const before = store.query({}).events;
    await store.close();
    expect((await stores.open({ folder, now: () => now })).query({}).events).toEqual(before);
  });

  it('lets nothing of an entity that begins anew rest on its old snapshots, nor on its old ids', async () => {
    const folder = stores.newFolder();
    let now = 1_000_000;
    const options = { folder, now: () => now };
    const store = await stores.open(options);
    const event_id = '0b4ff3f0-58bc-4c1b-b7b1-7a9b2e3d4c5f';
    await store.append({ ...numbered(0, 'e-1'), event_id });
    await store.maintenance.roll();
    // In the log, and so not in the state file.
    await store.snapshot('e-1');
    now += 10_000;
    await store.maintenance.retain(now - 5000);
    expect(store.parts.snapshots.all()).toEqual([]);
    const again = { event_type: 'thing.done', entity_id: 'e-1', event_id, payload: { fresh: true } };
    expect(await store.append(again)).toMatchObject({ version: 1, sequence: 2 });
    const state = (one: EventStore) => ({
      ...entityState(one.parts, { tenantId: 'default', entityId: 'e-1' }).state,
    });
    expect(state(store)).toEqual({ fresh: true });
    await store.close();
    const restarted = await stores.open(options);
    expect(restarted.parts.snapshots.all()).toEqual([]);
    expect(state(restarted)).toEqual({ fresh: true });
  });

  it('keeps the snapshots of an entity of which newer events are left', async () => {
    const folder = stores.newFolder();
    let now = 1_000_000;
    const options = { folder, now: () => now };
    const store = await stores.open(options);
    await store.append(numbered(0, 'e-1'));
    await store.snapshot('e-1');
    await store.maintenance.roll();
    now += 10_000;
    await store.append({ event_type: 'thing.done', entity_id: 'e-1', payload: { n: 1 } });
    expect(await store.maintenance.retain(now - 5000)).toBe(1);
    await store.close();
    const { state } = entityState((await stores.open(options)).parts, { tenantId: 'default', entityId: 'e-1' });
    expect({ ...state }).toEqual({ n: 1, text: 'ü' });
  });

  it('merges all runs of small segments at once', async () => {
    const folder = stores.newFolder();
    const store = await stores.open({ folder });
    await fillSegments(store, 9);
    const { bytes } = store.parts.manifest.segments[8]!;
    await store.close();
    const policy = { compactionMs: 1500, smallSegmentBytes: bytes + 50, mergedSegmentBytes: bytes * 3 + 200 };
    const again = await stores.open({ folder, maintenance: policy });
    await vi.waitFor(() => expect(segments(folder)).toHaveLength(3), { timeout: 3300 });
    expect(again.maintenance.statistics.total_compactions).toBe(3);
    expect(numbers(again)).toHaveLength(27);
  });

  it('makes a segment of each log file that waits, unless they are small', async () => {
    const folder = stores.newFolder();
    const store = await stores.open({ folder, build: failing(1000), maintenance: { smallSegmentBytes: 100 } });
    for (const from of [0, 3, 6]) {
      await fill(store, from, from + 3);
      await expect(store.maintenance.roll()).rejects.toThrow('the disk is full');
    }
    await store.close();
    const again = await stores.open({ folder, maintenance: { smallSegmentBytes: 100 } });
    await again.maintenance.convert();
    expect(segments(folder)).toHaveLength(3);
    expect(numbers(again)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8]);
  });
});

describe('maintenance of a closed store', () => {
  it('does nothing, as the folder may belong to another one', async () => {
    const folder = stores.newFolder();
    const store = await stores.open({ folder });
    for (const from of [0, 3, 6]) {
      await fill(store, from, from + 3);
      await store.maintenance.roll();
    }
    const { maintenance } = store;
    await store.close();
    const before = contents(folder);
    await expect(maintenance.compact()).rejects.toMatchObject({ code: 'unavailable' });
    await expect(maintenance.roll()).rejects.toThrow('closed');
    await expect(maintenance.convert()).rejects.toThrow('closed');
    await expect(maintenance.purge()).rejects.toThrow('closed');
    await expect(maintenance.retain(Number.MAX_VALUE)).rejects.toThrow('closed');
    expect(contents(folder)).toEqual(before);
  });
});
