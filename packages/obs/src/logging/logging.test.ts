import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runInNewContext } from 'node:vm';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createRedactor } from '../redaction/redactor.ts';
import type { LogIds } from './line.ts';
import { createLogging, type LoggingOptions } from './logging.ts';

let folder: string;
let file: string;
let ids: LogIds | undefined;
let drops: Record<string, number>;
let reports: string[];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'alex-log-'));
  file = join(folder, 'logs', 'agent.log');
  ids = undefined;
  drops = {};
  reports = [];
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function logging(config: Partial<LoggingOptions['config']> = {}, maximumWaiting?: number) {
  return createLogging({
    config: { level: 'info', format: 'json', output: file, ...config },
    ids: () => ids,
    redact: createRedactor(),
    dropped: (reason, lines) => {
      drops[reason] = (drops[reason] ?? 0) + lines;
    },
    report: (problem) => reports.push(problem),
    ...(maximumWaiting !== undefined && { maximumWaiting }),
  });
}
async function written(part: ReturnType<typeof logging>): Promise<string> {
  expect(await part.flush(2000)).toBe(true);
  return readFileSync(file, 'utf8');
}
async function lines(part: ReturnType<typeof logging>): Promise<Record<string, unknown>[]> {
  return (await written(part))
    .trimEnd()
    .split('\n')
    .map((text) => JSON.parse(text));
}

it('an object of too many fields is cut, in a line and in a child logger', async () => {
  const part = logging();
  const fields = Object.fromEntries(Array.from({ length: 5000 }, (_, index) => [`field${index}`, index]));
  part.logger.info(fields, 'given');
  part.logger.child(fields).info('bound');
  for (const line of await lines(part)) {
    expect(line).toMatchObject({ field0: 0, field999: 999, '...': '[more]' });
    expect(line).not.toHaveProperty('field1000');
  }
});

it('bytes are no fields', async () => {
  const part = logging();
  part.logger.info(Buffer.alloc(10), 'bytes');
  part.logger.child(new Float64Array(10)).info('bound');
  for (const line of await lines(part)) expect(Object.keys(line)).toEqual(['time', 'level', 'msg']);
});

