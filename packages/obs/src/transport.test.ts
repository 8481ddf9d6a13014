import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type HttpSink, openHttpSink } from './testing/http-sink.ts';
import { createTransport, type Transport, type TransportOptions } from './transport.ts';

let sink: HttpSink;
let transport: Transport | undefined;

beforeEach(async () => {
  sink = await openHttpSink();
});
afterEach(async () => {
  transport?.close();
  await sink.close();
});

const body = Buffer.from('telemetry');

function open(options: Partial<TransportOptions> = {}): Transport {
  transport = createTransport({ url: `${sink.url}/v1/traces`, ...options });
  return transport;
}

function status(...codes: number[]) {
  return (_request: unknown, response: import('node:http').ServerResponse) => {
    response.writeHead(codes.length > 1 ? codes.shift()! : codes[0]!, { 'retry-after': '0' });
    response.end('reason');
  };
}

describe('the transport', () => {
  it('posts a body with its headers, over one connection', async () => {
    const opened = open({ headers: { 'x-tenant': 'a' } });
    for (let n = 0; n < 5; n++) {
      expect(await opened.send(body, 'application/x-protobuf')).toEqual({ ok: true, status: 200 });
    }
    expect(sink.connections).toBe(1);
    expect(sink.requests[0]).toMatchObject({
      method: 'POST',
      path: '/v1/traces',
      headers: { 'content-type': 'application/x-protobuf', 'content-length': '9', 'x-tenant': 'a' },
    });
    expect(sink.requests[4]?.body.toString()).toBe('telemetry');
  });

  it('compresses large bodies where asked to', async () => {
    await open({ compress: true }).send(Buffer.alloc(20_000, 'x'), 'text/plain');
    expect(sink.requests[0]?.headers['content-encoding']).toBe('gzip');
    expect(Number(sink.requests[0]?.headers['content-length'])).toBeLessThan(1000);
    expect(sink.requests[0]?.body.length).toBe(20_000);
  });

  it.each([429, 502, 503, 504])('tries again after %i', async (code) => {
    sink.answer = status(code, 200);
    expect(await open().send(body, 'text/plain')).toEqual({ ok: true, status: 200 });
    expect(sink.requests).toHaveLength(2);
  });

  it.each([400, 401, 404, 413, 500, 302])('does not try again after %i and says why', async (code) => {
    sink.answer = status(code);
    expect(await open().send(body, 'text/plain')).toEqual({
      ok: false,
      reason: 'rejected',
      message: `${sink.url}/v1/traces: HTTP ${code} reason`,
    });
    expect(sink.requests).toHaveLength(1);
  });

  it('waits as long as Retry-After says', async () => {
    sink.answer = (_request, response) => {
      if (sink.requests.length === 1) response.writeHead(503, { 'retry-after': '1' });
      response.end();
    };
    const start = performance.now();
    expect((await open().send(body, 'text/plain')).ok).toBe(true);
    expect(performance.now() - start).toBeGreaterThan(900);
  });

  it.each(['0', '-5'])('does not hammer a collector whose Retry-After is %s', async (retryAfter) => {
    sink.answer = (_request, response) => void response.writeHead(503, { 'retry-after': retryAfter }).end();
    expect(await open({ timeoutMs: 550 }).send(body, 'text/plain')).toMatchObject({ reason: 'unavailable' });
    expect(sink.requests.length).toBeLessThanOrEqual(6);
  });

  it('gives up at once when Retry-After is beyond its time', async () => {
    sink.answer = (_request, response) => void response.writeHead(503, { 'retry-after': '3600' }).end();
    const start = performance.now();
    expect(await open().send(body, 'text/plain')).toMatchObject({ ok: false, reason: 'unavailable' });
    expect(performance.now() - start).toBeLessThan(900);
  });

  it('gives up on a collector that hangs', async () => {
    sink.answer = () => {};
    expect(await open({ timeoutMs: 150 }).send(body, 'text/plain')).toMatchObject({
      ok: false,
      reason: 'timeout',
      message: `${sink.url}/v1/traces: no answer in 150 ms`,
    });
  });

  it('tries again while nobody listens, until its time is over', async () => {
    const { url } = sink;
    await sink.close();
    const result = await open({ url, timeoutMs: 400 }).send(body, 'text/plain');
    expect(result).toMatchObject({ ok: false, reason: 'network' });
    expect(result).toHaveProperty('message', expect.stringContaining('ECONNREFUSED'));
  });

  it('in a hurry gives up on a collector that is down', async () => {
    const { url } = sink;
    await sink.close();
    const start = performance.now();
    const sending = open({ url }).send(body, 'text/plain');
    transport?.hurry(3000);
    expect((await sending).ok).toBe(false);
    expect(performance.now() - start).toBeLessThan(1000);
  });

  it('survives answers that are no HTTP', async () => {
    const server = createServer((socket) => socket.end('garbage\r\n\r\n')).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as import('node:net').AddressInfo;
    const result = await open({ url: `http://127.0.0.1:${port}`, timeoutMs: 300 }).send(body, 'text/plain');
    expect(result).toMatchObject({ ok: false, reason: 'network' });
    server.close();
  });

  it('does not read an endless answer', async () => {
    sink.answer = (_request, response) => {
      response.writeHead(200);
      const write = (): void => {
        while (!response.destroyed && response.write(Buffer.alloc(65_536)));
      };
      response.on('drain', write);
      write();
    };
    expect((await open({ timeoutMs: 2000 }).send(body, 'text/plain')).ok).toBe(true);
  });

  it('sends credentials of the URL, and shows them nowhere', async () => {
    sink.answer = status(401);
    const result = await open({ url: sink.url.replace('//', '//user:secret@') }).send(body, 'text/plain');
    expect(sink.requests[0]?.headers.authorization).toBe(`Basic ${Buffer.from('user:secret').toString('base64')}`);
    expect(JSON.stringify(result)).not.toContain('secret');
  });

  it('reports headers that cannot be sent', async () => {
    expect(await open({ headers: { 'bad name': 'x' } }).send(body, 'text/plain')).toMatchObject({ reason: 'rejected' });
  });

  it('refuses what is no http URL', () => {
    expect(() => open({ url: 'file:///etc' })).toThrow(TypeError);
    expect(() => open({ url: 'nonsense' })).toThrow(TypeError);
  });

  it('once closed aborts what is in flight and sends nothing more', async () => {
    sink.answer = () => {};
    const sending = open().send(body, 'text/plain');
    await sink.received(1);
    transport?.close();
    expect(await sending).toMatchObject({ ok: false, reason: 'closed' });
    expect(await transport?.send(body, 'text/plain')).toMatchObject({ ok: false, reason: 'closed' });
    expect(sink.requests).toHaveLength(1);
  });

  it('goes through the proxy of the environment where Node does', async () => {
    const script = `
      import { createTransport } from ${JSON.stringify(new URL('./transport.ts', import.meta.url).href)};
      await createTransport({ url: 'http://collector.invalid/v1/traces' }).send(Buffer.from('x'), 'text/plain');`;
    const env = { ...process.env, NODE_USE_ENV_PROXY: '1', http_proxy: sink.url, no_proxy: '' };
    const child = spawn(process.execPath, ['--input-type=module', '-e', `setTimeout(() => {}, 300);${script}`], {
      env,
    });
    await once(child, 'exit');
    expect(sink.requests.map(({ path }) => path)).toEqual(['http://collector.invalid/v1/traces']);
  });

  it('never keeps the process alive, whether idle, in flight or waiting', async () => {
    sink.answer = (request, response) => {
      if (request.path === '/ok') response.end();
      else if (request.path === '/busy') response.writeHead(503, { 'retry-after': '5' }).end();
    };
    const script = `
      import { createTransport } from ${JSON.stringify(new URL('./transport.ts', import.meta.url).href)};
      const send = (path) => createTransport({ url: '${sink.url}' + path, timeoutMs: 30000 }).send(Buffer.from('x'), 'text/plain');
      const hold = setTimeout(() => {}, 5000);
      await send('/ok');
      send('/ok'); send('/busy'); send('/hang');
      setTimeout(() => clearTimeout(hold), 200);`;
    const start = performance.now();
    const child = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: 'inherit' });
    const [code] = await once(child, 'exit');
    expect(code).toBe(0);
    expect(performance.now() - start).toBeLessThan(3000);
    expect(sink.requests.map(({ path }) => path)).toEqual(expect.arrayContaining(['/ok', '/busy', '/hang']));
  });
});
