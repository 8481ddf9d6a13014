import { execFile } from 'node:child_process';
import { request as httpRequest, type IncomingMessage, type OutgoingHttpHeaders } from 'node:http';
import { connect, type Socket } from 'node:net';
import { promisify } from 'node:util';
import { gunzipSync } from 'node:zlib';
import { afterEach, describe, expect, test } from 'vitest';
import { parseOpenMetrics } from '../parse-openmetrics.ts';
import { Registry } from '../registry.ts';
import { MetricsServerError } from './errors.ts';
import { HeldBytes } from './held-bytes.ts';
import type { ScrapeSource } from './scrape-handler.ts';
import { type MetricsServer, type MetricsServerOptions, serveMetrics } from './serve-metrics.ts';

const servers: MetricsServer[] = [];
const sockets: Socket[] = [];
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await Promise.all(servers.splice(0).map((server) => server.close({ timeoutMs: 0 })));
});

async function serve(source: ScrapeSource, options?: MetricsServerOptions): Promise<MetricsServer> {
  const server = await serveMetrics(source, options);
  servers.push(server);
  return server;
}

function smallRegistry(): Registry {
  const registry = new Registry();
  registry.counter({ name: 'requests', help: 'Requests.' }).labels().add(3);
  return registry;
}

function bigRegistry(series = 2000, padding = ''): Registry {
  const registry = new Registry({ maxSeriesPerFamily: 1_000_000 });
  const counter = registry.counter({ name: 'requests', help: 'Requests.', labelNames: ['path'] });
  for (let index = 0; index < series; index++) counter.labels(`/a/rather/long/path/${index}${padding}`).add(index);
  return registry;
}

interface Answer {
  readonly status: number | undefined;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
}

/** Without fetch, which adds headers of its own and unpacks. */
function ask(url: string, options: { method?: string; path?: string; headers?: OutgoingHttpHeaders } = {}) {
  const { hostname, port, pathname } = new URL(url);
  return new Promise<Answer>((resolve, reject) => {
    const request = httpRequest(
      { hostname, port, path: pathname, agent: false, ...options },
      (response: IncomingMessage) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () => {
          resolve({ status: response.statusCode, headers: response.headers, body: Buffer.concat(chunks) });
        });
      },
    );
    request.on('error', reject).end();
  });
}

function open({ port }: MetricsServer, text = ''): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.write(text);
      resolve(socket);
    });
    sockets.push(socket);
    socket.on('error', reject);
  });
}

const settle = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

