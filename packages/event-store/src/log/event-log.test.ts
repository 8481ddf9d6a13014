import { afterEach, describe, expect, it } from 'vitest';
import { DiskFiles } from '../log/disk-files.ts';
import { BrokenFiles, brokenMemory, failure } from '../testing/broken-files.ts';
import { fill, numbered, numbers, TemporaryStores } from '../testing/temporary-stores.ts';

const stores = new TemporaryStores();
afterEach(() => stores.clear());

describe('a log whose next file cannot be made', () => {
  it('goes on in the one that it has, and leaves no file behind', async () => {
    const files = brokenMemory();
    const store = await stores.open({ files });
    await fill(store, 0, 2);
    files.breakFolderSync = failure('EMFILE');
    await expect(store.parts.log.roll(2)).rejects.toThrow('EMFILE');
    files.breakFolderSync = undefined;
    expect(files.list()).not.toContain('log-0000000002.wal');
    await fill(store, 2, 4);
    expect(numbers(await stores.open({ files: files.inner.afterPowerLoss() }))).toEqual([0, 1, 2, 3]);
  });

  it('is opened when a crash left that file, empty, after a write that was not acknowledged', async () => {
    const files = brokenMemory();
    const store = await stores.open({ files });
    await fill(store, 0, 2);
    const torn = store.parts.log.active.file;
    await torn.write(new Uint8Array(5).fill(1), store.parts.log.active.bytes);
    await torn.sync();
    files.open('log-0000000002.wal');
    const again = await stores.open({ files: files.inner.afterPowerLoss() });
    expect(again.recovery.tornBytes).toBe(5);
    await fill(again, 2, 4);
    expect(numbers(again)).toEqual([0, 1, 2, 3]);
  });
});

describe('a log that can be written no more', () => {
  it('keeps its torn file as the last one, and the next start takes the end away', async () => {
    const folder = stores.newFolder();
    const files = new BrokenFiles(new DiskFiles(folder));
    const store = await stores.open({ folder, files });
    await fill(store, 0, 2);
    files.breakWrite = failure('EIO');
    files.breakTruncate = failure('EIO');
    await expect(store.append(numbered(2))).rejects.toThrow('until it is started again');
    await store.maintenance.roll();
    await store.close();
    const again = await stores.open({ folder });
    await fill(again, 3, 5);
    expect(numbers(again)).toEqual([0, 1, 3, 4]);
  });
});
