import { spawnSync } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
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

  it('refuses what is a file, and what is below one', async () => {
    const file = join(stores.newFolder(), 'file');
    writeFileSync(file, '');
    await expect(makeFolder(file)).rejects.toMatchObject({ code: 'EEXIST' });
    await expect(makeFolder(join(file, 'a/b'))).rejects.toMatchObject({ code: 'EEXIST', path: file });
  });

  it.runIf(existsSync('/proc/self'))('refuses a folder at once that cannot be made', () => {
    // In a process of its own, which can be ended should it never return.
    const module = JSON.stringify(new URL('./disk-files.ts', import.meta.url).href);
    const source = `import(${module}).then(({ makeFolder }) => makeFolder('/proc/no-such/a')).catch(({ code }) => console.log(code))`;
    const options = { encoding: 'utf8', timeout: 5000 } as const;
    expect(spawnSync(process.execPath, ['--conditions=@alex/source', '-e', source], options).stdout).toBe('ENOENT\n');
  });
});
