import { getEventListeners } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Catalog, parseOpenMetrics, Registry } from '@alex/openmetrics';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { CommandError } from './errors.ts';
import { runService } from './run-service.ts';
import type { RunningService, ServiceDefinition } from './service.ts';
import { captureIo } from './testing/capture-io.ts';

const labelNames = ['method', 'endpoint', 'http_status'];
const catalogue = {
  requests: { type: 'counter', name: 'app_http_requests_total', help: 'Requests.', labelNames, literal: true },
  duration: {
    type: 'histogram',
    name: 'app_http_request_duration',
    unit: 'seconds',
    help: 'Time.',
    labelNames: ['method', 'endpoint'],
    buckets: [0.1, 1],
  },
  inFlight: { type: 'gauge', name: 'app_http_requests_in_flight', help: 'Running.' },
  things: { type: 'counter', name: 'app_things', help: 'Things.' },
} as const satisfies Catalog;

const running: RunningService[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((service) => service.close()));
});

async function start(definition: Partial<ServiceDefinition> = {}, signal?: AbortSignal) {
  const captured = captureIo(signal === undefined ? {} : { signal });
  const service = await runService(
    {
      name: 'app',
      version: '1.0.0',
      metrics: { process: false },
      ...definition,
      options: { host: '127.0.0.1', port: 0, shutdownTimeout: 1000, ...definition.options },
    },
    { io: captured.io },
  );
  running.push(service);
  return { ...service, stderr: () => captured.output().stderr };
}

function deferred() {
  let release = (): void => {};
  const promise = new Promise<void>((resolve) => {
    release = resolve;
  });
  return { promise, release };
}

/** A raw request, for headers that fetch does not let through. */
function raw(port: number, text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let answer = '';
    const socket = connect(port, '127.0.0.1', () => socket.write(text));
    socket
      .on('data', (data) => (answer += data))
      .on('end', () => resolve(answer))
      .on('error', reject);
  });
}

