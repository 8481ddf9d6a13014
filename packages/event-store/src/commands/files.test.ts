import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { captureIo, runCommand } from '@alex/service';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { command } from '../command.ts';
import { EventStore } from '../store/event-store.ts';

let folder: string;
let data: string;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'event-store-files-'));
  data = join(folder, 'store');
  const store = await EventStore.open({ folder: data });
  for (let n = 0; n < 3; n++) await store.append({ event_type: 'thing.done', entity_id: 'e', payload: { n } });
  await store.close();
});
afterEach(() => rmSync(folder, { recursive: true }));

async function run(...argv: string[]) {
  const { io, output } = captureIo();
  return { code: await runCommand(command, argv, io), ...output() };
}

const log = 'log-0000000001.wal';

describe('verify, export and backup', () => {
  it('tell and copy what is there, and the copy is whole', async () => {
    const copy = join(folder, 'copy');
    expect(await run('backup', copy, '--data', data)).toEqual({
      code: 0,
      stdout: `Copied 3 events in 2 files to ${copy}\n`,
      stderr: '',
    });
    expect((await run('verify', '--data', copy)).stdout).toBe(
      `MANIFEST  0 events  whole\n${log}  3 events  whole\nThe store is whole.\n`,
    );
    const exported = await run('export', '--data', copy);
    expect(
      exported.stdout
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line).payload.n),
    ).toEqual([0, 1, 2]);
    expect(await run('backup', copy, '--data', data)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('exists'),
    });
  });

  it('verify and backup change nothing, neither in a store nor in a copy', async () => {
    const copy = join(folder, 'copy');
    await run('backup', copy, '--data', data);
    for (const each of [data, copy]) {
      const files = () => readdirSync(each).map((name) => [name, statSync(join(each, name)).mtimeMs]);
      const before = files();
      expect((await run('verify', '--data', each)).code).toBe(0);
      expect((await run('backup', join(folder, `of-${before.length}`), '--data', each)).code).toBe(0);
      expect(files()).toEqual(before);
    }
    expect(readdirSync(copy)).toEqual(['MANIFEST', log]);
  });

  it('name what is missing, and copy nothing of it', async () => {
    const store = await EventStore.open({ folder: data });
    await store.maintenance.roll();
    await store.close();
    rmSync(join(data, 'MANIFEST'));
    const { code, stdout } = await run('verify', '--data', data);
    expect([code, stdout]).toEqual([1, expect.stringMatching(/^MANIFEST .*MANIFEST is missing, but .* is there/)]);
    rmSync(join(data, 'log-0000000002.wal'));
    expect((await run('backup', join(folder, 'copy'), '--data', data)).stderr).toContain('Nothing was copied');
  });

  it('say where a store is damaged, and copy nothing of it', async () => {
    const bytes = readFileSync(join(data, log));
    bytes[40]! ^= 1;
    writeFileSync(join(data, log), bytes);
    expect(await run('verify', '--data', data)).toMatchObject({
      code: 1,
      stdout: expect.stringContaining('1 of 2 files are damaged'),
    });
    expect(await run('backup', join(folder, 'copy'), '--data', data)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('Nothing was copied'),
    });
    expect(existsSync(join(folder, 'copy'))).toBe(false);
  });

  it('say what a write left that was never acknowledged', async () => {
    truncateSync(join(data, log), readFileSync(join(data, log)).length - 5);
    const { code, stdout } = await run('verify', '--data', data);
    expect(stdout).toMatch(/2 events {2}whole; \d+ bytes at its end are of a write that was never acknowledged/);
    expect(code).toBe(0);
  });

  it.each(['verify', 'export', 'backup'])('%s makes no store where there is none', async (name) => {
    const empty = join(folder, 'empty');
    mkdirSync(empty);
    const to = name === 'backup' ? [join(folder, 'copy')] : [];
    for (const [path, message] of [
      [empty, `There is no store in ${empty}`],
      [join(folder, 'nowhere'), `There is no folder ${join(folder, 'nowhere')}`],
      [join(data, log), `${join(data, log)} is no folder`],
    ] as const) {
      expect(await run(name, ...to, '--data', path)).toEqual({ code: 1, stdout: '', stderr: `error: ${message}\n` });
    }
    expect(readdirSync(empty)).toEqual([]);
  });

  it('wait for nobody who has the store', async () => {
    const store = await EventStore.open({ folder: data });
    for (const name of ['verify', 'export']) {
      expect((await run(name, '--data', data)).stderr).toContain(`Another event store uses ${data}`);
    }
    await store.close();
  });
});

describe('import', () => {
  it('stores what an export gave, once', async () => {
    const file = join(folder, 'events.jsonl');
    writeFileSync(file, (await run('export', '--data', data)).stdout);
    const target = join(folder, 'new');
    expect((await run('import', file, '--data', target)).stdout).toBe('3 events are stored\n');
    expect((await run('import', file, '--data', target)).stdout).toBe('0 events are stored, 3 were there already\n');
  });

  it.each([
    ['no JSON', '{"event_type":"a",', /line 3: .*JSON/],
    ['a bad event', '{"event_type":"A","entity_id":"e","payload":1}', /line 3: event_type is/],
  ])('names the line with %s', async (_, line, message) => {
    const file = join(folder, 'bad.jsonl');
    writeFileSync(file, `{"event_type":"a","entity_id":"e","payload":1}\n\n${line}\n`);
    const { code, stderr } = await run('import', file, '--data', join(folder, 'new'));
    expect([code, stderr]).toEqual([1, expect.stringMatching(message)]);
  });

  it('says what is not there, or is no folder', async () => {
    expect((await run('import', '/none.jsonl', '--data', data)).stderr).toBe('error: There is no file /none.jsonl\n');
    const file = join(folder, 'file');
    writeFileSync(file, '');
    expect((await run('import', file, '--data', file)).stderr).toBe(`error: ${file} is no folder\n`);
  });
});
