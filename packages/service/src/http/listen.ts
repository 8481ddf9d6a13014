import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { CommandError } from '../errors.ts';

/** Milliseconds that a client gets to send its headers, and its whole request. */
export interface ServerLimits {
  readonly headersMs: number;
  readonly requestMs: number;
}

/** A Node HTTP server, and the way to end it. */
export interface HttpServer {
  readonly server: Server;
  /**
   * Stops listening, drops connections that wait for no answer, lets running requests and upgraded connections end
   * within the deadline, then cuts them. Resolves with whether none was cut.
   */
  close(deadlineMs: number): Promise<boolean>;
}

/** A server that is not listening yet. */
export function createHttpServer(limits: ServerLimits): HttpServer {
  const server = createServer();
  server.headersTimeout = limits.headersMs;
  server.requestTimeout = limits.requestMs;
  server.keepAliveTimeout = 5000;
  const sockets = new Set<Duplex>();
  const busy = new Set<Duplex>();
  let closing = false;
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  server.on('request', ({ socket }, response) => {
    busy.add(socket);
    response.once('close', () => {
      busy.delete(socket);
      if (closing) socket.end();
    });
  });
  // Node hands every upgrade to whoever listens, and answers it as a usual request when nobody does.
  let upgrades = false;
  server.on('newListener', (event) => {
    if (event !== 'upgrade' || upgrades) return;
    upgrades = true;
    server.on('upgrade', (_request, socket) => {
      busy.add(socket);
      socket.once('close', () => busy.delete(socket));
      // Nobody else listens before the connection is taken over, or while it is refused.
      socket.on('error', () => {});
    });
  });
  return {
    server,
    async close(deadlineMs) {
      closing = true;
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const socket of sockets) if (!busy.has(socket)) socket.destroy();
      let clean = true;
      const timer = setTimeout(() => {
        clean = sockets.size === 0;
        for (const socket of sockets) socket.destroy();
      }, deadlineMs);
      await closed;
      clearTimeout(timer);
      return clean;
    },
  };
}

/** Binds a server and resolves with its port. Rejects with CommandError that says what to do. */
export function listen(server: Server, host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const onError = (error: NodeJS.ErrnoException): void => reject(explain(error, host, port));
    server.once('error', onError);
    server.listen({ host, port }, () => {
      server.off('error', onError);
      resolve((server.address() as AddressInfo).port);
    });
  });
}

function explain(error: NodeJS.ErrnoException, host: string, port: number): Error {
  const cause = { cause: error };
  switch (error.code) {
    case 'EADDRINUSE':
      return new CommandError(
        `Port ${port} on ${host} is taken by another program. Choose another one with --port, or --port 0 for any free one.`,
        cause,
      );
    case 'EACCES':
      return new CommandError(`Port ${port} on ${host} needs more rights. Choose one above 1023 with --port.`, cause);
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return new CommandError(`This machine has no address ${host}. Choose another one with --host.`, cause);
    default:
      return error;
  }
}
