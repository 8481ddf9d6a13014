import { readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { DiskFiles } from '../log/disk-files.ts';
import { MemoryFiles } from '../log/memory-files.ts';
import { SegmentThread } from '../segments/segment-thread.ts';
import { brokenMemory, failure } from '../testing/broken-files.ts';
import { movement, samples } from '../testing/movement.ts';
import { numbered as event, fill, numbers, TemporaryStores } from '../testing/temporary-stores.ts';
import { EventStore, type EventStoreOptions } from './event-store.ts';
import { verifyFiles } from './verify.ts';

const stores = new TemporaryStores();
const newFolder = () => stores.newFolder();
const open = (options: EventStoreOptions) => stores.open(options);
afterEach(() => stores.clear());

describe('a store that was closed', () => {
  it('is there again with events, order, versions, schemas, pipelines, snapshots and gauges', async () => {
    const folder = newFolder();
    const first = await open({ folder });
    await fill(first, 0, 5);
    await first.registerSchema('s', { type: 'object' });
    await first.changeSchema((schemas) => schemas.withEventType('s', 'thing.done'));
    await first.registerPipeline({ name: 'p', operators: [] });
    const { id } = await first.snapshot('e-0');
    await first.maintenance.roll();
    await fill(first, 5, 9);
    const before = first.query({}).events;
    await first.close();
    const second = await open({ folder });
    expect(second.query({}).events).toEqual(before);
    expect(second.parts.snapshots.latest('default', 'e-0')?.id).toBe(id);
    expect(second.parts.pipelines.configurations).toHaveLength(1);
    await expect(second.append({ event_type: 'thing.done', entity_id: 'e-0', payload: 1 })).rejects.toThrow(
      'does not match s',
    );
    expect((await second.append(event(9, 'e-0'))).version).toBe(4);
    expect(samples(second.registry)).toMatchObject({
      storage_events_total: 10,
      storage_entities_total: 3,
      snapshots_total: 1,
      parquet_files_total: 1,
    });
    expect(second.parts.projections.get('event_counters').read('default', 'thing.done')).toEqual({ count: 10 });
  });

  it('keeps events in memory only when it has no folder', async () => {
    const store = await open({});
    await fill(store, 0, 3);
    expect(numbers(store)).toEqual([0, 1, 2]);
    expect(samples(store.registry)['storage_size_bytes']).toBeGreaterThan(30);
    await expect(store.maintenance.compact()).rejects.toThrow('in memory');
  });
});

describe('a log that ends anywhere', () => {
  it('gives every event before the cut, and takes more', async () => {
    const folder = newFolder();
    const first = await open({ folder });
    await fill(first, 0, 3);
    await first.close();
    const log = join(folder, 'log-0000000001.wal');
    const bytes = readFileSync(log);
    const manifest = readFileSync(join(folder, 'MANIFEST'));
    let most = 0;
    for (let length = 0; length <= bytes.length; length++) {
      const files = new MemoryFiles();
      await files.replace('MANIFEST', [manifest]);
      await files.open('log-0000000001.wal').write(bytes.subarray(0, length), 0);
      const store = await EventStore.open({ files });
      const found = numbers(store);
      expect(found).toEqual([0, 1, 2].slice(0, found.length));
      expect(found.length).toBeGreaterThanOrEqual(most);
      most = found.length;
      await store.append(event(7));
      expect(numbers(store)).toEqual([...found, 7]);
      await store.close();
    }
    expect(most).toBe(3);
  });

  it('never acknowledges what a loss of power takes', async () => {
    const files = new MemoryFiles();
    const store = await open({ files });
    const acknowledged: number[] = [];
    for (let n = 0; n < 20; n++) {
      const done = Promise.all([store.append(event(n)), store.append(event(n + 100))]);
      const during = await EventStore.open({ files: files.afterPowerLoss() });
      expect(numbers(during).length).toBeGreaterThanOrEqual(acknowledged.length);
      await during.close();
      await done;
      acknowledged.push(n, n + 100);
      const left = await EventStore.open({ files: files.afterPowerLoss() });
      expect(numbers(left)).toEqual(acknowledged);
      await left.close();
    }
  });
});

describe('a disk that fails', () => {
  it('is synced before each answer', async () => {
    const files = brokenMemory();
    const store = await open({ files });
    files.calls.length = 0;
    await store.append(event(1)).then(() => files.calls.push('answer'));
    expect(files.calls).toEqual(['write', 'sync', 'answer']);
  });

  it('writes events that come together as one group', async () => {
    const files = brokenMemory();
    const store = await open({ files });
    files.calls.length = 0;
    await Promise.all(Array.from({ length: 50 }, (_, n) => store.append(event(n))));
    expect(files.calls).toEqual(['write', 'sync']);
  });

  it('and is full: 507, nothing half stored, reading goes on, and writing when there is room again', async () => {
    const files = brokenMemory();
    const store = await open({ files });
    await fill(store, 0, 2);
    files.breakWrite = failure('ENOSPC');
    const moved = await movement(store.registry, () =>
      expect(store.append(event(2))).rejects.toMatchObject({ status: 507 }),
    );
    expect(moved).toEqual({ ingestion_errors_total: 1, ingestion_duration_seconds_count: 1 });
    expect(numbers(store)).toEqual([0, 1]);
    files.breakWrite = undefined;
    await store.append(event(3));
    const again = await open({ files: files.inner.afterPowerLoss() });
    expect(numbers(again)).toEqual([0, 1, 3]);
  });

  it('and does not sync: nothing more is written until the next start', async () => {
    const files = brokenMemory();
    const store = await open({ files });
    await fill(store, 0, 2);
    files.breakSync = failure('EIO');
    await expect(store.append(event(2))).rejects.toThrow('started again');
    files.breakSync = undefined;
    await expect(store.append(event(3))).rejects.toThrow('started again');
    expect(numbers(store)).toEqual([0, 1]);
  });
});

describe('segments', () => {
  const options = { maintenance: { smallSegmentBytes: 1024 * 1024 } };

  it('hold what the log held, and compaction neither loses nor doubles an event', async () => {
    const folder = newFolder();
    const store = await open({ folder, ...options });
    for (let round = 0; round < 4; round++) {
      await fill(store, round * 10, round * 10 + 10);
      await store.maintenance.roll();
    }
    await fill(store, 40, 45);
    const before = store.query({ limit: 1000 }).events;
    expect(samples(store.registry)).toMatchObject({ parquet_files_total: 4, wal_segments_total: 1 });
    let result: Awaited<ReturnType<typeof store.maintenance.compact>> | undefined;
    const moved = await movement(store.registry, async () => {
      result = await store.maintenance.compact();
    });
    expect(result).toMatchObject({ files_merged: 4, files_created: 1, events: 40 });
    expect(moved).toEqual({
      compactions_total: 1,
      compaction_duration_seconds_count: 1,
      compaction_files_merged: 4,
      compaction_bytes_saved: result!.bytes_saved,
    });
    expect(result!.bytes_saved).toBeGreaterThan(0);
    expect(store.query({ limit: 1000 }).events).toEqual(before);
    expect(await movement(store.registry, () => store.maintenance.compact())).toEqual({});
    await store.close();
    const again = await open({ folder });
    expect(again.query({ limit: 1000 }).events).toEqual(before);
    expect(readdirSync(folder).filter((name) => name.endsWith('.parquet'))).toHaveLength(1);
  });

  it('are written in a thread of their own', async () => {
    const folder = newFolder();
    const store = await stores.openThreaded({ folder });
    await fill(store, 0, 5);
    await store.maintenance.roll();
    expect(numbers(store)).toEqual([0, 1, 2, 3, 4]);
    await fill(store, 5, 9);
    await store.maintenance.roll();
    expect(numbers(store)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8]);
    expect(samples(store.registry)['parquet_files_total']).toBe(2);
  });

  it('that cannot be written leave the log as it is, and the thread goes on with the next', async () => {
    const folder = newFolder();
    const thread = new SegmentThread();
    const job = { folder, logs: ['none.wal'], segments: [], output: 'segment-1.parquet', erasures: [] };
    await expect(thread.build(job)).rejects.toMatchObject({
      code: 'storage',
      message: expect.stringMatching(/none.wal/),
    });
    await expect(thread.build({ ...job, logs: [] })).resolves.toMatchObject({ rows: 0 });
    await thread.close();
    await expect(thread.build({ ...job, logs: [] })).resolves.toMatchObject({ rows: 0 });
    await thread.close();
  });

  it('that a crash left half done are taken away, and events in both log and segment are there once', async () => {
    const folder = newFolder();
    const store = await open({ folder });
    await fill(store, 0, 5);
    const log = readFileSync(join(folder, 'log-0000000001.wal'));
    const manifest = readFileSync(join(folder, 'MANIFEST'));
    await store.maintenance.roll();
    await store.close();
    // After the manifest, before the log file was removed: the file is removed now.
    writeFileSync(join(folder, 'log-0000000001.wal'), log);
    writeFileSync(join(folder, 'segment-99.parquet'), 'half a segment');
    const second = await open({ folder });
    expect(numbers(second)).toEqual([0, 1, 2, 3, 4]);
    await second.close();
    expect(readdirSync(folder)).not.toContain('segment-99.parquet');
    // Before the manifest: the log is still the truth.
    writeFileSync(join(folder, 'MANIFEST'), manifest);
    writeFileSync(join(folder, 'log-0000000001.wal'), log);
    const third = await open({ folder });
    expect(numbers(third)).toEqual([0, 1, 2, 3, 4]);
  });

  it('that are damaged stop the start with a clear error, and nothing is changed', async () => {
    const folder = newFolder();
    const store = await open({ folder });
    await fill(store, 0, 5);
    await store.maintenance.roll();
    await store.close();
    const name = readdirSync(folder).find((each) => each.endsWith('.parquet'))!;
    const bytes = readFileSync(join(folder, name));
    bytes[40]! ^= 1;
    writeFileSync(join(folder, name), bytes);
    await expect(EventStore.open({ folder })).rejects.toThrow(`${name} is damaged`);
    const findings = await verifyFiles(new DiskFiles(folder));
    expect(findings.filter(({ problem }) => problem)).toMatchObject([{ file: name, problem: 'the checksum differs' }]);
  });

  it('go when all their events are older than what is kept', async () => {
    let now = 1_000_000;
    const folder = newFolder();
    const store = await open({ folder, now: () => now });
    await fill(store, 0, 3);
    await store.maintenance.roll();
    now += 10_000;
    await fill(store, 3, 5);
    await store.maintenance.roll();
    expect(await store.maintenance.retain(now - 5000)).toBe(3);
    expect(numbers(store)).toEqual([3, 4]);
    await store.close();
    const again = await open({ folder, now: () => now });
    expect(numbers(again)).toEqual([3, 4]);
    expect(samples(again.registry)).toMatchObject({ storage_events_total: 2, parquet_files_total: 1 });
  });

  it('do not hold an erased entity any more', async () => {
    const folder = newFolder();
    const store = await open({ folder });
    const secret = { event_type: 'person.named', entity_id: 'p-1', payload: { name: 'unforgettable' } };
    await store.append(secret);
    await store.snapshot('p-1');
    await store.maintenance.roll();
    await store.append(secret);
    await fill(store, 0, 3);
    expect(await store.eraseEntity('p-1')).toBe(2);
    const everything = () => readdirSync(folder).map((name) => readFileSync(join(folder, name), 'latin1'));
    expect(everything().join('')).not.toContain('unforgettable');
    expect(numbers(store)).toEqual([0, 1, 2]);
    await store.append(secret);
    await store.close();
    const again = await open({ folder });
    expect(again.query({ entityId: 'p-1' }).events).toHaveLength(1);
    expect(numbers(again)).toEqual([0, 1, 2, undefined as never]);
  });
});

describe('a folder', () => {
  it('belongs to one store at a time', async () => {
    const folder = newFolder();
    const store = await open({ folder });
    await expect(EventStore.open({ folder })).rejects.toThrow('Another event store uses');
    await store.close();
    await open({ folder });
  });

  it('with damage before acknowledged events is not opened', async () => {
    const folder = newFolder();
    const store = await open({ folder });
    await fill(store, 0, 5);
    await store.close();
    const log = join(folder, 'log-0000000001.wal');
    const bytes = readFileSync(log);
    bytes[30]! ^= 1;
    writeFileSync(log, bytes);
    await expect(EventStore.open({ folder })).rejects.toThrow('is damaged at byte 0');
    expect(readFileSync(log)).toEqual(bytes);
    truncateSync(log, 20);
    expect((await open({ folder })).recovery).toMatchObject({ events: 0, tornBytes: 20 });
  });
});
