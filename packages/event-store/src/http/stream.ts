import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { hasToken, isAllowedHost, type Router } from '@alex/service';
import { type WebSocket, WebSocketServer } from 'ws';
import type { EventStore } from '../store/event-store.ts';
import { eventJson, type StoredEvent } from '../stored-event.ts';
import { optionalEntity, optionalEventType, optionalTenant, parseInteger } from './parameters.ts';

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

/** Answers those who ask for the stream without being a WebSocket. */
export function addStreamRoute(router: Router): void {
  router.get(streamPath, (context) =>
    context.json({ error: 'the stream is a WebSocket' }, 426, { Connection: 'Upgrade', Upgrade: 'websocket' }),
  );
}

/**
 * Serves `GET /api/v1/events/stream` as a WebSocket: every event once it is durable; `?after=SEQUENCE` begins earlier,
 * `?entity_id=`, `?event_type=` and `?tenant_id=` filter.
 */
export function serveStream(server: Server, store: () => EventStore, options: StreamOptions): EventStream {
  const sockets = new WebSocketServer({ noServer: true, maxPayload: mostMessageBytes, perMessageDeflate: false });
  const clients = new Set<Client>();
  const onUpgrade = (request: IncomingMessage, socket: Duplex, head: Buffer): void => {
    const url = new URL(request.url ?? '/', 'http://localhost');
    let subscription: Subscription;
    try {
      checkUpgrade(request, url, options);
      subscription = subscriptionOf(url.searchParams);
    } catch (error) {
      refuse(socket, error as Error);
      return;
    }
    sockets.handleUpgrade(request, socket, head, (webSocket) => {
      const client = new Client(webSocket, store(), subscription);
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
  socket.end(`HTTP/1.1 ${status}\r\n${head}\r\n\r\n${body}`);
}

interface Filter {
  readonly entityId: string | undefined;
  readonly eventType: string | undefined;
  readonly tenantId: string | undefined;
}

/** What a client asks for as it connects. */
interface Subscription {
  readonly filter: Filter;
  /** The last sequence that it has; `undefined`: only what comes from now on. */
  readonly after: number | undefined;
}

/** Throws StoreError `invalid`. */
function subscriptionOf(parameters: URLSearchParams): Subscription {
  const text = (name: string): string | undefined => parameters.get(name) ?? undefined;
  return {
    after: parseInteger(text('after'), 'after', { minimum: 0 }),
    filter: {
      entityId: optionalEntity(text('entity_id')),
      eventType: optionalEventType(text('event_type')),
      tenantId: optionalTenant(text('tenant_id')),
    },
  };
}

/** One connection: its filter, and the frames that wait for it. */
class Client {
  readonly #socket: WebSocket;
  readonly #store: EventStore;
  readonly #unsubscribe: () => void;
  #filter: Filter;
  #queued = 0;
  #isAlive = true;
  /** The last sequence that was handed to the socket while catching up. */
  #caughtUp: number;
  #isCatchingUp: boolean;

  constructor(socket: WebSocket, store: EventStore, { filter, after }: Subscription) {
    this.#socket = socket;
    this.#store = store;
    this.#filter = filter;
    this.#isCatchingUp = after !== undefined;
    this.#caughtUp = after ?? 0;
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
    const { entityId, eventType, tenantId } = this.#filter;
    if (entityId !== undefined && event.entityId !== entityId) return;
    if (eventType !== undefined && event.eventType !== eventType) return;
    if (tenantId !== undefined && event.tenantId !== tenantId) return;
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
    const { entity_id, event_type, tenant_id } = value as Readonly<Record<string, unknown>>;
    this.#filter = { entityId: ifText(entity_id), eventType: ifText(event_type), tenantId: ifText(tenant_id) };
  }
}

function ifText(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
