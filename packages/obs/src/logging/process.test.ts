import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'alex-log-process-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const importing = `
import { createLogging } from ${JSON.stringify(new URL('./logging.ts', import.meta.url).href)};
const lost = {};
const redact = { redact: (value) => value, redactText: (text) => text };
const start = (output) => createLogging({ config: { level: 'info', format: 'json', output }, ids: () => undefined, redact,
  dropped: (reason, lines) => { lost[reason] = (lost[reason] ?? 0) + lines; } });
`;

function program(source: string): string[] {
  return ['--conditions=@alex/source', '--no-warnings', '--input-type=module', '--eval', importing + source];
}
async function codeOf(child: ChildProcess): Promise<number | null> {
  const [code] = await once(child, 'exit');
  return code as number | null;
}
async function textOf(stream: NodeJS.ReadableStream): Promise<string> {
  let text = '';
  for await (const part of stream) text += part;
  return text;
}

it.each([
  ['by itself', '', 0],
  ['by process.exit', 'process.exit(3);', 3],
  ['by a crash', 'throw new Error("crash");', 1],
])('a program that ends %s right after logging loses no line and does not linger', async (_, end, expected) => {
  const source = `const { logger } = start('stdout'); for (let n = 0; n < 5000; n++) logger.info({ n }, 'line'); ${end}`;
  const child = spawn(process.execPath, program(source), { stdio: ['ignore', 'pipe', 'ignore'] });
  const [text, code] = await Promise.all([textOf(child.stdout!), codeOf(child)]);
  expect(code).toBe(expected);
  expect(
    text
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line).n),
  ).toEqual(Array.from({ length: 5000 }, (_, n) => n));
});

it('a crash while lines are being written keeps all of them, in order', () => {
  const file = join(folder, 'crash.log');
  const source = `const { logger } = start(${JSON.stringify(file)});
    let n = 0;
    setInterval(() => { for (let i = 0; i < 500; i++) logger.info({ n: n++ }, 'line'); if (n === 5000) process.exit(0); }, 0);`;
  execFileSync(process.execPath, program(source));
  const numbers = readFileSync(file, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line).n as number);
  expect(numbers).toEqual(Array.from({ length: 5000 }, (_, n) => n));
});

it('a reader that goes away does not harm the program; lost lines are counted and told once', async () => {
  const source = `const part = start('stdout');
    part.logger.info('first');
    await part.flush(1000);
    await new Promise((done) => process.stdin.once('data', done));
    process.stdin.destroy();
    for (let n = 0; n < 10; n++) { part.logger.info('lost'); await part.flush(1000); }
    process.stderr.write(JSON.stringify(lost) + '\\n');`;
  const child = spawn(process.execPath, program(source), { stdio: 'pipe' });
  const errors = textOf(child.stderr);
  await once(child.stdout, 'data');
  child.stdout.destroy();
  await once(child.stdout, 'close');
  child.stdin.write('go\n');
  expect(await codeOf(child)).toBe(0);
  const [report, counts, ...rest] = (await errors).trimEnd().split('\n');
  expect(report).toContain('Log lines are lost: stdout cannot be written');
  expect(JSON.parse(counts!)).toEqual({ write_failed: 10 });
  expect(rest).toEqual([]);
});

it('a reader of a pipe that hangs does not hold up the program', () => {
  const source = `const { logger } = start('stdout');
    for (let n = 0; n < 5000; n++) logger.info({ n }, 'a line that fills the pipe, which nobody empties');
    setTimeout(() => { process.stderr.write(JSON.stringify({ alive: true })); process.exit(0); }, 50);`;
  const started = performance.now();
  const child = spawn('sh', ['-c', '"$0" "$@" | sleep 2', process.execPath, ...program(source)], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  return textOf(child.stderr).then((text) => {
    expect(text).toContain('{"alive":true}');
    expect(text).toContain('Log lines are lost');
    expect(performance.now() - started).toBeLessThan(8000);
  });
});

/** A command that runs another with a file system of 64 KB at `$1`; only some systems allow it. */
const onSmallDisk = ['-rm', 'sh', '-c', 'mount -t tmpfs -o size=64k tmpfs "$1" && shift && exec "$@"', 'sh'];
const hasSmallDisk = spawnSync('unshare', [...onSmallDisk, tmpdir(), 'true']).status === 0;

it.runIf(hasSmallDisk)('a line that a full disk has torn does not spoil the next one', () => {
  const disk = join(folder, 'disk');
  mkdirSync(disk);
  const source = `import { readFileSync, rmSync, writeFileSync } from 'node:fs';
    const [file, ballast] = ['agent.log', 'ballast'].map((name) => ${JSON.stringify(disk)} + '/' + name);
    writeFileSync(ballast, Buffer.alloc(20_000));
    const part = start(file);
    for (let n = 0; n < 100; n++) part.logger.info({ pad: 'p'.repeat(600) }, 'line');
    await part.flush(1000);
    rmSync(ballast);
    part.logger.info('after');
    await part.flush(1000);
    console.log(readFileSync(file, 'utf8').trimEnd().split('\\n').at(-1));`;
  const node = [...onSmallDisk, disk, process.execPath, ...program(source)];
  const { stdout, stderr } = spawnSync('unshare', node, { encoding: 'utf8' });
  expect(stderr).toContain('ENOSPC');
  expect(JSON.parse(stdout)).toMatchObject({ msg: 'after' });
});

it('a log file that cannot be opened becomes stderr', () => {
  const source = `start('/dev/null/x/agent.log').logger.info('here');`;
  const text = execFileSync('sh', ['-c', '"$0" "$@" 2>&1', process.execPath, ...program(source)], { encoding: 'utf8' });
  expect(text).toContain('cannot be opened');
  expect(text).toContain('"msg":"here"');
});
