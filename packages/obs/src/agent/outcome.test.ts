import { expect, it } from 'vitest';
import { errorText } from './outcome.ts';

it('an error is told with its causes', () => {
  const refused = new Error('connect ECONNREFUSED 127.0.0.1:1');
  const fetchFailed = new TypeError('fetch failed', { cause: refused });
  const connection = new Error('Connection error.', { cause: fetchFailed });
  expect(errorText(connection)).toBe('Connection error. (fetch failed (connect ECONNREFUSED 127.0.0.1:1))');
});

it('several errors in one are told by the first', () => {
  // What fetch throws where localhost has two addresses and nobody listens.
  const refused = new AggregateError([
    new Error('connect ECONNREFUSED ::1:1'),
    new Error('connect ECONNREFUSED 127.0.0.1:1'),
  ]);
  expect(errorText(new TypeError('fetch failed', { cause: refused }))).toBe(
    'fetch failed (AggregateError (connect ECONNREFUSED ::1:1))',
  );
  expect(errorText(new AggregateError([]))).toBe('AggregateError');
});

it('a cause that the message tells already is not told twice', () => {
  const cause = new Error('no such table');
  expect(errorText(new Error(`query failed: ${cause.message}`, { cause }))).toBe('query failed: no such table');
});

it('causes that go in a circle end', () => {
  const one: Error & { cause?: unknown } = new Error('one');
  one.cause = new Error('two', { cause: one });
  expect(errorText(one).length).toBeLessThan(100);
});

it('whatever is thrown has a text', () => {
  const hostile = new Proxy(new Error('x'), {
    get() {
      throw new Error('no');
    },
  });
  expect(
    [undefined, null, 'text', 7n, Symbol('s'), { code: 1 }, hostile].map((value) => typeof errorText(value)),
  ).toEqual(Array.from({ length: 7 }, () => 'string'));
});
