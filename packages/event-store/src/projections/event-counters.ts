import type { StoredEvent } from '../stored-event.ts';
import type { Projection } from './projection.ts';

/** How many events of each type there were. Its keys are event types. */
export class EventCounters implements Projection {
  readonly name = 'event_counters';
  readonly #tenants = new Map<string, Map<string, { count: number }>>();

  apply({ tenantId, eventType }: StoredEvent): void {
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
}
