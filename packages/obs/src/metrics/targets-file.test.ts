import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { publishTarget } from './targets-file.ts';

let home: string;
const own = (): string => join(home, 'targets', `${process.pid}.json`);
const read = (): { targets: string[]; labels: Record<string, string> }[] => JSON.parse(readFileSync(own(), 'utf8'));

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'alex-targets-'));
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

test('a target is published in the format of file_sd and readable by others, whatever the umask', () => {
  const before = process.umask(0o077);
  try {
    publishTarget(home, '127.0.0.1:9090');
  } finally {
    process.umask(before);
  }
  expect(read()).toEqual([
    {
      targets: ['127.0.0.1:9090'],
      labels: { __meta_alex_pid: String(process.pid), __meta_alex_start_time: expect.stringMatching(/^20.*Z$/) },
    },
  ]);
  expect(statSync(own()).mode & 0o777).toBe(0o644);
  expect(statSync(join(home, 'targets')).mode & 0o777).toBe(0o755);
  expect(readdirSync(join(home, 'targets'))).toHaveLength(1);
});

test('two endpoints of one process share its file, and the last one removes it', () => {
  const first = publishTarget(home, '127.0.0.1:1');
  const second = publishTarget(home, '127.0.0.1:2');
  expect(read().flatMap(({ targets }) => targets)).toEqual(['127.0.0.1:1', '127.0.0.1:2']);
  first();
  expect(read().flatMap(({ targets }) => targets)).toEqual(['127.0.0.1:2']);
  second();
  expect(existsSync(own())).toBe(false);
});

test('threads that come and go at the same time take no entry of one another along', async () => {
  const unpublish = publishTarget(home, '127.0.0.1:1');
  const source = `
    const { parentPort, threadId } = require('node:worker_threads');
    import(${JSON.stringify(new URL('./targets-file.ts', import.meta.url).href)}).then(({ publishTarget }) => {
      for (let n = 0; n < 200; n++) publishTarget(${JSON.stringify(home)}, '127.0.0.1:' + threadId)();
      parentPort.postMessage('done');
    });`;
  const workers = Array.from({ length: 3 }, () => new Worker(source, { eval: true }));
  await Promise.all(workers.map((worker) => once(worker, 'message')));
  expect(readdirSync(join(home, 'targets'))).toEqual([`${process.pid}.json`]);
  expect(read().flatMap(({ targets }) => targets)).toEqual(['127.0.0.1:1']);
  unpublish();
  await Promise.all(workers.map((worker) => worker.terminate()));
});

test('files of dead processes and broken ones are pruned, others stay', () => {
  const folder = join(home, 'targets');
  const write = (name: string, content: string): void => writeFileSync(join(folder, name), content);
  const entry = (pid: number, start: string): string =>
    JSON.stringify([{ targets: ['h:1'], labels: { __meta_alex_pid: String(pid), __meta_alex_start_time: start } }]);
  mkdirSync(folder);
  write('4194305.json', entry(4194305, new Date().toISOString()));
  write('77.json', 'not json');
  write('notes.json', 'not ours');
  publishTarget(home, '127.0.0.1:9090');
  expect(readdirSync(folder).sort()).toEqual([`${process.pid}.json`, 'notes.json'].sort());
});

test.runIf(existsSync('/proc/uptime'))('a file left by an earlier process with the same pid is replaced', () => {
  mkdirSync(join(home, 'targets'));
  const labels = { __meta_alex_pid: String(process.pid), __meta_alex_start_time: '2020-01-01T00:00:00.000Z' };
  writeFileSync(own(), JSON.stringify([{ targets: ['127.0.0.1:1'], labels }]));
  publishTarget(home, '127.0.0.1:2');
  expect(read().flatMap(({ targets }) => targets)).toEqual(['127.0.0.1:2']);
});

test.runIf(existsSync('/proc/self'))('a home that cannot be made is refused at once', () => {
  expect(() => publishTarget('/proc/no-such-home', '127.0.0.1:9090')).toThrow('ENOENT');
});

test('a home whose parents are missing is made', () => {
  publishTarget(join(home, 'a', 'b'), '127.0.0.1:9090');
  expect(readdirSync(join(home, 'a', 'b', 'targets'))).toHaveLength(1);
});
