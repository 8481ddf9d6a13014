import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { MetricsSnapshot } from '../snapshot.ts';
import { createDsfbHandler, type DsfbHandlerOptions } from './handler.ts';

export interface ServeDsfbOptions extends DsfbHandlerOptions {
  /** Default 127.0.0.1. */
  readonly host?: string;
  /** Default 9184; 0 takes any free one. */
  readonly port?: number;
  /** Default `/metrics`; everything else is 404. */
  readonly path?: string;
}

export interface DsfbServer {
  readonly url: string;
  readonly port: number;
  close(): Promise<void>;
}

const defaultPort = 9184;

/**
 * Serves snapshots on a port of their own, without keeping the process alive.
 * Rejects with a message that says what to do when the port cannot be bound.
 */
export async function serveDsfb(snapshot: () => MetricsSnapshot, options: ServeDsfbOptions = {}): Promise<DsfbServer> {
  const { host = '127.0.0.1', port = defaultPort, path = '/metrics' } = options;
  const handle = createDsfbHandler(snapshot, options);
  const server = createServer((request, response) => {
    if (request.url?.split('?')[0] === path) return handle(request, response);
    request.resume();
    response.writeHead(404, { 'Content-Type': 'text/plain; charset=utf-8' }).end(`Not found; metrics are on ${path}\n`);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const isTaken = error.code === 'EADDRINUSE';
      reject(isTaken ? new Error(`Port ${port} on ${host} is taken; choose another one`, { cause: error }) : error);
    });
    server.listen({ host, port }, resolve);
  });
  server.unref();
  const bound = (server.address() as AddressInfo).port;
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${bound}${path}`,
    port: bound,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
