import { StoreError } from '../errors.ts';
import type { Appended, CheckedEvent } from '../event.ts';
import { writeUuid } from '../uuid.ts';
import type { EventIndex } from './event-index.ts';

/** What will become of an event of a group. */
export interface Planned {
  readonly event: CheckedEvent;
  readonly version: number;
  readonly isNew: boolean;
  /** Refused. */
  readonly error?: StoreError;
  /** Its id was stored before, at this position. */
  readonly stored?: number;
  /** Its id is that of an event earlier in the group. */
  readonly same?: Planned;
  appended?: Appended;
}

/** Gives versions to the events of a group, in order, and finds ids that were seen before. */
export class Plan {
  readonly #index: EventIndex;
  readonly #versions = new Map<string, number>();
  readonly #ids = new Map<string, Planned>();
  readonly #id: Uint8Array = new Uint8Array(16);

  constructor(index: EventIndex) {
    this.#index = index;
  }

  /** A plan for each event, or, unless `partial`, the first refusal, which leaves no trace. */
  add(events: readonly CheckedEvent[], partial: boolean): Planned[] | StoreError {
    const versions = new Map<string, number>();
    const ids = new Map<string, Planned>();
    const planned: Planned[] = [];
    for (let index = 0; index < events.length; index++) {
      const one = this.#plan(events[index]!, versions, ids);
      if (one.error && !partial) {
        return events.length === 1
          ? one.error
          : new StoreError(one.error.code, one.error.message, { cause: one.error, index });
      }
      planned.push(one);
    }
    for (const [key, version] of versions) this.#versions.set(key, version);
    for (const [id, one] of ids) this.#ids.set(id, one);
    return planned;
  }

  #plan(event: CheckedEvent, versions: Map<string, number>, ids: Map<string, Planned>): Planned {
    const { eventId, expectedVersion, tenantId, entityId } = event;
    if (eventId !== undefined) {
      const known = this.#known(event, eventId, ids);
      if (known) return known;
    }
    // No name has a control character.
    const key = tenantId === 'default' ? entityId : `${tenantId}\u0000${entityId}`;
    const before = versions.get(key) ?? this.#versions.get(key) ?? this.#index.version(tenantId, entityId);
    if (expectedVersion !== undefined && expectedVersion !== before) {
      const message = `${JSON.stringify(entityId)} has version ${before}, not ${expectedVersion}`;
      return { event, version: 0, isNew: false, error: new StoreError('conflict', message) };
    }
    versions.set(key, before + 1);
    const planned: Planned = { event, version: before + 1, isNew: true };
    if (eventId !== undefined) ids.set(eventId, planned);
    return planned;
  }

  #known(event: CheckedEvent, eventId: string, ids: Map<string, Planned>): Planned | undefined {
    const earlier = ids.get(eventId) ?? this.#ids.get(eventId);
    if (earlier) {
      return sameEvent(event, earlier.event)
        ? { event, version: earlier.version, isNew: false, same: earlier }
        : { event, version: 0, isNew: false, error: takenId(eventId) };
    }
    writeUuid(eventId, this.#id, 0);
    const position = this.#index.positionOf(this.#id);
    if (position === undefined) return undefined;
    const entity = this.#index.entityAt(position);
    const type = this.#index.typeAt(this.#index.columns.row(position).type);
    const same =
      entity === undefined ||
      (entity.id === event.entityId && entity.tenant.id === event.tenantId && type.name === event.eventType);
    if (!same) return { event, version: 0, isNew: false, error: takenId(eventId) };
    return { event, version: 0, isNew: false, stored: position };
  }
}

function sameEvent(left: CheckedEvent, right: CheckedEvent): boolean {
  return left.entityId === right.entityId && left.tenantId === right.tenantId && left.eventType === right.eventType;
}

function takenId(eventId: string): StoreError {
  return new StoreError('conflict', `event_id ${eventId} belongs to another event`);
}
