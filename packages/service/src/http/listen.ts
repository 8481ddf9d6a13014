import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { CommandError } from '../errors.ts';

/** Milliseconds that a client gets to send its headers, and its whole request. */
export interface ServerLimits {
  readonly headersMs: number;
  readonly requestMs: number;
}

/** A Node HTTP server that is not listening yet. */
export function createHttpServer(limits: ServerLimits): Server {
  const server = createServer();
  server.headersTimeout = limits.headersMs;
  server.requestTimeout = limits.requestMs;
  server.keepAliveTimeout = 5000;
  return server;
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

/** Stops listening, lets running requests end within the deadline, then cuts them. Resolves with whether none was cut. */
export function closeServer(server: Server, deadlineMs: number): Promise<boolean> {
  return new Promise((resolve) => {
    let clean = true;
    const timer = setTimeout(() => {
      clean = false;
      server.closeAllConnections();
    }, deadlineMs);
    // A connection that was busy at first is kept alive when its request ends.
    const sweep = setInterval(() => server.closeIdleConnections(), 20);
    server.close(() => {
      clearTimeout(timer);
      clearInterval(sweep);
      resolve(clean);
    });
    server.closeIdleConnections();
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
