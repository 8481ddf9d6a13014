import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, expectTypeOf, it } from 'vitest';
import { CommandError, UsageError } from '../errors.ts';
import { captureIo } from '../testing/capture-io.ts';
import { type Command, defineCommand } from './command.ts';
import { runCommand } from './run-command.ts';

const leaf = defineCommand({
  name: 'replay',
  summary: 'Replays a file.',
  examples: ['tool replay data.csv --speed 60'],
  json: true,
  arguments: [
    { name: 'file', description: 'The file.' },
    { name: 'more', description: 'Further files.', optional: true, variadic: true },
  ],
  options: {
    speed: { type: 'number', default: 1, env: 'SPEED', short: 's', description: 'How fast.' },
    loop: { type: 'boolean', default: true, short: 'l', description: 'Start again at the end.' },
    tag: { type: 'list', description: 'A tag.' },
    token: { type: 'string', secret: true, description: 'A secret.' },
  },
  run({ options, arguments: names, json, print }) {
    expectTypeOf(options.speed).toEqualTypeOf<number>();
    expectTypeOf(names.file).toEqualTypeOf<string>();
    expectTypeOf(names.more).toEqualTypeOf<readonly string[]>();
    print(JSON.stringify({ ...options, ...names, json }));
  },
});

function failing(error: unknown): Command {
  return defineCommand({
    name: 'fail',
    summary: 'Fails.',
    examples: ['tool fail'],
    run: () => {
      throw error;
    },
  });
}

let loads = 0;
const root: Command = {
  name: 'tool',
  summary: 'A tool.',
  version: '1.2.3',
  examples: ['tool replay data.csv'],
  subcommands: [
    leaf,
    {
      name: 'lazy',
      summary: 'Loaded when called.',
      load: async () => {
        loads++;
        return defineCommand({ name: 'lazy', summary: 'Lazy.', examples: ['tool lazy'], run: () => 1 });
      },
    },
  ],
};

async function run(argv: readonly string[], env: Record<string, string> = {}, command: Command = root) {
  const { io, output } = captureIo({ env });
  const code = await runCommand(command, argv, io);
  return { code, ...output() };
}

async function values(argv: readonly string[], env: Record<string, string> = {}): Promise<unknown> {
  const { code, stdout, stderr } = await run(['replay', ...argv], env);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return JSON.parse(stdout);
}

describe('a command with a configuration file', () => {
  const command = defineCommand({
    name: 'serve',
    summary: 'Serves.',
    examples: ['serve --config serve.yaml'],
    configFile: { env: 'SERVE_CONFIG', section: 'serve' },
    options: { port: { type: 'integer', default: 1, description: 'Port.' } },
    run: ({ options, print }) => print(String(options.port)),
  });
  const folder = mkdtempSync(join(tmpdir(), 'command-'));
  const path = join(folder, 'serve.yaml');
  afterAll(() => rmSync(folder, { recursive: true }));
  writeFileSync(path, 'serve:\n  port: 7\n  prot: 8\n');

  it.each([
    [['--config', path], {}],
    [[], { SERVE_CONFIG: path }],
  ])('reads it from %j %j', async (argv, env) => {
    const { code, stdout, stderr } = await run(argv, env, command);
    expect({ code, stdout }).toEqual({ code: 0, stdout: '7\n' });
    expect(stderr).toContain('serve.yaml:3: unknown key prot; did you mean port?');
  });

  it('says that it has nothing for the command', async () => {
    const other = join(folder, 'other.yaml');
    writeFileSync(other, 'port: 7\n');
    const { stdout, stderr } = await run(['--config', other], {}, command);
    expect(stdout).toBe('1\n');
    expect(stderr).toContain('other.yaml: there is no key serve: no option is read from it');
    expect((await run(['--help'], {}, command)).stdout).toContain('below the key serve');
  });

  it('says that it is not there', async () => {
    expect(await run(['--config', '/none.yaml'], {}, command)).toMatchObject({ code: 2, stdout: '' });
  });
});

