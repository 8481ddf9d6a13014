import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { samplePrometheus } from './prometheus-sampler.ts';

let server: Server | undefined;
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

const answers: Readonly<Record<string, unknown>> = {
  one: { resultType: 'vector', result: [{ metric: {}, value: [1, '2.5'] }] },
  scalar: { resultType: 'scalar', result: [1, '7'] },
  none: { resultType: 'vector', result: [] },
  two: { resultType: 'vector', result: [{ value: [1, '1'] }, { value: [1, '2'] }] },
  nan: { resultType: 'scalar', result: [1, 'NaN'] },
  range: { resultType: 'matrix', result: [] },
  histogram: { resultType: 'vector', result: [{ metric: {}, histogram: [1, {}] }] },
};

function prometheus(): Promise<{ url: string; authorization: () => string | undefined }> {
  let authorization: string | undefined;
  server = createServer((request, response) => {
    authorization = request.headers.authorization;
    let body = '';
    request.on('data', (chunk) => (body += chunk));
    request.on('end', () => {
      const query = new URLSearchParams(body).get('query')!;
      if (query === 'hang') return;
      if (query === 'secret') {
        response.writeHead(401).end('Unauthorized');
        return;
      }
      if (query === 'endless') {
        const flood = (): void => void response.write(' '.repeat(65_536), (error) => error ?? flood());
        flood();
        return;
      }
      const data = answers[query];
      response.end(JSON.stringify(data ? { status: 'success', data } : { status: 'error', error: 'parse error' }));
    });
  });
  return new Promise((resolve) => {
    server!.listen(0, '127.0.0.1', () => {
      const { port } = server!.address() as AddressInfo;
      resolve({ url: `http://127.0.0.1:${port}`, authorization: () => authorization });
    });
  });
}

async function firstRows(url: string, queries: Record<string, string>, count = 1, intervalMs = 10_000) {
  const stop = new AbortController();
  const rows: [number, Record<string, number | null>][] = [];
  const failures: [string, string][] = [];
  const details: Record<string, string> = {};
  await samplePrometheus(
    {
      url,
      queries,
      intervalMs,
      onRow: (time, values) => {
        rows.push([time, values]);
        if (rows.length === count) stop.abort();
      },
      onFailure: (failure, channel, detail) => {
        failures.push([channel, failure]);
        details[channel] = detail;
      },
    },
    stop.signal,
  );
  return { rows, failures, details };
}

it('makes a channel of each query, and a missing reading of all but one number', async () => {
  const { url } = await prometheus();
  const queries = { a: 'one', b: 'scalar', c: 'none', d: 'two', e: 'nan', f: 'range', g: 'what?' };
  const { rows, failures } = await firstRows(`${url}/`, queries);
  expect(rows[0]![1]).toEqual({ a: 2.5, b: 7, c: null, d: null, e: null, f: null, g: null });
  expect(Object.fromEntries(failures)).toEqual({
    c: 'no_series',
    d: 'several_series',
    e: 'not_finite',
    f: 'query_failed',
    g: 'query_failed',
  });
});

it('says what is wrong with what answers, and keeps no more than a few megabytes of it', async () => {
  const { url } = await prometheus();
  const { details } = await firstRows(url, { a: 'secret', b: 'histogram', c: 'endless' });
  expect(details).toEqual({
    a: 'status 401, and no answer of a Prometheus',
    b: 'the query gives a histogram, not one number',
    c: 'the answer is longer than 4194304 bytes',
  });
});

it('waits for half of the interval only', async () => {
  const { url } = await prometheus();
  const startedMs = performance.now();
  const { rows, failures } = await firstRows(url, { a: 'one', slow: 'hang' }, 1, 1500);
  expect(rows[0]![1]).toEqual({ a: 2.5, slow: null });
  expect(failures).toEqual([['slow', 'query_failed']]);
  expect(performance.now() - startedMs).toBeGreaterThanOrEqual(745);
});

it('goes on when nothing answers, at its interval', async () => {
  const { url } = await prometheus();
  await new Promise((resolve) => server!.close(resolve));
  const { rows, failures, details } = await firstRows(url, { a: 'one' }, 3, 100);
  expect(failures).toHaveLength(3);
  expect(details['a']).toMatch(/ECONNREFUSED/);
  expect(rows[2]![0] - rows[0]![0]).toBeGreaterThanOrEqual(190);
});

it('sends user and password of the URL', async () => {
  const { url, authorization } = await prometheus();
  await firstRows(url.replace('//', '//me:s%40cret@'), { a: 'one' });
  expect(authorization()).toBe(`Basic ${Buffer.from('me:s@cret').toString('base64')}`);
});
