import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseOpenMetrics, parsePrometheusText } from '@alex/openmetrics';
import { afterEach, describe, expect, it } from 'vitest';
import { renderDsfb } from '../render.ts';
import { MetricsSnapshot } from '../snapshot.ts';
import { createDsfbHandler } from './handler.ts';
import { type DsfbServer, serveDsfb } from './serve.ts';
import { startTextfile, writeTextfile } from './textfile.ts';

const snapshot = new MetricsSnapshot({ streamingFlushed: 7 });
const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

async function serve(...args: Parameters<typeof serveDsfb>): Promise<DsfbServer> {
  const server = await serveDsfb(...args);
  closing.push(() => server.close());
  return server;
}

describe('the exporter of one handler', () => {
  it('answers OpenMetrics, and Prometheus text to who asks for it', async () => {
    const { url } = await serve(() => snapshot, { port: 0 });
    const open = await fetch(url);
    expect(open.headers.get('content-type')).toBe('application/openmetrics-text; version=1.0.0; charset=utf-8');
    const text = await open.text();
    expect(text).toBe(renderDsfb(snapshot));
    expect([...parseOpenMetrics(text).families]).toHaveLength(6);
    const classic = await fetch(url, { headers: { accept: 'text/plain; version=0.0.4' } });
    expect(classic.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
    expect([...parsePrometheusText(await classic.text()).families]).toHaveLength(6);
  });

  it('knows no other path and no other method', async () => {
    const { url } = await serve(() => snapshot, { port: 0 });
    expect((await fetch(new URL('/', url))).status).toBe(404);
    const post = await fetch(url, { method: 'POST', body: 'x' });
    expect(post.status).toBe(405);
    expect(post.headers.get('allow')).toBe('GET, HEAD');
    const head = await fetch(`${url}?x=1`, { method: 'HEAD' });
    expect(head.status).toBe(200);
    expect(Number(head.headers.get('content-length'))).toBe(renderDsfb(snapshot).length);
  });

  it('answers 500 when the snapshot cannot be taken, and goes on', async () => {
    let broken = true;
    const { url } = await serve(
      () => {
        if (broken) throw new Error('no state');
        return snapshot;
      },
      { port: 0 },
    );
    const response = await fetch(url);
    expect([response.status, await response.text()]).toEqual([500, 'The metrics could not be collected: no state\n']);
    broken = false;
    expect((await fetch(url)).status).toBe(200);
  });

  it('says so when its port is taken', async () => {
    const { port } = await serve(() => snapshot, { port: 0 });
    await expect(serveDsfb(() => snapshot, { port })).rejects.toThrow(`Port ${port} on 127.0.0.1 is taken`);
  });

  it('can be mounted in another server', async () => {
    const handle = createDsfbHandler(() => snapshot, { compat: true });
    const server: Server = createServer((request, response) => handle(request, response));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    closing.push(() => server.close());
    const text = await (await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}/anything`)).text();
    expect(text).toContain('# TYPE dsfb_episodes_total counter');
  });
});

describe('the textfile', () => {
  const folder = (): string => {
    const path = mkdtempSync(join(tmpdir(), 'dsfb-'));
    closing.push(() => rmSync(path, { recursive: true, force: true }));
    return path;
  };

  it('is classic text, readable by all, with nothing left beside it', async () => {
    const path = join(folder(), 'dsfb.prom');
    await writeTextfile(path, snapshot);
    expect(readFileSync(path, 'utf8')).toBe(renderDsfb(snapshot, { format: 'text-0.0.4' }));
    expect(statSync(path).mode & 0o777).toBe(0o644);
    expect(readdirSync(join(path, '..'))).toEqual(['dsfb.prom']);
  });

  it('keeps the old content when it cannot be written', async () => {
    const parent = folder();
    const path = join(parent, 'dsfb.prom');
    mkdirSync(path);
    await expect(writeTextfile(path, snapshot)).rejects.toThrow();
    expect(readdirSync(parent)).toEqual(['dsfb.prom']);
    await expect(writeTextfile(join(parent, 'missing', 'dsfb.prom'), snapshot)).rejects.toThrow(/ENOENT/);
    chmodSync(parent, 0o755);
  });

  it('has a name that the collector reads', async () => {
    await expect(writeTextfile(join(folder(), 'dsfb.txt'), snapshot)).rejects.toThrow(/only files named \*\.prom/);
  });

  it('is written again and again, and one last time at the end', async () => {
    const path = join(folder(), 'dsfb.prom');
    let flushed = 0;
    const stop = startTextfile({
      path,
      intervalMs: 5,
      snapshot: () => new MetricsSnapshot({ streamingFlushed: flushed }),
    });
    flushed = 41;
    await stop();
    expect(readFileSync(path, 'utf8')).toContain('flushed_total 41\n');
  });

  it('tells each write that failed', async () => {
    const errors: unknown[] = [];
    const stop = startTextfile({
      path: join(folder(), 'missing', 'dsfb.prom'),
      snapshot: () => snapshot,
      onError: (error) => errors.push(error),
    });
    await stop();
    expect(errors).toHaveLength(2);
  });
});