describe('runService', () => {
  it('listens on a free port and says where', async () => {
    const { url, port, stderr } = await start();
    expect(port).toBeGreaterThan(0);
    expect(stderr()).toBe(`app listening on ${url}\n`);
    expect(await (await fetch(`${url}/health`)).json()).toEqual({
      status: 'healthy',
      service: 'app',
      version: '1.0.0',
    });
    expect(await (await fetch(`${url}/ready`)).json()).toEqual({ status: 'ready' });
  });

  it('leaves the global Request and Response as they are', async () => {
    const { Request: request, Response: response } = globalThis;
    const { url } = await start();
    await fetch(`${url}/health`);
    expect([globalThis.Request === request, globalThis.Response === response]).toEqual([true, true]);
  });

  it('gives a clear error for a taken port', async () => {
    const { port } = await start();
    const second = start({ options: { host: '127.0.0.1', port } });
    await expect(second).rejects.toThrow(CommandError);
    await expect(second).rejects.toThrow(`Port ${port} on 127.0.0.1 is taken by another program`);
  });

  it('survives that it cannot accept a connection, and says so', async () => {
    const { server, url, stderr } = await start();
    server.emit('error', new Error('accept EMFILE'));
    expect(stderr()).toContain('accept EMFILE');
    expect((await fetch(`${url}/health`)).status).toBe(200);
  });

  it('leaves nothing behind on the signal and on the registry when it is closed', async () => {
    const stopping = new AbortController();
    const registry = new Registry();
    const service = await start({ registry, metrics: { process: true } }, stopping.signal);
    expect(getEventListeners(stopping.signal, 'abort')).toHaveLength(1);
    const seriesCount = (): number =>
      registry.families.find(({ name }) => name === 'nodejs_eventloop_lag_mean_seconds')!.seriesCount;
    await sleep(50);
    await (await fetch(`${service.url}/metrics`)).text();
    expect(seriesCount()).toBe(1);
    await service.close();
    await service.closed;
    await sleep(1);
    expect(getEventListeners(stopping.signal, 'abort')).toHaveLength(0);
    expect(seriesCount()).toBe(0);
  });

  it('closes the port again when start throws, and calls stop', async () => {
    let port = 0;
    let stopped = false;
    const failing = start({
      start: ({ server }) => {
        port = (server.address() as { port: number }).port;
        throw new CommandError('the store is broken');
      },
      stop: () => {
        stopped = true;
      },
    });
    await expect(failing).rejects.toThrow('the store is broken');
    await expect(fetch(`http://127.0.0.1:${port}/health`)).rejects.toThrow();
    expect(stopped).toBe(true);
  });

  it('answers 503 until start has resolved, but its probes answer', async () => {
    const gate = deferred();
    let base = '';
    const starting = start({
      routes: (router) => void router.get('/data', (context) => context.text('data')),
      start: ({ server }) => {
        base = `http://127.0.0.1:${(server.address() as { port: number }).port}`;
        return gate.promise;
      },
    });
    await expect.poll(() => base).not.toBe('');
    expect((await fetch(`${base}/data`)).status).toBe(503);
    expect((await fetch(`${base}/health`)).status).toBe(200);
    const ready = await fetch(`${base}/ready`);
    expect([ready.status, await ready.json()]).toEqual([503, { status: 'not ready', reason: 'starting' }]);
    gate.release();
    await starting;
    expect(await (await fetch(`${base}/data`)).text()).toBe('data');
  });

  it('tells why it is not ready', async () => {
    const { url } = await start({ ready: () => 'the store is down' });
    const answer = await fetch(`${url}/ready`);
    expect([answer.status, await answer.json()]).toEqual([503, { status: 'not ready', reason: 'the store is down' }]);
  });

  it('can have texts for probes, and routes of its own in place of them', async () => {
    const { url } = await start({
      healthBody: 'OK',
      readyBody: 'Ready',
      routes: (router) => void router.get('/metrics', (context) => context.text('mine')),
    });
    expect(await (await fetch(`${url}/health`)).text()).toBe('OK');
    expect(await (await fetch(`${url}/ready`)).text()).toBe('Ready');
    expect(await (await fetch(`${url}/metrics`)).text()).toBe('mine');
  });

  it('answers 404 and 405 in JSON, and HEAD where there is GET', async () => {
    const { url } = await start();
    const missing = await fetch(`${url}/nope`);
    expect([missing.status, await missing.json()]).toEqual([404, { error: 'not found' }]);
    const wrong = await fetch(`${url}/health`, { method: 'DELETE' });
    expect([wrong.status, wrong.headers.get('allow')]).toEqual([405, 'GET, HEAD']);
    expect((await fetch(`${url}/nope`, { method: 'POST', body: 'x' })).status).toBe(404);
    expect((await fetch(`${url}/health`, { method: 'HEAD' })).status).toBe(200);
  });

  it('answers an error that the service knows, without logging it', async () => {
    const { url, stderr } = await start({
      answerError: (error) =>
        error instanceof RangeError ? { status: 409, body: { error: error.message, index: 2 } } : undefined,
      routes: (router) =>
        void router.get('/known', () => {
          throw new RangeError('taken');
        }),
    });
    const answer = await fetch(`${url}/known`);
    expect([answer.status, await answer.json()]).toEqual([409, { error: 'taken', index: 2 }]);
    expect(stderr()).not.toContain('taken');
  });

  it('answers a client that offers an upgrade which nobody takes', async () => {
    const { port } = await start();
    const head = 'GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade, close\r\nUpgrade: h2c\r\n\r\n';
    expect(await raw(port, head)).toMatch(/^HTTP\/1\.1 200 OK/);
  });

  it('hides what a handler threw, and logs it', async () => {
    const { url, stderr } = await start({
      routes: (router) =>
        void router.get('/broken', () => {
          throw new Error('secret detail');
        }),
    });
    const answer = await fetch(`${url}/broken`);
    expect([answer.status, await answer.json()]).toEqual([500, { error: 'internal error' }]);
    expect(stderr()).toContain('secret detail');
  });
});

