import type { StoredEvent } from '../stored-event.ts';

/** Folds events into something that can be read. It is called for each event in order and may throw. */
export interface Projection {
  readonly name: string;
  apply(event: StoredEvent): void;
  /** An empty one of the same kind, for a replay. */
  fresh(): Projection;
  /** What it holds for a key (an entity id, or what the projection is about) of a tenant; `undefined`: nothing. */
  read(tenantId: string, key: string): unknown;
  /** Forgets an entity. */
  erase?(tenantId: string, entityId: string): void;
}