describe('a line', () => {
  it('has time, level and msg first, then the fields, then the ids of the context', async () => {
    const part = logging();
    ids = { traceId: '4bf92f3577b34da6a3ce929d0e0e4736', spanId: '00f067aa0ba902b7', sessionId: 's1' };
    part.logger.info({ tool: 'grep' }, 'ran %s', 'well');
    expect((await written(part)).replace(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/, 'TIME')).toBe(
      '{"time":"TIME","level":"INFO","msg":"ran well","tool":"grep","trace_id":"4bf92f3577b34da6a3ce929d0e0e4736","span_id":"00f067aa0ba902b7","session_id":"s1"}\n',
    );
  });

  it('has each key once: fields of the call win over those of the logger, and both over the context', async () => {
    const part = logging();
    ids = { traceId: 't', sessionId: 's' };
    const child = part.logger.child({ tool: 'a', session_id: 'bound' }).child({ tool: 'b' });
    child.info({ tool: 'c', trace_id: 'mine', time: 1, level: 2 }, 'x');
    const text = await written(part);
    for (const key of ['tool', 'trace_id', 'session_id', 'time', 'level', 'msg']) {
      expect(text.split(`"${key}":`)).toHaveLength(2);
    }
    expect(JSON.parse(text)).toMatchObject({ tool: 'c', trace_id: 'mine', session_id: 'bound', time_: 1, level_: 2 });
  });

  it('has errors under error', async () => {
    const part = logging();
    part.logger.error(new TypeError('boom'));
    part.logger.error({ err: new Error('other') }, 'failed');
    const [first, second] = await lines(part);
    expect(first).toMatchObject({ level: 'ERROR', msg: 'boom', error: { name: 'TypeError', message: 'boom' } });
    expect(second).toMatchObject({ msg: 'failed', error: { message: 'other', stack: expect.any(String) } });
  });

  it('has errors of another realm, too', async () => {
    const part = logging();
    const foreign: unknown = runInNewContext('new TypeError("boom")');
    part.logger.error(foreign as Error);
    part.logger.error(foreign as Error, 'failed');
    part.logger.error({ err: foreign, of: { cause: foreign } }, 'failed');
    const error = { name: 'TypeError', message: 'boom', stack: expect.any(String) };
    expect(await lines(part)).toMatchObject([
      { msg: 'boom', error },
      { msg: 'failed', error },
      { msg: 'failed', error, of: { cause: { message: 'boom' } } },
    ]);
  });

  it('is redacted and truncated: fields, bindings and message', async () => {
    const part = logging();
    part.logger
      .child({ apiKey: 'one' })
      .info({ headers: { Authorization: 'Bearer two' }, long: 'x '.repeat(5000) }, 'token=%s', 'three');
    const text = await written(part);
    expect(text).not.toMatch(/one|two|three/);
    expect(text).toContain('[truncated, 10000 characters]');
    expect(text.length).toBeLessThan(2500);
  });

  it('survives circular values, bigints, symbols, getters and proxies that throw', async () => {
    const part = logging();
    const cyclic: Record<string, unknown> = {};
    cyclic['self'] = cyclic;
    const bad = {
      get method(): never {
        throw new Error('no');
      },
    };
    const trap = (): never => {
      throw new Error('trap');
    };
    part.logger.info({ cyclic, big: 1n, nan: Number.NaN, symbol: Symbol('s') }, 'one');
    part.logger.info(bad, 'two %d', Symbol('x') as unknown as number);
    part.logger.info(new Proxy({}, { ownKeys: trap, get: trap, has: trap, getPrototypeOf: trap }), 'three');
    part.logger.info({ msg: 'four', x: 1 });
    part.logger.child(bad).info('five');
    part.logger.info(null as unknown as object, undefined as unknown as string);
    const all = await lines(part);
    expect(all).toHaveLength(6);
    expect(all[0]).toMatchObject({ cyclic: { self: '[Circular]' }, big: '1', nan: null });
    expect(all[3]).toMatchObject({ msg: 'four', x: 1 });
    expect(drops).toEqual({});
  });
});

it('level and format change for existing child loggers too', async () => {
  const part = logging({ level: 'warn' });
  const child = part.logger.child({ tool: 'grep' });
  child.debug('no');
  child.info('no');
  part.setLevel('debug');
  child.debug('yes');
  part.setFormat('text');
  child.info({ a: 'b c', n: 1, o: { x: 1 }, e: new Error('bad = "worse"') }, 'two words');
  part.setLevel('error');
  child.warn('no');
  const [json, text] = (await written(part)).split('\n');
  expect(JSON.parse(json!)).toMatchObject({ level: 'DEBUG', msg: 'yes' });
  expect(text).toMatch(
    /^time=\S+Z level=INFO msg="two words" tool=grep a="b c" n=1 o="\{\\"x\\":1\}" e="Error: bad = \\"worse\\"" e\.stack="/,
  );
});

it('logger.level, child levels, bindings and setBindings work as in pino', async () => {
  const part = logging();
  const child = part.logger.child({ a: 1 }, { level: 'debug', msgPrefix: '[x] ' });
  child.debug('own level');
  part.logger.debug('no');
  part.logger.level = 'error';
  part.logger.info('no');
  child.setBindings({ b: 2 });
  child.info('prefixed');
  expect(child.bindings()).toMatchObject({ a: 1, b: 2 });
  const all = await lines(part);
  expect(all).toMatchObject([
    { a: 1, msg: '[x] own level' },
    { a: 1, b: 2, msg: '[x] prefixed' },
  ]);
});

