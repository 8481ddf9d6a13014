import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { DiskFiles } from '../log/disk-files.ts';
import { buildSegment } from '../segments/build-segment.ts';
import { fill, TemporaryStores } from '../testing/temporary-stores.ts';
import { checksumOf, readState, writeState } from './state-file.ts';
import { verifyFiles } from './verify.ts';

const stores = new TemporaryStores();
afterEach(() => stores.clear());

const changes = Array.from({ length: 3000 }, (_, n) => ({ sequence: n, change: { text: 'ü'.repeat(n % 2000) } }));

describe('a state file', () => {
  it('gives back what was written, whatever stands across two pieces', async () => {
    const files = new DiskFiles(stores.newFolder());
    const entry = await writeState(files, 'state-1.jsonl', changes);
    expect(files.size('state-1.jsonl')).toBe(entry.bytes);
    expect(entry.bytes).toBeGreaterThan(5_000_000);
    expect([...readState(files, 'state-1.jsonl')]).toEqual(changes);
    expect(checksumOf(files, 'state-1.jsonl')).toBe(entry.crc32);
    expect([...readState(files, (await writeState(files, 'state-2.jsonl', [])).name)]).toEqual([]);
  });

  it('is written while other work goes on', async () => {
    const files = new DiskFiles(stores.newFolder());
    let turns = 0;
    let isWritten = false;
    const count = (): void => {
      turns++;
      if (!isWritten) setImmediate(count);
    };
    setImmediate(count);
    await writeState(files, 'state-1.jsonl', changes);
    isWritten = true;
    expect(turns).toBeGreaterThan(15);
  });

  it('holds schemas, pipelines, snapshots and erasures, and is not opened when it is damaged', async () => {
    const folder = stores.newFolder();
    const store = await stores.open({
      folder,
      build: (job) => (job.segments.length > 0 ? Promise.reject(new Error('the disk is full')) : buildSegment(job)),
    });
    await fill(store, 0, 5);
    await store.registerSchema('s', { type: 'object' });
    await store.registerPipeline({ name: 'p', operators: [] });
    await store.snapshot('e-0');
    await store.maintenance.roll();
    await expect(store.eraseEntity('e-1')).rejects.toThrow('the disk is full');
    const { name } = store.parts.manifest.state!;
    const lines = readFileSync(join(folder, name), 'utf8').trimEnd().split('\n');
    const types = lines.map((line) => (JSON.parse(line) as { change: { type: string } }).change.type);
    expect(types).toEqual(['erasure', 'schema', 'pipeline', 'snapshot']);
    await store.close();
    const bytes = readFileSync(join(folder, name));
    bytes[40]! ^= 1;
    writeFileSync(join(folder, name), bytes);
    await expect(stores.open({ folder })).rejects.toThrow(`${name} is damaged`);
    const findings = await verifyFiles(new DiskFiles(folder));
    expect(findings.filter(({ problem }) => problem)).toMatchObject([{ file: name, problem: 'the checksum differs' }]);
  });
});