describe('runCommand', () => {
  it('passes options and arguments, typed', async () => {
    expect(await values(['a.csv', 'b.csv', '-s', '60', '--tag', 'x', '--tag', 'y', '--json'])).toEqual({
      speed: 60,
      loop: true,
      tag: ['x', 'y'],
      file: 'a.csv',
      more: ['b.csv'],
      json: true,
    });
  });

  it.each([
    [[], true],
    [['--loop'], true],
    [['-l'], true],
    [['--loop=true'], true],
    [['--loop=false'], false],
    [['--no-loop'], false],
  ])('reads a boolean from %j', async (flags, loop) => {
    expect(await values([...flags, 'a.csv'])).toMatchObject({ loop, file: 'a.csv' });
  });

  it('takes a negative number as a value', async () => {
    expect(await values(['a', '--speed', '-5'])).toMatchObject({ speed: -5 });
  });

  it('reads the environment below the flags', async () => {
    expect(await values(['a'], { SPEED: '7' })).toMatchObject({ speed: 7 });
    expect(await values(['a', '--speed=8'], { SPEED: '7' })).toMatchObject({ speed: 8 });
  });

  it.each([['--help'], ['-h'], ['help']])(
    'prints help of the root for %s, with an example, without loading',
    async (flag) => {
      const { code, stdout, stderr } = await run([flag]);
      expect({ code, stderr, loads }).toEqual({ code: 0, stderr: '', loads: 0 });
      expect(stdout).toContain('Usage: tool [command] [options]');
      expect(stdout).toMatch(/replay +Replays a file\./);
      expect(stdout).toMatch(/lazy +Loaded when called\./);
      expect(stdout).toContain('$ tool replay data.csv');
    },
  );

  it.each([[['replay', '--help']], [['help', 'replay']]])('prints help of a command for %j', async (argv) => {
    const { code, stdout } = await run(argv);
    expect(code).toBe(0);
    expect(stdout).toContain('Usage: tool replay [options] <file> [more...]');
    expect(stdout).toContain('How fast. (default: 1; env: SPEED)');
    expect(stdout).toContain('-l, --[no-]loop ');
    expect(stdout).toContain('$ tool replay data.csv --speed 60');
  });

  it.each([[['--version']], [['replay', '--version']]])('prints the version for %j', async (argv) => {
    expect(await run(argv)).toEqual({ code: 0, stdout: '1.2.3\n', stderr: '' });
  });

  it.each([
    [['replai'], /unknown command 'replai'\n\(Did you mean replay\?\)\nTry: tool --help/],
    [['replay', 'a', '--sped', '1'], /unknown option '--sped'\n\(Did you mean --speed\?\)\nTry: tool replay --help/],
    [['replay'], /missing required argument 'file'/],
    [['replay', 'a', '--speed'], /argument missing/],
    [['replay', 'a', '--speed', 'fast'], /--speed must be a number, but is "fast"/],
    [['replay', 'a', '--loop=perhaps'], /--loop must be true or false, but is "perhaps"/],
    [['lazy', 'surplus'], /too many arguments/],
    [[], /Usage: tool/],
  ])('answers wrong usage with code 2 on stderr: %j', async (argv, message) => {
    const { code, stdout, stderr } = await run(argv);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(message);
  });

  it('runs a command that has subcommands beside its own work', async () => {
    const both = defineCommand({
      name: 'serve',
      summary: 'Serves.',
      examples: ['serve --port 1'],
      options: { port: { type: 'integer', default: 1, short: 'p', description: 'Port.' } },
      subcommands: [leaf],
      run: ({ options, print }) => print(`port ${options.port}`),
    });
    for (const [argv, stdout] of [
      [[], 'port 1\n'],
      [['-p', '7'], 'port 7\n'],
      [['replay', 'a.csv', '--no-loop'], /"loop":false/],
    ] as const) {
      const { io, output } = captureIo();
      expect(await runCommand(both, argv, io)).toBe(0);
      expect(output().stdout).toMatch(stdout);
    }
    const { io, output } = captureIo();
    expect(await runCommand(both, ['reply'], io)).toBe(2);
    expect(output().stderr).toMatch(/reply/);
  });

  it('ends with the code that the command returns', async () => {
    expect((await run(['lazy'])).code).toBe(1);
    expect(loads).toBeGreaterThan(0);
  });

  it.each([
    [new UsageError('bad', 'Do this.'), 2, 'error: bad\nDo this.\nTry: fail --help\n'],
    [new CommandError('no'), 1, 'error: no\n'],
    [new CommandError('no', { exitCode: 3 }), 3, 'error: no\n'],
    [new Error('surprise'), 1, 'error: surprise\n'],
    ['text', 1, 'error: text\n'],
  ])('reports %s with code %d', async (error, code, stderr) => {
    expect(await run([], {}, failing(error))).toEqual({ code, stdout: '', stderr });
  });

  it('ends with 130 when it is interrupted', async () => {
    const controller = new AbortController();
    const { io } = captureIo({ signal: controller.signal });
    const command = defineCommand({
      name: 'hang',
      summary: 'Hangs.',
      examples: ['hang'],
      run: () => new Promise(() => {}),
    });
    const running = runCommand(command, [], io);
    controller.abort();
    expect(await running).toBe(130);
  });

  it('leaves the end to a command that runs until it is interrupted', async () => {
    const controller = new AbortController();
    const { io } = captureIo({ signal: controller.signal });
    const command = defineCommand({
      name: 'serve',
      summary: 'Serves.',
      examples: ['serve'],
      untilInterrupted: true,
      run: ({ signal }) => {
        const ended = new Promise<number>((resolve) => signal.addEventListener('abort', () => resolve(0)));
        controller.abort();
        return ended;
      },
    });
    expect(await runCommand(command, [], io)).toBe(0);
    expect(await runCommand(command, [], io)).toBe(130);
  });

  it('colours errors on a terminal only, and never with NO_COLOR', async () => {
    const bad = failing(new CommandError('no'));
    const colour = captureIo({ isTTY: true });
    await runCommand(bad, [], colour.io);
    expect(colour.output().stderr).toBe('\u001b[31merror:\u001b[39m no\n');
    const plain = captureIo({ isTTY: true, env: { NO_COLOR: '1' } });
    await runCommand(bad, [], plain.io);
    expect(plain.output().stderr).toBe('error: no\n');
  });
});
