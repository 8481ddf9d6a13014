import { type Bare, mergeInto, needsExact, parseExact } from '../json/exact.ts';
import type { StoredEvent } from '../stored-event.ts';
import type { Projection } from './projection.ts';

/** What the store knows of an entity that has events. */
interface EntityHistory {
  /** As its events have it. */
  readonly number: number;
  /** How many events are held. */
  readonly events: number;
  /** Merges the payloads of the events. Throws StoreError when they cannot be read. */
  fold(): { readonly state: Bare; readonly lastSequence: number };
}

/** `undefined`: there is no such entity. */
export type HistoryReader = (tenantId: string, entityId: string) => EntityHistory | undefined;

interface Kept {
  readonly state: Bare;
  lastSequence: number;
  events: number;
  /** Characters of its JSON, or more, and what the entry takes beside them. */
  size: number;
}

const mostSize: number = 16 * 1024 * 1024;
/** A small state takes more memory than its JSON. */
const entrySize = 200;

/**
 * The current state of each entity: the payload objects of its events, merged one level deep, later ones over earlier.
 * A state is folded when it is asked for, and kept up to date from then on as long as there is room.
 */
export class EntitySnapshots implements Projection {
  readonly name = 'entity_snapshots';
  readonly #historyOf: HistoryReader;
  /** By the number of the entity, the one that was asked for last at the end. */
  readonly #kept = new Map<number, Kept>();
  #size = 0;

  constructor(historyOf: HistoryReader) {
    this.#historyOf = historyOf;
  }

  apply(event: StoredEvent): void {
    const kept = this.#kept.get(event.entity);
    if (kept === undefined || event.sequence <= kept.lastSequence) return;
    const { sequence, payload, payloadText } = event;
    mergeInto(kept.state, needsExact(payload, payloadText) ? parseExact(payloadText) : payload);
    kept.lastSequence = sequence;
    kept.events++;
    kept.size += payloadText.length;
    this.#size += payloadText.length;
    this.#shrink();
  }

  fresh(): EntitySnapshots {
    return new EntitySnapshots(this.#historyOf);
  }

  /** Not to be changed; it changes with the next event. */
  read(tenantId: string, entityId: string): Bare | undefined {
    const history = this.#historyOf(tenantId, entityId);
    if (history === undefined) return undefined;
    const kept = this.#take(history.number);
    // Events can also go, one by one or by age.
    const current = kept?.events === history.events ? kept : folded(history);
    this.#kept.set(history.number, current);
    this.#size += current.size;
    this.#shrink();
    return current.state;
  }

  erase(tenantId: string, entityId: string): void {
    const history = this.#historyOf(tenantId, entityId);
    if (history !== undefined) this.#take(history.number);
  }

  #take(number: number): Kept | undefined {
    const kept = this.#kept.get(number);
    if (kept === undefined) return undefined;
    this.#kept.delete(number);
    this.#size -= kept.size;
    return kept;
  }

  /** Drops a tenth at once: each walk begins with all entries that were deleted since the map was last rebuilt. */
  #shrink(): void {
    if (this.#size <= mostSize) return;
    for (const number of this.#kept.keys()) {
      if (this.#size <= mostSize * 0.9) return;
      this.#take(number);
    }
  }
}

function folded(history: EntityHistory): Kept {
  const { state, lastSequence } = history.fold();
  return { state, lastSequence, events: history.events, size: entrySize + JSON.stringify(state).length };
}