describe('a scrape', () => {
  test('without Accept is Prometheus text', async () => {
    const { url, port } = await serve(smallRegistry());
    const { status, headers, body } = await ask(url);
    expect(url).toBe(`http://127.0.0.1:${port}/metrics`);
    expect(port).toBeGreaterThan(0);
    expect(status).toBe(200);
    expect(headers['content-type']).toBe('text/plain; version=0.0.4; charset=utf-8');
    expect(headers).toMatchObject({ vary: 'Accept, Accept-Encoding', 'cache-control': 'no-store' });
    expect(headers['content-length']).toBe(String(body.length));
    expect(body.toString()).toContain('requests_total 3\n');
    expect(body.toString()).not.toContain('# EOF');
  });

  test('that prefers OpenMetrics by its q-value gets it', async () => {
    const { url } = await serve(smallRegistry());
    const accept = 'text/plain;q=0.3, application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.7';
    const { headers, body } = await ask(url, { headers: { accept } });
    expect(headers['content-type']).toBe(
      'application/openmetrics-text; version=1.0.0; charset=utf-8; escaping=allow-utf-8',
    );
    expect(parseOpenMetrics(body.toString()).families).toMatchObject([{ name: 'requests', type: 'counter' }]);
  });

  test('has names in quotes only for a client that says it reads them', async () => {
    const registry = new Registry({ translation: 'NoUTF8EscapingWithSuffixes' });
    registry.counter({ name: 'http.requests', help: '' }).labels().add();
    const { url } = await serve(registry);
    const bodyFor = async (accept: string) => (await ask(url, { headers: { accept } })).body.toString();
    expect(await bodyFor('application/openmetrics-text')).toContain('\nhttp_requests_total 1\n');
    expect(await bodyFor('application/openmetrics-text;escaping=allow-utf-8')).toContain(
      '\n{"http.requests_total"} 1\n',
    );
  });

  test('never gets a format that is not allowed, nor OpenMetrics from a registry that cannot be it', async () => {
    const accept = 'application/openmetrics-text';
    const odd = new Registry();
    odd.counter({ name: 'odd', help: 'No _total.', literal: true });
    for (const server of [await serve(smallRegistry(), { formats: ['text-0.0.4'] }), await serve(odd)]) {
      const { headers } = await ask(server.url, { headers: { accept } });
      expect(headers['content-type']).toBe('text/plain; version=0.0.4; charset=utf-8');
    }
  });

  test('leaves _created lines out when told to', async () => {
    const headers = { accept: 'application/openmetrics-text' };
    const withCreated = await ask((await serve(smallRegistry())).url, { headers });
    const without = await ask((await serve(smallRegistry(), { created: false })).url, { headers });
    expect(withCreated.body.toString()).toContain('requests_created');
    expect(without.body.toString()).not.toContain('requests_created');
  });

  test('by HEAD has the headers and no body', async () => {
    const { url } = await serve(smallRegistry());
    const get = await ask(url);
    const head = await ask(url, { method: 'HEAD' });
    expect(head.status).toBe(200);
    expect(head.body.length).toBe(0);
    expect(head.headers['content-length']).toBe(get.headers['content-length']);
    expect(head.headers['content-type']).toBe(get.headers['content-type']);
  });

  test('that is large is gzipped if accepted', async () => {
    const { url } = await serve(bigRegistry());
    const plain = await ask(url);
    const packed = await ask(url, { headers: { 'accept-encoding': 'deflate, gzip;q=0.5' } });
    expect(packed.headers['content-encoding']).toBe('gzip');
    expect(packed.body.length).toBeLessThan(plain.body.length / 4);
    expect(gunzipSync(packed.body).equals(plain.body)).toBe(true);
    expect(plain.headers['content-encoding']).toBeUndefined();
    const refused = await ask(url, { headers: { 'accept-encoding': 'gzip;q=0, identity' } });
    expect(refused.headers['content-encoding']).toBeUndefined();
    const worse = await ask(url, { headers: { 'accept-encoding': 'gzip;q=0.2, identity;q=0.8' } });
    expect(worse.headers['content-encoding']).toBeUndefined();
  });

  test('that is small is not gzipped', async () => {
    const { url } = await serve(smallRegistry());
    expect((await ask(url, { headers: { 'accept-encoding': 'gzip' } })).headers['content-encoding']).toBeUndefined();
  });

  test('shares its rendering with concurrent ones of the same format', async () => {
    const registry = bigRegistry();
    let collected = 0;
    const rendered: string[] = [];
    const source: ScrapeSource = {
      openMetrics: true,
      async collect() {
        collected++;
        await settle(150);
        return registry.collect();
      },
    };
    const { url } = await serve(source, { onScrape: (_, { format }) => rendered.push(format) });
    const openMetrics = { accept: 'application/openmetrics-text' };
    const answers = await Promise.all(
      [{}, {}, openMetrics, {}, openMetrics].map((headers) =>
        ask(url, { headers: { 'accept-encoding': 'gzip', ...headers } }),
      ),
    );
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200]);
    expect(answers[1]!.body.equals(answers[0]!.body)).toBe(true);
    expect(collected).toBe(2);
    expect(rendered.sort()).toEqual(['openmetrics', 'text-0.0.4']);
    await ask(url);
    expect(collected).toBe(3);
  });

  test('is reported with its duration and size; what the listener throws is lost', async () => {
    const seen: [number, object][] = [];
    const onScrape = (seconds: number, scrape: object) => {
      seen.push([seconds, scrape]);
      throw new Error('listener');
    };
    const { url } = await serve(smallRegistry(), { onScrape });
    const { status, body } = await ask(url);
    expect(status).toBe(200);
    expect(seen).toEqual([[expect.any(Number), { format: 'text-0.0.4', bytes: body.length }]]);
    expect(seen[0]![0]).toBeLessThan(5);
  });

  test('survives a callback that throws', async () => {
    const registry = smallRegistry();
    registry.onCollect(() => {
      throw new Error('callback');
    });
    const { status, body } = await ask((await serve(registry)).url);
    expect(status).toBe(200);
    expect(body.toString()).toContain('requests_total 3');
    expect(registry.dropped.listener_error).toBe(1);
  });

  test.each([
    [
      'throws',
      () => {
        throw new Error('no database');
      },
    ],
    ['rejects', () => Promise.reject(new Error('no database'))],
    [
      'throws while it is iterated',
      () => ({
        families: new Proxy([], {
          get() {
            throw new Error('no database');
          },
        }),
      }),
    ],
  ])('of a source that %s is 500 with the reason, and the next one is tried again', async (_, failing) => {
    const registry = smallRegistry();
    let failures = 1;
    const source = { openMetrics: true, collect: () => (failures-- > 0 ? failing() : registry.collect()) };
    const { url } = await serve(source as ScrapeSource);
    const failed = await ask(url);
    expect(failed.status).toBe(500);
    expect(failed.body.toString()).toBe('Collecting the metrics failed: no database\n');
    expect((await ask(url)).status).toBe(200);
  });
});

