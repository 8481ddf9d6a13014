import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/**
 * Prepares a server for closing: the returned function stops listening, drops at once every connection that waits for
 * no answer (a half-open one too), lets the running answers end and cuts them off after `timeoutMs`. Unless
 * `keepAlive`, neither the server nor its clients keep the process alive.
 */
export function trackConnections(server: Server, keepAlive: boolean): (timeoutMs: number) => Promise<void> {
  const sockets = new Set<Socket>();
  const answering = new Map<Socket, number>();
  let closing = false;
  if (!keepAlive) server.unref();

  server.on('connection', (socket: Socket) => {
    if (!keepAlive) socket.unref();
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  server.prependListener('request', ({ socket }: IncomingMessage, response: ServerResponse) => {
    answering.set(socket, (answering.get(socket) ?? 0) + 1);
    response.on('close', () => {
      const left = (answering.get(socket) ?? 1) - 1;
      if (left > 0) answering.set(socket, left);
      else answering.delete(socket);
      if (closing && left <= 0) socket.destroySoon();
    });
  });

  return async (timeoutMs) => {
    closing = true;
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    for (const socket of sockets) if (!answering.has(socket)) socket.destroy();
    const timer = setTimeout(() => {
      for (const socket of sockets) socket.destroy();
    }, timeoutMs);
    await closed;
    clearTimeout(timer);
  };
}