describe('metrics of a service', () => {
  const definition: Partial<ServiceDefinition> = {
    catalogue,
    httpMetrics: { requests: catalogue.requests, duration: catalogue.duration, inFlight: catalogue.inFlight },
  };

  it('answers Prometheus text without an Accept header and OpenMetrics when asked', async () => {
    const { url } = await start(definition);
    const plain = await fetch(`${url}/metrics`);
    expect(plain.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
    expect(await plain.text()).toContain('# TYPE app_things_total counter\napp_things_total 0\n');
    const open = await fetch(`${url}/metrics`, { headers: { accept: 'application/openmetrics-text;version=1.0.0' } });
    expect(open.headers.get('content-type')).toMatch(/^application\/openmetrics-text; version=1\.0\.0/);
    expect(parseOpenMetrics(await open.text()).families.map(({ name }) => name)).toContain('app_things');
  });

  it('never negotiates where only one format is allowed', async () => {
    const { url } = await start({ ...definition, metrics: { process: false, formats: ['text-0.0.4'] } });
    const answer = await fetch(`${url}/metrics`, { headers: { accept: 'application/openmetrics-text' } });
    expect(answer.headers.get('content-type')).toMatch(/^text\/plain/);
  });

  it('labels requests by route template, and strangers as unmatched and other', async () => {
    const { url, port } = await start({
      ...definition,
      routes: (router) => void router.get('/items/:id', (context) => context.json({ id: context.req.param('id') })),
    });
    await fetch(`${url}/items/1`);
    await fetch(`${url}/items/2`);
    await fetch(`${url}/wp-admin`);
    await raw(port, 'PROPFIND /pot HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n');
    const text = await (await fetch(`${url}/metrics`)).text();
    expect(text).toContain('app_http_requests_total{method="GET",endpoint="/items/:id",http_status="200"} 2\n');
    expect(text).toContain('app_http_requests_total{method="GET",endpoint="unmatched",http_status="404"} 1\n');
    expect(text).toContain('app_http_requests_total{method="other",endpoint="unmatched",http_status="404"} 1\n');
    expect(text).toContain('app_http_request_duration_seconds_count{method="GET",endpoint="/items/:id"} 2\n');
    expect(text).toContain('app_http_requests_in_flight 1\n');
  });

  it('brings gauges up to date before a scrape, and answers 503 when that fails', async () => {
    const registry = new Registry();
    const gauge = registry.gauge({ name: 'fresh', help: 'Fresh.' }).labels();
    let broken = false;
    const refresh = (): void => {
      if (broken) throw new Error('no store');
      gauge.set(7);
    };
    const { url } = await start({ registry, metrics: { process: false, refresh } });
    expect(await (await fetch(`${url}/metrics`)).text()).toContain('fresh 7\n');
    broken = true;
    expect((await fetch(`${url}/metrics`)).status).toBe(503);
  });

  it('counts a client that goes away within its body as its own mistake, and does not log it', async () => {
    const { url, port, stderr } = await start({
      ...definition,
      options: { host: '127.0.0.1', port: 0, token: 'secret' },
      routes: (router) => void router.post('/costs', async (context) => context.json(await context.req.json())),
    });
    const socket = connect(port, '127.0.0.1', () =>
      socket.write(
        'POST /costs HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer secret\r\nContent-Length: 99\r\n\r\n{',
      ),
    );
    await sleep(50);
    socket.destroy();
    const counted = /app_http_requests_total\{method="POST",endpoint="\/costs",http_status="400"\} 1\n/;
    await expect.poll(async () => await (await fetch(`${url}/metrics`)).text()).toMatch(counted);
    expect(stderr()).not.toContain('ERROR');
  });

  it('answers once when a scrape takes too long, and cuts an answer that does not come to its end', async () => {
    const complaints = vi.spyOn(console, 'error').mockImplementation(() => undefined);
    const { url, stderr } = await start({
      limits: { requestMs: 100 },
      metrics: { process: false, refresh: () => sleep(200) },
      routes: (router) =>
        void router.get('/half', async ({ env }) => {
          env.outgoing.writeHead(200).write('half');
          return await new Promise<Response>(() => {});
        }),
    });
    expect((await fetch(`${url}/metrics`)).status).toBe(504);
    await expect((await fetch(`${url}/half`)).text()).rejects.toThrow('terminated');
    await sleep(200);
    expect(stderr()).not.toContain('ERROR');
    expect(complaints).not.toHaveBeenCalled();
    complaints.mockRestore();
  });

  it('has process metrics and packs long answers', async () => {
    const registry = new Registry();
    const many = registry.counter({ name: 'many', help: 'Many.', labelNames: ['id'] });
    for (let id = 0; id < 1000; id++) many.labels(`${id}`).add(1);
    const { url, port } = await start({ registry, metrics: {} });
    expect(await (await fetch(`${url}/metrics`)).text()).toContain('process_cpu_seconds_total');
    const head = `GET /metrics HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nAccept-Encoding: gzip\r\nConnection: close\r\n\r\n`;
    expect(await raw(port, head)).toMatch(/content-encoding: gzip/i);
  });
});

describe('shutdown of a service', () => {
  it('lets running requests end, then stops, and resolves with 0', async () => {
    const arrived = deferred();
    const gate = deferred();
    const order: string[] = [];
    const { url, close, closed } = await start({
      routes: (router) =>
        void router.get('/slow', async (context) => {
          arrived.release();
          await gate.promise;
          order.push('request');
          return context.text('done');
        }),
      stop: () => void order.push('stop'),
    });
    const slow = fetch(`${url}/slow`);
    await arrived.promise;
    const closing = close();
    await expect(fetch(`${url}/health`)).rejects.toThrow();
    gate.release();
    expect(await (await slow).text()).toBe('done');
    expect(await Promise.all([closing, closed, close()])).toEqual([0, 0, 0]);
    expect(order).toEqual(['request', 'stop']);
  });

  it('cuts requests at the deadline and resolves with 1', async () => {
    const { url, close } = await start({
      options: { host: '127.0.0.1', port: 0, shutdownTimeout: 100 },
      routes: (router) => void router.get('/hang', () => new Promise<Response>(() => {})),
    });
    const hanging = expect(fetch(`${url}/hang`)).rejects.toThrow();
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(await close()).toBe(1);
    await hanging;
  });

  it('does not wait for clients that keep a connection open without a request', async () => {
    const { port, close } = await start();
    const silent = connect(port, '127.0.0.1');
    const partial = connect(port, '127.0.0.1', () => partial.write('GET / HTTP/1.1\r\n'));
    await new Promise((resolve) => setTimeout(resolve, 50));
    const startedAt = Date.now();
    expect(await close()).toBe(0);
    expect(Date.now() - startedAt).toBeLessThan(800);
    silent.destroy();
    partial.destroy();
  });

  it('resolves with 1 when stop fails or hangs', async () => {
    const failing = await start({ stop: () => Promise.reject(new Error('disk full')) });
    expect(await failing.close()).toBe(1);
    expect(failing.stderr()).toContain('disk full');
    const options = { host: '127.0.0.1', port: 0, shutdownTimeout: 100 };
    const hanging = await start({ options, stop: () => new Promise(() => {}) });
    expect(await hanging.close()).toBe(1);
  });

  it('begins when the signal aborts, and ends streams through the signal of the service', async () => {
    const controller = new AbortController();
    const { url, closed } = await start(
      {
        routes: (router, { signal }) =>
          void router.get('/stream', (context) => {
            const body = new ReadableStream({
              start: (stream) => {
                stream.enqueue(new TextEncoder().encode('hello'));
                signal.addEventListener('abort', () => stream.close());
              },
            });
            return context.body(body);
          }),
      },
      controller.signal,
    );
    const stream = await fetch(`${url}/stream`);
    controller.abort();
    expect(await stream.text()).toBe('hello');
    expect(await closed).toBe(0);
  });

  it('leaves upgraded connections to their owner', async () => {
    const taken = deferred();
    const { port, close } = await start({
      start: ({ server, signal }) => {
        server.on('upgrade', (_request, socket) => {
          taken.release();
          socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n');
          signal.addEventListener('abort', () => setTimeout(() => socket.end('goodbye'), 50));
        });
      },
    });
    const upgraded = raw(port, 'GET / HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n');
    await taken.promise;
    expect(await close()).toBe(0);
    expect(await upgraded).toMatch(/101 Switching Protocols.*goodbye$/s);
  });

  it('does not start when the signal is aborted already', async () => {
    const controller = new AbortController();
    controller.abort();
    await expect(start({}, controller.signal)).rejects.toThrow(/abort/i);
  });
});
