import { describe, expect, it } from 'vitest';
import { createRedactor } from './redactor.ts';

const { redact, redactText } = createRedactor();
const hidden = '***REDACTED***';

describe('keys', () => {
  it.each([
    'password',
    'API_KEY',
    'apiKey',
    'x-api-key',
    'Authorization',
    'set-cookie',
    'client_secret',
    'accessToken',
    'aws_secret_access_key',
    'sessionKey',
    'credentials',
    'db.password',
    'private key',
    'OPENAI_APIKEY',
    'passwd',
  ])('%s hides any value', (key) => {
    for (const value of ['short', 5, { a: 1 }, ['x'], true])
      expect(redact({ [key]: value })).toEqual({ [key]: hidden });
  });

  it.each([
    'max_tokens',
    'token_count',
    'tokens',
    'input_tokens',
    'output_tokens',
    'total_tokens',
    'token_usage',
    'author',
    'tokenizer',
    'monkey',
    'key',
    'keyboard',
    'secretary',
  ])('%s hides nothing', (key) => {
    expect(redact({ [key]: 4096 })).toEqual({ [key]: 4096 });
    expect(redact({ [key]: 'Jane' })).toEqual({ [key]: 'Jane' });
  });

  it('are looked at on every level, in maps and lists too', () => {
    expect(redact({ headers: { Authorization: 'Bearer x' } })).toEqual({ headers: { Authorization: hidden } });
    expect(redact([new Map([['token', 'x']]), new Set(['y'])])).toEqual([{ token: hidden }, ['y']]);
    expect(redact('short', 'password')).toBe(hidden);
    expect(redactText('short', 'password')).toBe(hidden);
  });
});

describe('texts', () => {
  it.each([
    'the quick brown fox jumps over the lazy dog',
    '/home/user/projects/agent/internal/observability/instrumentation_metrics_test2.go',
    'see task-list-of-everything-that-is-planned.md and risk-assessment-2024.md',
    'error: 12:30, https://example.com/path?x=1 and a@b.example',
    'meta-llama-3-1-405b-instruct-maas-preview',
    'Basic authentication and Bearer authentication are off',
    'session 550e8400-e29b-41d4-a716-446655440000 started',
    'max_tokens=4096 tokens=5 author=Jane',
  ])('%s stays', (text) => {
    expect(redactText(text)).toBe(text);
  });

  it.each([
    ['ghp_0123456789abcdefghijABCDEFGHIJ012345', hidden],
    [`use sk-ant-${'a1B2'.repeat(8)} now`, `use ${hidden} now`],
    ['AKIAIOSFODNN7EXAMPLE', hidden],
    ['AIzaSyA1234567890abcdefghijklmnopqrstuv', hidden],
    ['(glpat-abcdefghij0123456789)', `(${hidden})`],
    ['eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.abcDEF123', hidden],
    ['curl -H "Authorization: Bearer abc"', `curl -H "Authorization: ${hidden}"`],
    ['got Bearer abcdefghijklmnopqrstuv here', `got Bearer ${hidden} here`],
    ['postgres://me:hunter2@db/x', `postgres://me:${hidden}@db/x`],
    ['redis://:p@ss@host', `redis://:${hidden}@host`],
    ['password=hunter2 user=me', `password=${hidden} user=me`],
    ['password="correct horse" x', `password="${hidden}" x`],
    ['{"api_key":"short","n":1}', `{"api_key":"${hidden}","n":1}`],
    ['?access_token=abc&x=1', `?access_token=${hidden}&x=1`],
    ['-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----\nrest', `${hidden}\nrest`],
    ['-----BEGIN PRIVATE KEY-----\ncut of', hidden],
    ['key Zm9vYmFyYmF6cXV4MTIzNDU2Nzg5MGFiY2RlZg', `key ${hidden}`],
  ])('%s loses its secret', (text, expected) => {
    expect(redactText(text)).toBe(expected);
    expect(redact({ note: [text] })).toEqual({ note: [expected] });
  });

  it('under keys of identifiers keep random words, but no known secrets', () => {
    const commit = '4bf92f3577b34da6a3ce929d0e0e4736a1b2c3d4';
    for (const key of ['id', 'trace_id', 'callId', 'commit', 'sha'])
      expect(redact({ [key]: commit })).toEqual({ [key]: commit });
    expect(redact({ note: commit })).toEqual({ note: hidden });
    expect(redact({ id: 'ghp_0123456789abcdefghijABCDEFGHIJ012345' })).toEqual({ id: hidden });
  });

  it('are truncated with their length, and a secret on the cut is hidden', () => {
    expect(redactText('ab '.repeat(1000))).toBe(`${'ab '.repeat(667).slice(0, 2000)}...[truncated, 3000 characters]`);
    const cut = redactText(`${'a '.repeat(995)}ghp_0123456789abcdefghijABCDEFGHIJ012345${' b'.repeat(500)}`);
    expect(cut).not.toContain('ghp_');
  });

  it('of any make take linear time', () => {
    const { redactText: unbounded } = createRedactor({ maximumLength: 1e9 });
    const started = performance.now();
    for (const part of [
      'eyJaaaaaaaaa.',
      'eyJ-',
      'a.',
      'password= ',
      '://a:',
      'token="',
      '-----BEGIN A',
      'sk-',
      'a',
      'Bearer ',
      'a1-',
      '"secret":"\\',
      'cookie: ',
      '@',
    ])
      unbounded(part.repeat(200_000 / part.length));
    redactText('sk-a=@'.repeat(2_000_000));
    expect(performance.now() - started).toBeLessThan(5000);
  });
});

