import type { StoredEvent } from '../stored-event.ts';

/** What is left to know of an event that is erased. */
export interface ErasedEvent {
  readonly sequence: number;
  readonly eventType: string;
}

/** Folds events into something that can be read. It is called for each event in order and may throw. */
export interface Projection {
  readonly name: string;
  apply(event: StoredEvent): void;
  /** An empty one of the same kind, for a replay. */
  fresh(): Projection;
  /** What it holds for a key (an entity id, or what the projection is about) of a tenant; `undefined`: nothing. */
  read(tenantId: string, key: string): unknown;
  /** Forgets an entity; `events` are all those of it that there were, in order. */
  erase?(tenantId: string, entityId: string, events: readonly ErasedEvent[]): void;
}
