import type { StoredEvent } from '../stored-event.ts';
import type { ErasedEvent, Projection } from './projection.ts';

/** How many events of each type there were. Its keys are event types. */
export class EventCounters implements Projection {
  readonly name = 'event_counters';
  readonly #tenants = new Map<string, Map<string, { count: number }>>();

  /** Of the newest event that was counted. */
  #lastSequence = 0;

  apply({ tenantId, eventType, sequence }: StoredEvent): void {
    if (sequence > this.#lastSequence) this.#lastSequence = sequence;
    let counts = this.#tenants.get(tenantId);
    if (counts === undefined) this.#tenants.set(tenantId, (counts = new Map()));
    const counted = counts.get(eventType);
    if (counted === undefined) counts.set(eventType, { count: 1 });
    else counted.count++;
  }

  fresh(): EventCounters {
    return new EventCounters();
  }

  read(tenantId: string, eventType: string): { readonly count: number } | undefined {
    const counted = this.#tenants.get(tenantId)?.get(eventType);
    return counted && { count: counted.count };
  }

  erase(tenantId: string, _entityId: string, events: readonly ErasedEvent[]): void {
    const counts = this.#tenants.get(tenantId);
    for (const { eventType, sequence } of events) {
      const counted = counts?.get(eventType);
      // A replay may not have come to it yet.
      if (counted === undefined || sequence > this.#lastSequence) continue;
      if (--counted.count === 0) counts!.delete(eventType);
    }
  }
}
