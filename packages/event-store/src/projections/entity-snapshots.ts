import { type Bare, bareObject, mergeInto, needsExact, parseExact } from '../json/exact.ts';
import type { StoredEvent } from '../stored-event.ts';
import type { Projection } from './projection.ts';

/** The number of an entity as its events have it; `undefined`: it never had one. */
export type EntityNumber = (tenantId: string, entityId: string) => number | undefined;

/** The current state of each entity: the payload objects of its events, merged one level deep, later ones over earlier. */
export class EntitySnapshots implements Projection {
  readonly name = 'entity_snapshots';
  readonly #numberOf: EntityNumber;
  /** By the number of the entity. */
  readonly #states: (Bare | undefined)[] = [];

  constructor(numberOf: EntityNumber) {
    this.#numberOf = numberOf;
  }

  apply({ entity, payload, payloadText }: StoredEvent): void {
    while (this.#states.length <= entity) this.#states.push(undefined);
    const state = (this.#states[entity] ??= bareObject());
    mergeInto(state, needsExact(payload, payloadText) ? parseExact(payloadText) : payload);
  }

  fresh(): EntitySnapshots {
    return new EntitySnapshots(this.#numberOf);
  }

  read(tenantId: string, entityId: string): Bare | undefined {
    return this.#states[this.#numberOf(tenantId, entityId) ?? 0];
  }

  erase(tenantId: string, entityId: string): void {
    const number = this.#numberOf(tenantId, entityId);
    if (number !== undefined) this.#states[number] = undefined;
  }
}
