import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { hasToken, isAllowedHost } from '@alex/service';
import { type WebSocket, WebSocketServer } from 'ws';
import type { EventStore } from '../store/event-store.ts';
import { eventJson, type StoredEvent } from '../stored-event.ts';

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
  close(): void;
}

export const streamPath = '/api/v1/events/stream';

/** Frames that wait for one client; one more and it is dropped. */
const mostQueued = 1000;
const mostMessageBytes: number = 64 * 1024;
const tryAgainLater = 1013;

/** Serves `GET /api/v1/events/stream` as a WebSocket: every event once it is durable; `?after=SEQUENCE` begins earlier. */
export function serveStream(server: Server, store: () => EventStore, options: StreamOptions): EventStream {
  const sockets = new WebSocketServer({ noServer: true, maxPayload: mostMessageBytes, perMessageDeflate: false });
  const clients = new Set<Client>();
  const onUpgrade = (request: IncomingMessage, socket: Duplex, head: Buffer): void => {
    const url = new URL(request.url ?? '/', 'http://localhost');
    const refusal = url.pathname === streamPath ? refusalOf(request, url, options) : '404 Not Found';
    if (refusal !== undefined) {
      refuse(socket, refusal);
      return;
    }
    sockets.handleUpgrade(request, socket, head, (webSocket) => {
      const client = new Client(webSocket, store(), Number(url.searchParams.get('after') ?? Number.NaN));
      clients.add(client);
      webSocket.once('close', () => clients.delete(client));
    });
  };
  server.on('upgrade', onUpgrade);
  const timer = setInterval(() => {
    for (const client of clients) client.ping();
  }, options.pingMs ?? 30_000);
  timer.unref();
  return {
    close() {
      clearInterval(timer);
      server.off('upgrade', onUpgrade);
      for (const client of clients) client.end();
    },
  };
}

function refusalOf(request: IncomingMessage, url: URL, options: StreamOptions): string | undefined {
  const { host, origin, authorization } = request.headers;
  if (options.loopback && !isAllowedHost(host, options.allowedHosts)) return '403 Forbidden';
  const { corsOrigins } = options;
  const isOwn = origin === undefined || (URL.canParse(origin) && new URL(origin).host === host?.toLowerCase());
  if (!isOwn && !corsOrigins.includes('*') && !corsOrigins.includes(origin!)) return '403 Forbidden';
  if (options.token !== undefined && !hasToken(authorization, options.token)) return '401 Unauthorized';
  const after = url.searchParams.get('after');
  return after === null || /^\d{1,15}$/.test(after) ? undefined : '400 Bad Request';
}

function refuse(socket: Duplex, status: string): void {
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}

interface Filter {
  readonly entityId: string | undefined;
  readonly eventType: string | undefined;
}

/** One connection: its filter, and the frames that wait for it. */
class Client {
  readonly #socket: WebSocket;
  readonly #store: EventStore;
  readonly #unsubscribe: () => void;
  #filter: Filter = { entityId: undefined, eventType: undefined };
  #queued = 0;
  #isAlive = true;
  /** The last sequence that was handed to the socket while catching up. */
  #caughtUp: number;
  #isCatchingUp: boolean;

  constructor(socket: WebSocket, store: EventStore, after: number) {
    this.#socket = socket;
    this.#store = store;
    this.#isCatchingUp = !Number.isNaN(after);
    this.#caughtUp = this.#isCatchingUp ? after : 0;
    const { metrics } = store.parts;
    metrics.webSockets.add(1);
    metrics.webSocketsActive.add(1);
    this.#unsubscribe = store.subscribe((event) => {
      if (!this.#isCatchingUp) this.#offer(event);
    });
    socket.on('message', (data) => this.#setFilter(String(data)));
    socket.on('pong', () => {
      this.#isAlive = true;
    });
    socket.on('error', () => metrics.webSocketErrors.add(1));
    socket.once('close', () => {
      this.#unsubscribe();
      metrics.webSocketsActive.add(-1);
    });
    if (this.#isCatchingUp) this.#catchUp();
  }

  /** Ends a client that did not answer the last ping. */
  ping(): void {
    if (this.#isAlive) this.#socket.ping();
    else this.#socket.terminate();
    this.#isAlive = false;
  }

  end(): void {
    this.#socket.close(1001, 'the service stops');
  }

  /** Sends what is stored, as fast as the client takes it, until nothing is left: then events come as they are stored. */
  #catchUp(): void {
    if (this.#socket.readyState !== this.#socket.OPEN) return;
    const events = this.#store.eventsAfter(this.#caughtUp, mostQueued / 2);
    if (events.length === 0) {
      this.#isCatchingUp = false;
      return;
    }
    this.#caughtUp = events.at(-1)!.sequence;
    for (const event of events) this.#offer(event);
    const goOn = (): void => {
      if (this.#queued === 0) this.#catchUp();
      else setTimeout(goOn, 1);
    };
    setImmediate(goOn);
  }

  #offer(event: StoredEvent): void {
    const { entityId, eventType } = this.#filter;
    if (entityId !== undefined && event.entityId !== entityId) return;
    if (eventType !== undefined && event.eventType !== eventType) return;
    if (this.#socket.readyState !== this.#socket.OPEN) return;
    const { metrics } = this.#store.parts;
    if (this.#queued >= mostQueued) {
      metrics.webSocketErrors.add(1);
      this.#unsubscribe();
      this.#socket.close(tryAgainLater, 'the client is too slow');
      return;
    }
    this.#queued++;
    this.#socket.send(eventJson(event), (error) => {
      this.#queued--;
      if (error) metrics.webSocketErrors.add(1);
      else metrics.webSocketMessages.add(1);
    });
  }

  /** What is no filter is ignored; `{}` clears it. */
  #setFilter(text: string): void {
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch {
      return;
    }
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return;
    const { entity_id, event_type } = value as { readonly entity_id?: unknown; readonly event_type?: unknown };
    this.#filter = {
      entityId: typeof entity_id === 'string' ? entity_id : undefined,
      eventType: typeof event_type === 'string' ? event_type : undefined,
    };
  }
}
