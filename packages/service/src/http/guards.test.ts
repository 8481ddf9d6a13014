import { request } from 'node:http';
import { hasToken } from '@alex/openmetrics/http';
import { afterEach, describe, expect, it } from 'vitest';
import { runService } from '../run-service.ts';
import type { RunningService, ServiceDefinition } from '../service.ts';
import { captureIo } from '../testing/capture-io.ts';

const running: RunningService[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((service) => service.close()));
});

async function start(options: object = {}, definition: Partial<ServiceDefinition> = {}): Promise<number> {
  const service = await runService(
    {
      name: 'app',
      version: '1.0.0',
      metrics: { process: false },
      routes: (router) =>
        void router.post('/items', async (context) => context.json({ got: await context.req.json() }, 201)),
      limits: { bodyBytes: 100, requestMs: 200 },
      ...definition,
      options: { host: '127.0.0.1', port: 0, shutdownTimeout: 500, ...options },
    },
    { io: captureIo().io },
  );
  running.push(service);
  return service.port;
}

interface Call {
  readonly method?: string;
  readonly path?: string;
  readonly headers?: Record<string, string>;
  readonly body?: string;
}

function call(port: number, { method = 'POST', path = '/items', headers = {}, body }: Call = {}) {
  return new Promise<{ status: number; body: string; headers: Record<string, unknown> }>((resolve, reject) => {
    const sent = request({ host: '127.0.0.1', port, method, path, headers, agent: false }, (response) => {
      let text = '';
      response.on('data', (data) => (text += data));
      response.on('end', () => resolve({ status: response.statusCode!, body: text, headers: response.headers }));
    });
    sent.on('error', reject);
    sent.end(body ?? (method === 'POST' ? '{"a":1}' : undefined));
  });
}

const bearer = { authorization: 'Bearer s3cret' };

describe('writing', () => {
  it('is off without a token', async () => {
    const port = await start();
    expect(await call(port)).toMatchObject({ status: 403, body: expect.stringContaining('without a token') });
  });

  it('needs the right token', async () => {
    const port = await start({ token: 's3cret' });
    const refused = await call(port);
    expect([refused.status, refused.headers['www-authenticate']]).toEqual([401, 'Bearer']);
    expect((await call(port, { headers: { authorization: 'Bearer s3cre' } })).status).toBe(401);
    expect((await call(port, { headers: { authorization: 'Basic s3cret' } })).status).toBe(401);
    expect(await call(port, { headers: bearer })).toMatchObject({ status: 201, body: '{"got":{"a":1}}' });
  });

  it('is open on loopback where the policy says so, but not beyond', async () => {
    const local = await start({}, { writes: 'token beyond loopback' });
    expect((await call(local)).status).toBe(201);
    const open = await start({ host: '0.0.0.0' }, { writes: 'token beyond loopback' });
    expect((await call(open)).status).toBe(403);
  });

  it('is refused to pages of other origins, token or not', async () => {
    const port = await start({ token: 's3cret' });
    const foreign = { ...bearer, origin: 'https://evil.example' };
    expect((await call(port, { headers: foreign })).status).toBe(403);
    expect((await call(port, { headers: { ...bearer, origin: `http://127.0.0.1:${port}` } })).status).toBe(201);
    expect((await call(port, { headers: { ...bearer, origin: 'null' } })).status).toBe(403);
  });
});

describe('a catch-all route', () => {
  it('needs the token like any other', async () => {
    const port = await start(
      { token: 's3cret' },
      { routes: (router) => void router.all('*', (context) => context.text('x')) },
    );
    expect((await call(port, { path: '/any' })).status).toBe(401);
    expect((await call(port, { path: '/any', headers: bearer })).status).toBe(200);
  });
});

describe('the Host check', () => {
  it.each(['localhost', '127.0.0.1', '[::1]:9100', 'app.localhost', 'host.docker.internal', 'LOCALHOST:80'])(
    'lets %s through on loopback',
    async (host) => {
      const port = await start();
      expect((await call(port, { method: 'GET', path: '/health', headers: { host } })).status).toBe(200);
    },
  );

  it('refuses a name that an attacker points at loopback', async () => {
    const port = await start();
    const answer = await call(port, { method: 'GET', path: '/health', headers: { host: 'evil.example:9100' } });
    expect(answer.status).toBe(403);
  });

  it('allows configured names, and every name beyond loopback', async () => {
    const headers = { host: 'metrics.internal' };
    const named = await start({ allowedHost: ['Metrics.internal'] });
    expect((await call(named, { method: 'GET', path: '/health', headers })).status).toBe(200);
    const open = await start({ host: '0.0.0.0' });
    expect((await call(open, { method: 'GET', path: '/health', headers })).status).toBe(200);
  });
});

describe('CORS', () => {
  it('is off unless configured', async () => {
    const port = await start();
    const headers = { origin: 'https://a.example' };
    const answer = await call(port, { method: 'GET', path: '/health', headers });
    expect(answer.headers['access-control-allow-origin']).toBeUndefined();
  });

  it('answers a preflight of a configured origin', async () => {
    const port = await start({ corsOrigin: ['https://a.example'] });
    const headers = { origin: 'https://a.example', 'access-control-request-method': 'POST' };
    const answer = await call(port, { method: 'OPTIONS', headers });
    expect([answer.status, answer.headers['access-control-allow-origin']]).toEqual([204, 'https://a.example']);
  });
});

describe('limits', () => {
  it.each([
    ['with a length', {}],
    ['in chunks', { 'transfer-encoding': 'chunked' }],
  ])('refuse a large body %s', async (_name, more) => {
    const port = await start({ token: 's3cret' });
    const answer = await call(port, { headers: { ...bearer, ...(more as object) }, body: `"${'x'.repeat(200)}"` });
    expect(answer).toMatchObject({ status: 413, body: '{"error":"the body is larger than 100 bytes"}' });
  });

  it('let a small body in chunks through', async () => {
    const port = await start({ token: 's3cret' });
    const headers = { ...bearer, 'transfer-encoding': 'chunked' };
    expect(await call(port, { headers })).toMatchObject({ status: 201, body: '{"got":{"a":1}}' });
  });

  it('answer 400 to a body that is no JSON', async () => {
    const port = await start({ token: 's3cret' });
    expect(await call(port, { headers: bearer, body: '{' })).toMatchObject({ status: 400 });
  });

  it('answer 504 when a handler takes too long', async () => {
    const port = await start(
      {},
      { routes: (router) => void router.get('/hang', () => new Promise<Response>(() => {})) },
    );
    expect(await call(port, { method: 'GET', path: '/hang' })).toMatchObject({
      status: 504,
      body: '{"error":"the request took too long"}',
    });
  });
});

describe('hasToken', () => {
  it.each([
    [undefined, false],
    ['', false],
    ['Bearer', false],
    ['Bearer ', false],
    ['bearer s3cret', true],
    ['Bearer s3cret ', false],
  ])('%j: %s', (header, expected) => expect(hasToken(header, 's3cret')).toBe(expected));
});
