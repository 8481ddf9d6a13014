import type { WebSocket } from 'ws';
import type { EventStore } from '../store/event-store.ts';
import { eventJson, type StoredEvent } from '../stored-event.ts';

/** Which events a client wants. */
export interface StreamFilter {
  readonly tenantId: string;
  readonly entityId: string | undefined;
  readonly eventType: string | undefined;
}

/** What a client asks for as it connects. */
export interface Subscription {
  readonly filter: StreamFilter;
  /** The last sequence that it has; `undefined`: only what comes from now on. */
  readonly after: number | undefined;
}

/** What may wait for one client: frames, and bytes; with more waiting it is dropped at the next event. */
const mostQueued = 1000;
const mostQueuedBytes: number = 16 * 1024 * 1024;
const tryAgainLater = 1013;
const goingAway = 1001;
const internalError = 1011;
/** What a client gets to answer a goodbye. */
const goodbyeMs = 1000;

/** One connection to the stream: its filter, and the frames that wait for it. */
export class StreamClient {
  readonly #socket: WebSocket;
  readonly #store: EventStore;
  readonly #unsubscribe: () => void;
  /** Where a filter names none. */
  readonly #tenantId: string;
  #filter: StreamFilter;
  #queued = 0;
  #isAlive = true;
  /** A connection fails once, however many frames are lost with it. */
  #hasFailed = false;
  /** The last sequence that was handed to the socket while catching up; `undefined`: it has caught up. */
  #caughtUp: number | undefined;

  constructor(socket: WebSocket, store: EventStore, { filter, after }: Subscription) {
    this.#socket = socket;
    this.#store = store;
    this.#tenantId = filter.tenantId;
    this.#filter = filter;
    this.#caughtUp = after;
    const { metrics } = store.parts;
    metrics.webSockets.add(1);
    metrics.webSocketsActive.add(1);
    this.#unsubscribe = store.subscribe((event) => {
      if (this.#caughtUp === undefined) this.#offer(event);
    });
    socket.on('message', (data) => this.#setFilter(String(data)));
    socket.on('pong', () => {
      this.#isAlive = true;
    });
    socket.on('error', () => this.#fail());
    socket.once('close', () => {
      this.#unsubscribe();
      metrics.webSocketsActive.add(-1);
    });
    this.#catchUp();
  }

  /** Ends a client that did not answer the last ping. */
  ping(): void {
    if (this.#isAlive) this.#socket.ping();
    else this.#socket.terminate();
    this.#isAlive = false;
  }

  /** Says goodbye; what the client does not take of it is no failure. */
  end(): void {
    this.#hasFailed = true;
    this.#unsubscribe();
    this.#socket.close(goingAway, 'the service stops');
    setTimeout(() => this.#socket.terminate(), goodbyeMs).unref();
  }

  /** Sends what is stored, as fast as the client takes it, until nothing is left: then events come as they are stored. */
  #catchUp(): void {
    if (this.#caughtUp === undefined || this.#socket.readyState !== this.#socket.OPEN) return;
    let events: readonly StoredEvent[];
    try {
      events = this.#store.eventsAfter(this.#caughtUp, mostQueued / 2);
    } catch (error) {
      this.#store.parts.reporter.error({ error }, 'Events could not be read for a client of the stream');
      this.#drop(internalError, 'the events could not be read');
      return;
    }
    this.#caughtUp = events.at(-1)?.sequence;
    for (const event of events) this.#offer(event);
    if (this.#queued === 0) setImmediate(() => this.#catchUp());
  }

  #offer(event: StoredEvent): void {
    const { tenantId, entityId, eventType } = this.#filter;
    if (event.tenantId !== tenantId) return;
    if (entityId !== undefined && event.entityId !== entityId) return;
    if (eventType !== undefined && event.eventType !== eventType) return;
    if (this.#socket.readyState !== this.#socket.OPEN) return;
    if (this.#queued >= mostQueued || this.#socket.bufferedAmount >= mostQueuedBytes) {
      this.#drop(tryAgainLater, 'the client is too slow');
      return;
    }
    this.#queued++;
    this.#socket.send(eventJson(event), (error) => {
      this.#queued--;
      if (error) this.#fail();
      else this.#store.parts.metrics.webSocketMessages.add(1);
      if (this.#queued === 0) this.#catchUp();
    });
  }

  #drop(code: number, reason: string): void {
    this.#fail();
    this.#unsubscribe();
    this.#socket.close(code, reason);
  }

  #fail(): void {
    if (!this.#hasFailed) this.#store.parts.metrics.webSocketErrors.add(1);
    this.#hasFailed = true;
  }

  /** What is no filter is ignored; `{}` lets everything of the tenant through. */
  #setFilter(text: string): void {
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch {
      return;
    }
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return;
    const { entity_id, event_type, tenant_id } = value as Readonly<Record<string, unknown>>;
    this.#filter = {
      tenantId: ifText(tenant_id) ?? this.#tenantId,
      entityId: ifText(entity_id),
      eventType: ifText(event_type),
    };
  }
}

function ifText(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
