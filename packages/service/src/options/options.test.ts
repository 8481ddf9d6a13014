import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, expectTypeOf, it } from 'vitest';
import { UsageError } from '../errors.ts';
import { defineOptions } from './declaration.ts';
import { formatDuration, parseDuration } from './duration.ts';
import { readOptionFile } from './read-file.ts';
import { resolveOptions } from './resolve.ts';

const options = defineOptions({
  port: { type: 'integer', default: 9100, minimum: 0, maximum: 65_535, env: 'PORT', description: 'Port.' },
  speed: { type: 'number', default: 1, minimum: 0, aboveMinimum: true, description: 'Speed.' },
  loopReplay: { type: 'boolean', default: true, env: 'LOOP', description: 'Loop.' },
  window: { type: 'duration', default: 60_000, minimum: 1000, env: 'WINDOW', description: 'Window.' },
  level: {
    type: 'choice',
    values: ['info', 'debug'],
    default: 'info',
    ignoreCase: true,
    env: 'LEVEL',
    description: 'L.',
  },
  tags: { type: 'list', env: 'TAGS', description: 'Tags.' },
  csv: { type: 'string', description: 'File.' },
  token: { type: 'integer', secret: true, env: 'TOKEN', description: 'Secret.' },
});

describe('resolveOptions', () => {
  it('gives every option its default, typed', () => {
    const { values, origins } = resolveOptions(options, {});
    expect(values).toEqual({
      port: 9100,
      speed: 1,
      loopReplay: true,
      window: 60_000,
      level: 'info',
      tags: [],
      csv: undefined,
      token: undefined,
    });
    expect(origins.port).toBe('default');
    expectTypeOf(values.port).toEqualTypeOf<number>();
    expectTypeOf(values.csv).toEqualTypeOf<string | undefined>();
    expectTypeOf(values.level).toEqualTypeOf<'info' | 'debug'>();
    expectTypeOf(values.tags).toEqualTypeOf<readonly string[]>();
  });

  it('prefers the flag over the environment, and that over the file', () => {
    const file = { path: 'c.yaml', values: { port: 1, window: '2s', loop_replay: false }, lines: {} };
    const { values, origins } = resolveOptions(options, {
      flags: { port: '3' },
      env: { PORT: '2', WINDOW: '5s' },
      file,
    });
    expect(values).toMatchObject({ port: 3, window: 5000, loopReplay: false });
    expect(origins).toMatchObject({ port: 'flag', window: 'environment', loopReplay: 'file', speed: 'default' });
  });

  it('takes an empty environment variable as not set', () => {
    expect(resolveOptions(options, { env: { PORT: '' } }).values.port).toBe(9100);
  });

  it('splits lists of the environment and ignores case where told', () => {
    const { values } = resolveOptions(options, { env: { TAGS: 'a, b,,c', LEVEL: 'DEBUG' } });
    expect(values.tags).toEqual(['a', 'b', 'c']);
    expect(values.level).toBe('debug');
  });

  it.each([
    [{ flags: { port: '70000' } }, '--port must be an integer from 0 to 65535, but is "70000"'],
    [{ flags: { port: '1.5' } }, '--port must be an integer from 0 to 65535, but is "1.5"'],
    [{ flags: { port: '0x10' } }, '--port must be an integer from 0 to 65535, but is "0x10"'],
    [{ flags: { speed: '0' } }, '--speed must be a number above 0, but is "0"'],
    [{ flags: { speed: 'inf' } }, '--speed must be a number above 0, but is "inf"'],
    [{ env: { LOOP: 'maybe' } }, 'Environment variable LOOP must be true or false, but is "maybe"'],
    [
      { env: { WINDOW: '1ms' } },
      'Environment variable WINDOW must be a duration such as 500ms, 5s or 2m, at least 1s, but is "1ms"',
    ],
    [{ env: { LEVEL: 'loud' } }, 'Environment variable LEVEL must be one of info, debug, but is "loud"'],
    [
      { file: { path: 'c.yaml', values: { port: 'x' }, lines: { port: 7 } } },
      'c.yaml:7: port must be an integer from 0 to 65535, but is "x"',
    ],
  ])('names the place, the value and what is allowed: %j', (sources, message) => {
    expect(() => resolveOptions(options, sources)).toThrow(new UsageError(message));
  });

  it('never prints the value of a secret', () => {
    expect(() => resolveOptions(options, { env: { TOKEN: 'hunter2' } })).toThrow(/is the value found$/);
  });

  it('demands a required option by its flag and variable', () => {
    const required = { database: { type: 'string', required: true, env: 'DB', description: 'D.' } } as const;
    expect(() => resolveOptions(required, {})).toThrow('--database or DB is required');
    expectTypeOf(resolveOptions(required, { env: { DB: 'x' } }).values.database).toEqualTypeOf<string>();
  });

  it('warns of an unknown key in the file with the nearest known one', () => {
    const file = { path: 'c.yaml', values: { prot: 1, zebra: 2 }, lines: { prot: 2 } };
    expect(resolveOptions(options, { file }).warnings).toEqual([
      'c.yaml:2: unknown key prot; did you mean port?',
      'c.yaml: unknown key zebra',
    ]);
  });
});

describe('defineOptions', () => {
  it('refuses two options with one flag, letter or variable', () => {
    const a = { type: 'string', env: 'X', description: 'A.' } as const;
    expect(() => defineOptions({ a, b: a })).toThrow('Options a and b share X');
    expect(() => defineOptions({ a, b: { type: 'string', flag: 'a', description: 'B.' } })).toThrow('share --a');
  });
});

describe('readOptionFile', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'options-'));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  function file(text: string): string {
    const path = join(folder, 'config.yaml');
    writeFileSync(path, text);
    return path;
  }

  it('reads a section with the line of each key', () => {
    const path = file('# comment\nother: 1\nalec:\n  port: 7\n  tags: [a, b]\n');
    expect(readOptionFile(path, 'alec')).toEqual({
      path,
      values: { port: 7, tags: ['a', 'b'] },
      lines: { port: 4, tags: 5 },
    });
  });

  it('takes an empty file or a missing section as nothing', () => {
    expect(readOptionFile(file('')).values).toEqual({});
    expect(readOptionFile(file('a: 1\n'), 'alec').values).toEqual({});
  });

  it('names file, line and column of broken YAML', () => {
    expect(() => readOptionFile(file('a: 1\nb: [1, 2\n'))).toThrow(/config\.yaml:\d+:\d+: /);
  });

  it('says that a file does not exist', () => {
    expect(() => readOptionFile(join(folder, 'none.yaml'))).toThrow(/there is no such file/);
  });

  it('refuses a list where options belong', () => {
    expect(() => readOptionFile(file('- 1\n'))).toThrow(/must be a map/);
  });
});

describe('durations', () => {
  it.each([
    ['250ms', 250],
    ['5s', 5000],
    ['1m30s', 90_000],
    ['1.5h', 5_400_000],
    ['7d', 604_800_000],
    ['42', 42],
  ])('%s is %d ms', (text, milliseconds) => expect(parseDuration(text)).toBe(milliseconds));

  it.each(['', 's', '5 s', '-5s', '5x', 'Infinity'])('%j is none', (text) =>
    expect(parseDuration(text)).toBeUndefined(),
  );

  it('reads what it writes', () => {
    fc.assert(fc.property(fc.nat(10 ** 10), (ms) => parseDuration(formatDuration(ms)) === ms));
  });
});
