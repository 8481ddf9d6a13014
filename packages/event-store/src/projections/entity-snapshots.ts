import { type Bare, bareObject, mergeInto, needsExact, parseExact } from '../json/exact.ts';
import type { StoredEvent } from '../stored-event.ts';
import type { Projection } from './projection.ts';

/** The current state of each entity: the payload objects of its events, merged one level deep, later ones over earlier. */
export class EntitySnapshots implements Projection {
  readonly name = 'entity_snapshots';
  readonly #tenants = new Map<string, Map<string, Bare>>();

  apply({ tenantId, entityId, payload, payloadText }: StoredEvent): void {
    let states = this.#tenants.get(tenantId);
    if (states === undefined) this.#tenants.set(tenantId, (states = new Map()));
    let state = states.get(entityId);
    if (state === undefined) states.set(entityId, (state = bareObject()));
    mergeInto(state, needsExact(payload, payloadText) ? parseExact(payloadText) : payload);
  }

  fresh(): EntitySnapshots {
    return new EntitySnapshots();
  }

  read(tenantId: string, entityId: string): Bare | undefined {
    return this.#tenants.get(tenantId)?.get(entityId);
  }

  erase(tenantId: string, entityId: string): void {
    this.#tenants.get(tenantId)?.delete(entityId);
  }
}