test('a collection that never ends is 500, and holds up no later scrape', async () => {
  const registry = smallRegistry();
  let hangs = true;
  const source: ScrapeSource = {
    openMetrics: true,
    collect: () => (hangs ? new Promise(() => {}) : registry.collect()),
  };
  const { url } = await serve(source, { collectTimeoutMs: 50 });
  const { status, body } = await ask(url);
  expect([status, body.toString()]).toEqual([500, 'Collecting the metrics failed: it took longer than 50 ms\n']);
  hangs = false;
  expect((await ask(url)).status).toBe(200);
});

describe('requests', () => {
  test('other than GET and HEAD are refused', async () => {
    const { url } = await serve(smallRegistry());
    for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS']) {
      const { status, headers } = await ask(url, { method });
      expect([status, headers['allow']]).toEqual([405, 'GET, HEAD']);
    }
  });

  test('to other paths: the root tells where metrics are, /healthz is ok, the rest is not found', async () => {
    const { url } = await serve(smallRegistry(), { path: '/m' });
    expect((await ask(url, { path: '/' })).body.toString()).toBe('Metrics are at /m\n');
    expect((await ask(url, { path: '/healthz' })).body.toString()).toBe('ok\n');
    expect((await ask(url, { path: '/m?name[]=x' })).status).toBe(200);
    expect((await ask(url, { path: '/metrics' })).status).toBe(404);
    expect((await ask(url, { path: '/constructor' })).status).toBe(404);
  });

  test.each(['/%zz', 'http://[', 'nonsense', '*'])('with the malformed target %s are bad', async (target) => {
    const socket = await open(await serve(smallRegistry()), `GET ${target} HTTP/1.1\r\nHost: localhost\r\n\r\n`);
    const [answer] = await new Promise<Buffer[]>((resolve) => socket.once('data', (data) => resolve([data])));
    expect(answer!.toString()).toMatch(/^HTTP\/1.1 400 /);
  });

  test('with a garbled request line do no harm', async () => {
    const server = await serve(smallRegistry());
    const socket = await open(server, 'GET //[ HTTP/9.9\r\n\r\n\0\0');
    await new Promise((resolve) => socket.on('data', () => {}).once('close', resolve));
    expect((await ask(server.url)).status).toBe(200);
  });

  test('need the token where one is set', async () => {
    const routes = { '/sessions': (_: unknown, response: { end(text: string): void }) => response.end('[]') };
    const { url } = await serve(smallRegistry(), { token: 'sesame', routes });
    const status = async (path: string, authorization?: string) =>
      (await ask(url, { path, headers: authorization === undefined ? {} : { authorization } })).status;
    expect(await status('/metrics')).toBe(401);
    expect(await status('/metrics', 'Bearer wrong')).toBe(401);
    expect(await status('/metrics', 'Bearer ')).toBe(401);
    expect(await status('/metrics', 'Basic sesame')).toBe(401);
    expect(await status('/metrics', 'Bearer sesame ')).toBe(200);
    expect(await status('/metrics', 'bearer sesame')).toBe(200);
    expect(await status('/sessions')).toBe(401);
    expect(await status('/sessions', 'Bearer sesame')).toBe(200);
    expect(await status('/healthz')).toBe(200);
    expect((await ask(url)).headers['www-authenticate']).toBe('Bearer realm="metrics"');
  });

  test('to a route that fails are 500', async () => {
    const routes = {
      '/throws': () => {
        throw new Error('secret');
      },
      '/rejects': async () => Promise.reject(new Error('secret')),
    };
    const { url } = await serve(smallRegistry(), { routes });
    for (const path of Object.keys(routes)) {
      const { status, body } = await ask(url, { path });
      expect([status, body.toString()]).toEqual([500, 'The request failed.\n']);
    }
  });

  test('by a foreign host name are refused on loopback', async () => {
    const { url, port } = await serve(smallRegistry(), { allowedHosts: ['agent.example'] });
    const status = async (host: string) => (await ask(url, { headers: { host } })).status;
    expect(await status(`evil.example:${port}`)).toBe(403);
    expect(await status('localhost.evil.example')).toBe(403);
    for (const host of ['localhost', 'LOCALHOST:1', '127.0.0.1', '[::1]:9090', 'host.docker.internal:9090']) {
      expect(await status(host)).toBe(200);
    }
    expect(await status('agent.example')).toBe(200);
  });

  test('by any host name are answered beyond loopback, or where * is allowed', async () => {
    const everywhere = await serve(smallRegistry(), { host: '0.0.0.0' });
    const open = await serve(smallRegistry(), { allowedHosts: ['*'] });
    for (const { url } of [everywhere, open]) {
      expect((await ask(url, { headers: { host: 'agent.example' } })).status).toBe(200);
    }
    expect(everywhere.url).toBe(`http://127.0.0.1:${everywhere.port}/metrics`);
  });
});

