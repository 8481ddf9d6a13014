import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { TemporaryStores } from '../testing/temporary-stores.ts';
import { makeFolder } from './disk-files.ts';

const stores = new TemporaryStores();
afterEach(() => stores.clear());

describe('makeFolder', () => {
  it('makes the names of all new folders durable, in the folders above them', async () => {
    const root = stores.newFolder();
    const folder = join(root, 'a/b/c');
    expect(await makeFolder(folder)).toEqual([join(root, 'a/b'), join(root, 'a'), root]);
    expect(existsSync(folder)).toBe(true);
    expect(await makeFolder(folder)).toEqual([]);
    expect(await makeFolder(`${folder}/d/`)).toEqual([folder]);
  });
});
