import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { fill, TemporaryStores } from '../testing/temporary-stores.ts';

const stores = new TemporaryStores();
afterEach(() => stores.clear());

function contents(folder: string): Record<string, string> {
  return Object.fromEntries(readdirSync(folder).map((name) => [name, readFileSync(join(folder, name), 'latin1')]));
}

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