describe('values', () => {
  it('are never changed', () => {
    const value = Object.freeze({ password: 'x', list: Object.freeze([Object.freeze({ token: 'y' })]) });
    expect(redact(value)).toEqual({ password: hidden, list: [{ token: hidden }] });
    expect(value).toEqual({ password: 'x', list: [{ token: 'y' }] });
  });

  it('of every kind become plain and small', () => {
    const cyclic: Record<string, unknown> = { same: { a: 1 } };
    cyclic['self'] = cyclic;
    cyclic['again'] = cyclic['same'];
    expect(redact(cyclic)).toEqual({ same: { a: 1 }, self: '[Circular]', again: { a: 1 } });
    const odd = {
      big: 12n,
      symbol: Symbol('s'),
      fn: () => 1,
      date: new Date(0),
      bytes: new Uint8Array(3),
      get bad(): never {
        throw new Error('no');
      },
      toBad: {
        toJSON: () => {
          throw new Error('no');
        },
      },
    };
    expect(redact(odd)).toEqual({
      big: '12',
      symbol: 'Symbol(s)',
      fn: '[Function]',
      date: '1970-01-01T00:00:00.000Z',
      bytes: '[3 bytes]',
      bad: '[unreadable]',
      toBad: '[unreadable]',
    });
    const trap = (): never => {
      throw new Error('trap');
    };
    expect(redact(new Proxy({}, { ownKeys: trap, get: trap, getPrototypeOf: trap }))).toBe('[unreadable]');
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    expect(redact({ proxy })).toEqual({ proxy: '[unreadable]' });
    expect(JSON.stringify(redact(JSON.parse('{"__proto__":{"token":"x"}}')))).toBe(
      `{"__proto__":{"token":"${hidden}"}}`,
    );
  });

  it('are cut at depth 8 and at 2000 entries', () => {
    let deep: unknown = 'end';
    for (let n = 0; n < 100; n++) deep = { deep };
    expect(JSON.stringify(redact(deep)).match(/deep/g)).toHaveLength(8);
    expect((redact(Array.from({ length: 1e6 }, () => 1)) as unknown[]).length).toBe(2001);
    expect(
      Object.keys(redact(Object.fromEntries(Array.from({ length: 1e4 }, (_, n) => [n, n]))) as object),
    ).toHaveLength(2001);
  });

  it('that are several errors in one show each of them', () => {
    const error = new AggregateError([new Error('token=abc'), new Error('two')]);
    expect(redact(error)).toMatchObject({
      name: 'AggregateError',
      errors: [{ message: `token=${hidden}` }, { message: 'two' }],
    });
  });

  it('that are errors show name, message, stack, cause and own properties, redacted', () => {
    const error = Object.assign(new TypeError('token=abc', { cause: new Error('why') }), { code: 'E1', apiKey: 'k' });
    expect(redact(error)).toMatchObject({
      name: 'TypeError',
      message: `token=${hidden}`,
      stack: expect.stringContaining(`TypeError: token=${hidden}`),
      cause: { message: 'why' },
      code: 'E1',
      apiKey: hidden,
    });
  });
});