describe('listening', () => {
  test('on a taken port gets a clear error', async () => {
    const { port } = await serve(smallRegistry());
    const error = await serveMetrics(smallRegistry(), { port }).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(MetricsServerError);
    expect(error).toMatchObject({ code: 'PORT_TAKEN', cause: { code: 'EADDRINUSE' } });
    expect((error as Error).message).toBe(
      `Cannot serve metrics: port ${port} on 127.0.0.1 is taken by another process. Choose another port, or 0 for any free one.`,
    );
  });

  test('on an address or port that does not exist gets a clear error', async () => {
    await expect(serveMetrics(smallRegistry(), { host: '203.0.113.7' })).rejects.toMatchObject({
      code: 'HOST_UNAVAILABLE',
    });
    await expect(serveMetrics(smallRegistry(), { port: 70_000 })).rejects.toMatchObject({ code: 'LISTEN_FAILED' });
  });
});

describe('closing', () => {
  test('is not held up by a half-open client, an idle one or one that sends half a request', async () => {
    const server = await serve(smallRegistry());
    const silent = await open(server);
    const partial = await open(server, 'GET /metrics HTTP/1.1\r\nHost: loc');
    const idle = await open(server, 'GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n');
    await new Promise((resolve) => idle.once('data', resolve));
    const closed = Promise.all(
      [silent, partial, idle].map((one) => new Promise((resolve) => one.once('close', resolve))),
    );
    const start = performance.now();
    await server.close({ timeoutMs: 10_000 });
    expect(performance.now() - start).toBeLessThan(2000);
    await closed;
    await expect(ask(server.url)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    await server.close();
  });

  test('waits for a running answer, up to the timeout', async () => {
    const finish: (() => void)[] = [];
    const routes = {
      '/slow': (_: unknown, response: { end(text: string): void }) =>
        new Promise<void>((resolve) => {
          finish.push(() => {
            response.end('done');
            resolve();
          });
        }),
    };
    const server = await serve(smallRegistry(), { routes });
    const answer = ask(server.url, { path: '/slow' });
    while (finish.length === 0) await settle(5);
    const closed = server.close({ timeoutMs: 10_000 });
    finish[0]!();
    expect((await answer).body.toString()).toBe('done');
    await closed;

    const hanging = await serve(smallRegistry(), { routes });
    const cut = ask(hanging.url, { path: '/slow' }).catch((error: NodeJS.ErrnoException) => error.code);
    while (finish.length === 1) await settle(5);
    await hanging.close({ timeoutMs: 50 });
    expect(await cut).toBe('ECONNRESET');
  });
});

describe('clients that misbehave', () => {
  test('those that read slowly cannot fill the memory: further scrapes are refused until they are gone', async () => {
    const registry = bigRegistry(60_000, 'x'.repeat(200));
    const server = await serve(registry, { responseTimeoutMs: 2000 });
    for (let client = 0; client < 6; client++) {
      const slow = await open(server, 'GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n');
      slow.removeAllListeners('error').on('error', () => {});
      await new Promise((resolve) => slow.once('data', resolve));
      slow.pause();
    }
    expect((await ask(server.url)).status).toBe(503);
    for (const socket of sockets) socket.destroy();
    await settle(100);
    expect((await ask(server.url)).status).toBe(200);
  });

  test('a slow reader is cut off and holds nobody up', async () => {
    const server = await serve(bigRegistry(60_000, 'x'.repeat(200)), { responseTimeoutMs: 400 });
    const slow = await open(server, 'GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n');
    slow.pause();
    await settle(50);
    const { status, body } = await ask(server.url);
    expect(status).toBe(200);
    await settle(500);
    let received = 0;
    slow.on('data', (data) => (received += data.length)).resume();
    slow.removeAllListeners('error').on('error', () => {});
    await new Promise((resolve) => slow.once('close', resolve));
    expect(received).toBeLessThan(body.length);
  });
});

test('a body that several clients receive is held once, until the last of them has it', () => {
  const held = new HeldBytes();
  const body = { bytes: 100 };
  const first = held.hold(body);
  const second = held.hold(body);
  const other = held.hold({ bytes: 7 });
  expect(held.bytes).toBe(107);
  first();
  expect(held.bytes).toBe(107);
  second();
  other();
  expect(held.bytes).toBe(0);
});

test('a process that serves and has clients ends by itself, unless asked to stay', async () => {
  const script = (options: string) => `
    import { Registry } from '@alex/openmetrics';
    import { serveMetrics } from '@alex/openmetrics/http';
    import { processMetrics } from '@alex/openmetrics/process';
    import { connect } from 'node:net';
    const registry = new Registry();
    processMetrics(registry);
    const server = await serveMetrics(registry, ${options});
    await new Promise((resolve) => connect(server.port, '127.0.0.1', resolve).unref());
    await (await fetch(server.url)).text();
    if (${options}.keepAlive) setTimeout(() => { console.log('alive'); server.close(); }, 100).unref();
    process.on('exit', () => console.log('end'));
  `;
  const run = async (options: string) => {
    const parameters = ['--conditions=@alex/source', '--input-type=module', '--eval', script(options)];
    return (await promisify(execFile)(process.execPath, parameters, { cwd: import.meta.dirname, timeout: 15_000 }))
      .stdout;
  };
  expect(await Promise.all([run('{}'), run('{ keepAlive: true }')])).toEqual(['end\n', 'alive\nend\n']);
});
