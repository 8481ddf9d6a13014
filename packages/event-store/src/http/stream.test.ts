import { once } from 'node:events';
import type { Server } from 'node:http';
import { connect } from 'node:net';
import { describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { movement, samples } from '../testing/movement.ts';
import { startCore as start } from '../testing/running-core.ts';

const event = { event_type: 'order.placed', entity_id: 'o-1', payload: { a: 1 } };

describe('the stream', () => {
  const open = (url: string, path = '', headers: Record<string, string> = {}) => {
    const socket = new WebSocket(`${url.replace('http', 'ws')}/api/v1/events/stream${path}`, { headers });
    const messages: { payload: unknown; sequence: number }[] = [];
    socket.on('message', (data) => messages.push(JSON.parse(String(data))));
    const opened = new Promise<void>((resolve, reject) => socket.once('open', resolve).once('error', reject));
    return { socket, messages, opened };
  };

  it('sends events as they are stored, filtered as the client wants, and counts each frame', async () => {
    const { url, store, call } = await start();
    const { socket, messages, opened } = open(url);
    const moved = await movement(store.registry, async () => {
      await opened;
      await expect.poll(() => store.parts.index.events).toBe(0);
    });
    expect(moved).toEqual({ websocket_connections_active: 1, websocket_connections_total: 1 });
    await call('POST', '/api/v1/events', event);
    await expect.poll(() => messages.length).toBe(1);
    socket.send('no filter');
    socket.send('{"entity_id":"o-2"}');
    await new Promise((resolve) => setTimeout(resolve, 50));
    await call('POST', '/api/v1/events', event);
    await call('POST', '/api/v1/events', { ...event, entity_id: 'o-2' });
    await expect.poll(() => messages.map(({ sequence }) => sequence)).toEqual([1, 3]);
    const closed = await movement(store.registry, async () => {
      socket.close();
      await new Promise((resolve) => socket.once('close', resolve));
      await new Promise((resolve) => setTimeout(resolve, 50));
    });
    expect(closed).toEqual({ websocket_connections_active: -1 });
  });

  it('sends what the query asks for from the first frame on, of one tenant', async () => {
    const { url, call } = await start();
    const other = { ...event, tenant_id: 'other' };
    for (const one of [other, event, { ...event, entity_id: 'o-2' }, { ...event, event_type: 'order.paid' }]) {
      await call('POST', '/api/v1/events', one);
    }
    const streams = [
      open(url, '?after=0'),
      open(url, '?after=0&tenant_id=other'),
      open(url, '?after=0&entity_id=o-2'),
      open(url, '?after=0&event_type=order.paid'),
    ];
    await Promise.all(streams.map(({ opened }) => opened));
    streams[3]!.socket.send('{"tenant_id":"other"}');
    await new Promise((resolve) => setTimeout(resolve, 50));
    await call('POST', '/api/v1/events', other);
    await call('POST', '/api/v1/events', event);
    await expect
      .poll(() => streams.map(({ messages }) => messages.map(({ sequence }) => sequence)))
      .toEqual([[2, 3, 4, 6], [1, 5], [3], [4, 5]]);
    for (const { socket } of streams) socket.terminate();
  });

  it('begins after a sequence and misses nothing', async () => {
    const { url, store } = await start();
    const events = Array.from({ length: 2500 }, (_, n) => ({ ...event, payload: n }));
    await store.appendBatch(events);
    const { messages, opened, socket } = open(url, '?after=10');
    await opened;
    await store.append(event);
    await expect.poll(() => messages.length, { timeout: 5000 }).toBe(2491);
    expect(messages.map(({ sequence }) => sequence)).toEqual(Array.from({ length: 2491 }, (_, n) => n + 11));
    socket.terminate();
  });

  it('closes with 1011 where stored events cannot be read, and goes on', async () => {
    const { url, store, call, log } = await start();
    await store.appendBatch(Array.from({ length: 1000 }, (_, n) => ({ ...event, entity_id: `o-${n}` })));
    const { file } = store.parts.log.active;
    await file.truncate(file.read(new Uint8Array(1e6), 0) - 1);
    // The first page of 500 can still be read, the second one not.
    for (const [after, frames] of [
      [0, 500],
      [600, 0],
    ] as const) {
      const { socket, messages } = open(url, `?after=${after}`);
      const [code] = (await once(socket, 'close')) as [number];
      expect([code, messages.length]).toEqual([1011, frames]);
    }
    await expect.poll(() => samples(store.registry)['websocket_connections_active']).toBe(0);
    expect(samples(store.registry)['websocket_errors_total']).toBe(2);
    expect(log()).toContain('Events could not be read for a client of the stream');
    expect((await call('GET', '/health')).status).toBe(200);
  });

  it.each([
    ['frames', 5000, 4000],
    ['bytes', 500_000, 200],
  ])('drops a client that does not read once too many %s wait, and counts it once', async (_, size, count) => {
    const { port, store } = await start();
    const socket = connect(port, '127.0.0.1', () => socket.write(upgradeHead('/api/v1/events/stream')));
    await new Promise((resolve) => socket.once('data', resolve));
    socket.pause();
    const one = { ...event, payload: 'x'.repeat(size) };
    const moved = await movement(store.registry, async () => {
      for (let stored = 0; stored < count; stored += 100) {
        await store.appendBatch(Array.from({ length: 100 }, () => one));
      }
      socket.resetAndDestroy();
      await expect.poll(() => samples(store.registry)['websocket_connections_active']).toBe(0);
    });
    expect(moved['websocket_errors_total']).toBe(1);
    expect(moved['websocket_messages_sent'] ?? 0).toBeLessThan(count);
  });

  it('says goodbye when the service stops, to a client that does not answer too', async () => {
    const { url, port, close, store } = await start({ service: { host: '127.0.0.1', port: 0, shutdownTimeout: 5000 } });
    const { socket, opened } = open(url);
    const silent = connect(port, '127.0.0.1', () => silent.write(upgradeHead('/api/v1/events/stream')));
    await Promise.all([opened, new Promise((resolve) => silent.once('data', resolve))]);
    const code = new Promise((resolve) => socket.once('close', resolve));
    const moved = await movement(store.registry, async () => expect(await close()).toBe(0));
    expect(await code).toBe(1001);
    expect(moved['websocket_errors_total']).toBeUndefined();
  });

  it('refuses strangers: another origin, no token, a bad sequence', async () => {
    const { url } = await start({ service: { host: '127.0.0.1', port: 0, token: 'secret' } });
    const authorization = 'Bearer secret';
    await expect(open(url).opened).rejects.toThrow('401');
    await expect(open(url, '', { authorization, origin: 'https://evil.example' }).opened).rejects.toThrow('403');
    await expect(open(url, '?after=x', { authorization }).opened).rejects.toThrow('400');
    const { socket, opened } = open(url, '', { authorization });
    await opened;
    socket.terminate();
  });

  it.each([
    ['//', '400 Bad Request'],
    ['/api/v1/events', '404 Not Found'],
    ['/api/v1/events/stream?after=-1', '400 Bad Request'],
    ['/api/v1/events/stream?event_type=A', '400 Bad Request'],
  ])('refuses an upgrade of %s', async (path, status) => {
    const { port, call } = await start();
    expect(await upgrade(port, path)).toMatch(`HTTP/1.1 ${status}`);
    expect((await call('GET', '/health')).status).toBe(200);
  });

  it('survives strangers that break off, and forgets them', async () => {
    const { port, server, call } = await start({ service: { host: '0.0.0.0', port: 0, token: 'secret' } });
    const socket = connect(port, '127.0.0.1', () => {
      socket.write(upgradeHead('/api/v1/events/stream'), () => socket.resetAndDestroy());
    });
    await new Promise((resolve) => socket.once('close', resolve));
    expect(await upgrade(port, '/api/v1/events/stream')).toMatch('401');
    expect((await call('GET', '/health')).status).toBe(200);
    server.closeIdleConnections();
    await expect.poll(() => connections(server)).toBe(0);
  });
});

function upgradeHead(path: string): string {
  return `GET ${path} HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n`;
}

/** The answer to an upgrade that is refused, of a client that never ends its own side. */
function upgrade(port: number, path: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let answer = '';
    const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true }, () => socket.write(upgradeHead(path)));
    socket.on('data', (data) => (answer += data));
    socket.on('end', () => resolve(answer));
    socket.on('error', reject);
  });
}

function connections(server: Server): Promise<number> {
  return new Promise((resolve, reject) => {
    server.getConnections((error, count) => (error ? reject(error) : resolve(count)));
  });
}