it('serializers and redacted paths of a child logger hold', async () => {
  const part = logging();
  const options = { serializers: { user: (user: { id: number }) => user.id }, redact: ['card', 'order.address'] };
  const child = part.logger.child({ user: { id: 7 } }, options);
  child.info({ card: '4111', order: { address: 'here', n: 1 }, user: { id: 8 } }, 'paid');
  child.child({ x: 1 }).info('again');
  const all = await lines(part);
  expect(all[0]).toMatchObject({ user: 8, card: '[Redacted]', order: { address: '[Redacted]', n: 1 } });
  expect(all[1]).toMatchObject({ user: 7, x: 1 });
});

it('a log file belongs to its user', async () => {
  const part = logging();
  part.logger.info('x');
  await part.flush(1000);
  expect(statSync(file).mode & 0o777).toBe(0o600);
});

it('a burst of 100000 lines is bounded; what does not fit is counted', async () => {
  const part = logging({}, 1_000_000);
  for (let n = 0; n < 100_000; n++) part.logger.info({ n }, 'a line of some length that fills the queue');
  const kept = (await lines(part)).length;
  expect(kept).toBeGreaterThan(5000);
  expect(kept + drops['queue_full']!).toBe(100_000);
  expect(statSync(file).size).toBeLessThanOrEqual(1_000_000);
  part.logger.info('after');
  expect((await lines(part)).at(-1)).toMatchObject({ msg: 'after' });
});

it('a program that logs a lot in each turn of the event loop loses nothing', async () => {
  const part = logging({}, 500_000);
  for (let turn = 0; turn < 50; turn++) {
    for (let n = 0; n < 300; n++)
      part.logger.info({ turn, n }, 'a line that is one of very many in this turn of the loop');
    await new Promise((done) => setTimeout(done, 1));
  }
  expect(drops).toEqual({});
  expect(await lines(part)).toHaveLength(15_000);
});

it('a full disk loses lines, says so once and does not throw', async () => {
  const part = logging({ output: '/dev/full' });
  for (let n = 0; n < 3; n++) {
    part.logger.info('lost');
    await part.flush(1000);
  }
  expect(drops).toEqual({ write_failed: 3 });
  expect(reports).toEqual([expect.stringContaining('ENOSPC')]);
});

it('a child logger of options that are none is made without them', async () => {
  const part = logging();
  const throwing = () => {
    throw new Error('no');
  };
  part.logger.child({ a: 1 }, { level: 'verbose' }).info('level');
  part.logger.child({ a: 1 }, { serializers: { a: throwing } }).info('serializer');
  part.logger.child({ a: 1 }, Object.create(null)).info('object');
  expect(await lines(part)).toMatchObject(['level', 'serializer', 'object'].map((msg) => ({ msg, a: 1 })));
  expect(drops).toEqual({ invalid_value: 3 });
});

it('lines after shutdown are dropped and counted', async () => {
  const part = logging();
  part.logger.info('kept');
  expect(await part.shutdown(1000)).toBe(true);
  part.logger.info('lost');
  part.logger.fatal('lost');
  expect(readFileSync(file, 'utf8').split('\n')).toHaveLength(2);
  expect(drops).toEqual({ shut_down: 2 });
});

it('shutdown without any line opens nothing', async () => {
  expect(await logging().shutdown(1000)).toBe(true);
  expect(() => statSync(file)).toThrow();
});

it('an announcement is a line like any other and obeys the level', async () => {
  const part = logging();
  part.announce({ port: 9090, api_key: 'short' }, 'started');
  part.logger.info({ port: 9090, api_key: 'short' }, 'started');
  const [announced, logged] = await lines(part);
  expect({ ...announced, time: '' }).toEqual({ ...logged, time: '' });
  expect(announced).toMatchObject({ level: 'INFO', msg: 'started', port: 9090, api_key: '***REDACTED***' });
  part.setLevel('warn');
  part.announce({}, 'not said');
  expect(await lines(part)).toHaveLength(2);
});
