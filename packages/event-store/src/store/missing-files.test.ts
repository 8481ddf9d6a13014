import { copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { DiskFiles } from '../log/disk-files.ts';
import { readRecords, recordHeaderBytes } from '../log/record.ts';
import { buildSegment } from '../segments/build-segment.ts';
import { fill, numbers, TemporaryStores } from '../testing/temporary-stores.ts';
import { verifyFiles } from './verify.ts';

const stores = new TemporaryStores();
afterEach(() => stores.clear());

/** A store of 30 events in one segment, two log files that wait to become one, and the log file that is written to. */
async function storeOfFour(): Promise<string> {
  const folder = stores.newFolder();
  let builds = 0;
  const build: typeof buildSegment = (job) =>
    builds++ === 0 ? buildSegment(job) : Promise.reject(new Error('the disk is full'));
  const store = await stores.open({ folder, build });
  await fill(store, 0, 8);
  await store.maintenance.roll();
  for (const from of [8, 16]) {
    await fill(store, from, from + 8);
    await expect(store.maintenance.roll()).rejects.toThrow('the disk is full');
  }
  await fill(store, 24, 30);
  await store.close();
  return folder;
}

/** Opens the folder, which must be refused and stay as it is, and gives what `verify` says. */
async function refused(folder: string, message: string): Promise<readonly string[]> {
  const before = readdirSync(folder).map((name) => [name, readFileSync(join(folder, name), 'latin1')]);
  await expect(stores.open({ folder })).rejects.toThrow(message);
  expect(readdirSync(folder).map((name) => [name, readFileSync(join(folder, name), 'latin1')])).toEqual(before);
  const findings = await verifyFiles(new DiskFiles(folder));
  return findings.filter(({ problem }) => problem !== undefined).map(({ file, problem }) => `${file} ${problem}`);
}

describe('a store of which something is missing', () => {
  it('is whole when nothing is', async () => {
    const folder = await storeOfFour();
    expect((await verifyFiles(new DiskFiles(folder))).filter(({ problem }) => problem !== undefined)).toEqual([]);
    expect(numbers(await stores.open({ folder }))).toEqual(Array.from({ length: 30 }, (_, n) => n));
  });

  it.each(['log-0000000002.wal', 'log-0000000003.wal'])('is not opened without %s', async (name) => {
    const folder = await storeOfFour();
    rmSync(join(folder, name));
    const [first] = await refused(folder, `${name} is missing`);
    expect(first).toBe(`${name} is missing`);
  });

  it('is not opened when it has lost all its log files', async () => {
    const folder = await storeOfFour();
    for (const name of readdirSync(folder)) if (name.startsWith('log-')) rmSync(join(folder, name));
    expect(await refused(folder, 'log-0000000002.wal is missing')).toHaveLength(1);
  });

  it('is not opened when a log file has lost its last records', async () => {
    const folder = await storeOfFour();
    const name = 'log-0000000002.wal';
    const { at } = readRecords(readFileSync(join(folder, name))).records.at(-1)!;
    truncateSync(join(folder, name), at - recordHeaderBytes);
    const [first] = await refused(folder, 'log-0000000003.wal does not hold the events from sequence 16 to 16');
    expect(first).toContain('which were acknowledged');
  });

  it('is not opened when the log ends before the last event that the manifest knows of', async () => {
    const folder = stores.newFolder();
    const store = await stores.open({ folder });
    for (const from of [0, 3, 6]) {
      await fill(store, from, from + 3);
      await store.maintenance.roll();
    }
    await fill(store, 9, 12);
    await store.maintenance.compact();
    await store.close();
    truncateSync(join(folder, 'log-0000000004.wal'), 0);
    expect(await refused(folder, 'log-0000000004.wal does not hold the events from sequence 10 to 12')).toHaveLength(1);
  });

  it.each([
    ['a segment and log files', (): boolean => true],
    ['log files', (name: string): boolean => name.startsWith('log-')],
    ['a segment', (name: string): boolean => name.endsWith('.parquet')],
    ['a state', (name: string): boolean => name.startsWith('state-')],
  ])('is not taken for a new one without a manifest beside %s', async (_what, stays) => {
    const whole = await storeOfFour();
    const folder = join(stores.newFolder(), 'copy');
    mkdirSync(folder);
    for (const name of readdirSync(whole)) {
      if (!/^(LOCK|MANIFEST)/.test(name) && stays(name)) copyFileSync(join(whole, name), join(folder, name));
    }
    writeFileSync(join(folder, 'LOCK'), '');
    expect(await refused(folder, 'MANIFEST is missing, but')).toHaveLength(1);
  });

  it('is a new one when a crash left no more than its first log file, empty', async () => {
    const folder = stores.newFolder();
    writeFileSync(join(folder, 'log-0000000001.wal'), '');
    const store = await stores.open({ folder });
    await fill(store, 0, 2);
    expect(numbers(store)).toEqual([0, 1]);
  });
});
