import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { hasToken, isAllowedHost, type Router } from '@alex/service';
import { WebSocketServer } from 'ws';
import { defaultTenant } from '../event.ts';
import type { EventStore } from '../store/event-store.ts';
import { optionalEntity, optionalEventType, optionalTenant, parseInteger } from './parameters.ts';
import { StreamClient, type Subscription } from './stream-client.ts';

/** Who may open a stream. */
export interface StreamOptions {
  readonly loopback: boolean;
  readonly allowedHosts: readonly string[];
  readonly corsOrigins: readonly string[];
  /** Demanded in `Authorization: Bearer` when given. */
  readonly token: string | undefined;
  /** Milliseconds between pings. Default 30 000. */
  readonly pingMs?: number;
}

/** The stream of a core. */
export interface EventStream {
  /** Says goodbye to every client, and takes no more. */
  close(): void;
}

export const streamPath = '/api/v1/events/stream';

const mostMessageBytes: number = 64 * 1024;

/** Answers those who ask for the stream without being a WebSocket. */
export function addStreamRoute(router: Router): void {
  router.get(streamPath, (context) =>
    context.json({ error: 'the stream is a WebSocket' }, 426, { Connection: 'Upgrade', Upgrade: 'websocket' }),
  );
}

/**
 * Serves `GET /api/v1/events/stream` as a WebSocket: every event once it is durable; `?after=SEQUENCE` begins earlier,
 * `?entity_id=` and `?event_type=` filter, `?tenant_id=` names another tenant than `default`.
 */
export function serveStream(server: Server, store: () => EventStore, options: StreamOptions): EventStream {
  const sockets = new WebSocketServer({ noServer: true, maxPayload: mostMessageBytes, perMessageDeflate: false });
  const clients = new Set<StreamClient>();
  let closing = false;
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    let subscription: Subscription;
    try {
      if (closing) throw new Refusal('503 Service Unavailable', 'the service stops');
      // Throws TypeError where there is no path.
      const url = new URL(request.url!, 'http://localhost');
      checkUpgrade(request, url, options);
      subscription = subscriptionOf(url.searchParams);
    } catch (error) {
      refuse(socket, error as Error);
      return;
    }
    sockets.handleUpgrade(request, socket, head, (webSocket) => {
      const client = new StreamClient(webSocket, store(), subscription);
      clients.add(client);
      webSocket.once('close', () => clients.delete(client));
    });
  });
  const timer = setInterval(() => {
    for (const client of clients) client.ping();
  }, options.pingMs ?? 30_000);
  timer.unref();
  return {
    close() {
      closing = true;
      clearInterval(timer);
      for (const client of clients) client.end();
    },
  };
}

class Refusal extends Error {
  readonly status: string;

  constructor(status: string, message: string) {
    super(message);
    this.status = status;
  }
}

/** Throws Refusal to whoever may not have the stream. */
function checkUpgrade({ headers }: IncomingMessage, url: URL, options: StreamOptions): void {
  const { host, origin, authorization } = headers;
  if (url.pathname !== streamPath) throw new Refusal('404 Not Found', 'not found');
  if (options.loopback && !isAllowedHost(host, options.allowedHosts)) {
    throw new Refusal('403 Forbidden', `unknown host ${JSON.stringify(host)}: --allowed-host allows it`);
  }
  const { corsOrigins } = options;
  const isOwn = origin === undefined || (URL.canParse(origin) && new URL(origin).host === host?.toLowerCase());
  if (!isOwn && !corsOrigins.includes('*') && !corsOrigins.includes(origin!)) {
    throw new Refusal('403 Forbidden', `origin ${JSON.stringify(origin)} is not allowed`);
  }
  if (options.token !== undefined && !hasToken(authorization, options.token)) {
    throw new Refusal('401 Unauthorized', 'a bearer token is required');
  }
}

function refuse(socket: Duplex, error: Error): void {
  const status = error instanceof Refusal ? error.status : '400 Bad Request';
  const body = JSON.stringify({ error: error.message });
  const head = `Connection: close\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}`;
  socket.once('finish', () => socket.destroy());
  socket.end(`HTTP/1.1 ${status}\r\n${head}\r\n\r\n${body}`);
}

/** Throws StoreError `invalid`. */
function subscriptionOf(parameters: URLSearchParams): Subscription {
  const text = (name: string): string | undefined => parameters.get(name) ?? undefined;
  return {
    after: parseInteger(text('after'), 'after', { minimum: 0 }),
    filter: {
      entityId: optionalEntity(text('entity_id')),
      eventType: optionalEventType(text('event_type')),
      tenantId: optionalTenant(text('tenant_id')) ?? defaultTenant,
    },
  };
}
