import { StoreError } from '../errors.ts';
import type { Appended, CheckedEvent } from '../event.ts';
import type { WrittenEvent } from '../log/codec.ts';
import { writeUuid } from '../uuid.ts';
import type { NewRow } from './columns.ts';
import { type Entity, type EventIndex, NewEntities } from './event-index.ts';

/** What will become of an event of a group. */
export class PlannedEvent implements WrittenEvent, NewRow {
  readonly event: CheckedEvent;
  readonly version: number;
  /** Given to an event that is stored. */
  id = '';
  sequence = 0;
  timestamp = 0;
  /** Number of the file that it was written to. */
  file = 0;
  /** Refused. */
  error: StoreError | undefined = undefined;
  /** Its id was stored before, at this position. */
  stored: number | undefined = undefined;
  /** Its id is that of an event earlier in the group. */
  same: PlannedEvent | undefined = undefined;
  /** Of an event that is to be stored. */
  entity: Entity | undefined = undefined;
  appended: Appended | undefined = undefined;
  idAt = 0;
  payloadAt = 0;
  payloadBytes = 0;
  metadataAt = 0;
  metadataBytes = 0;

  constructor(event: CheckedEvent, version: number) {
    this.event = event;
    this.version = version;
  }

  /** Whether it is to be stored. */
  get isNew(): boolean {
    return this.entity !== undefined;
  }
}

let plans = 0;

/** Gives versions to the events of a group, in order, and finds ids that were seen before. */
export class Plan {
  readonly #index: EventIndex;
  readonly #new = new NewEntities();
  readonly #number = ++plans;
  readonly #ids = new Map<string, PlannedEvent>();
  readonly #id: Uint8Array = new Uint8Array(16);

  constructor(index: EventIndex) {
    this.#index = index;
  }

  /** A plan for each event, or, unless `partial`, the first refusal, which leaves no trace. */
  add(events: readonly CheckedEvent[], partial: boolean): PlannedEvent[] | StoreError {
    const planned: PlannedEvent[] = [];
    for (const event of events) {
      const one = this.#plan(event);
      if (one.error && !partial) {
        this.#takeBack(planned);
        return new StoreError(one.error.code, one.error.message, { cause: one.error, index: planned.length });
      }
      planned.push(one);
    }
    return planned;
  }

  #takeBack(planned: readonly PlannedEvent[]): void {
    for (const { entity, event } of planned) {
      if (entity === undefined) continue;
      entity.planned--;
      if (event.eventId !== undefined) this.#ids.delete(event.eventId);
    }
  }

  #plan(event: CheckedEvent): PlannedEvent {
    const { eventId, expectedVersion } = event;
    const known = eventId === undefined ? undefined : this.#known(event, eventId);
    if (known) return known;
    const entity = this.#entity(event);
    if (expectedVersion !== undefined && expectedVersion !== entity.planned) {
      return refused(event, `${JSON.stringify(event.entityId)} has version ${entity.planned}, not ${expectedVersion}`);
    }
    const planned = new PlannedEvent(event, ++entity.planned);
    planned.entity = entity;
    if (eventId !== undefined) this.#ids.set(eventId, planned);
    return planned;
  }

  #entity({ tenantId, entityId }: CheckedEvent): Entity {
    const entity = this.#index.find(tenantId, entityId) ?? this.#new.get(tenantId, entityId);
    if (entity.plan !== this.#number) {
      entity.plan = this.#number;
      entity.planned = entity.version;
    }
    return entity;
  }

  #known(event: CheckedEvent, eventId: string): PlannedEvent | undefined {
    const earlier = this.#ids.get(eventId);
    if (earlier) {
      if (!sameEvent(event, earlier.event)) return refused(event, takenId(eventId));
      const planned = new PlannedEvent(event, earlier.version);
      planned.same = earlier;
      return planned;
    }
    writeUuid(eventId, this.#id, 0);
    const position = this.#index.positionOf(this.#id);
    if (position === undefined) return undefined;
    const entity = this.#index.entityAt(position)!;
    const type = this.#index.typeAt(this.#index.columns.row(position).type);
    const same = entity.id === event.entityId && entity.tenant.id === event.tenantId && type.name === event.eventType;
    if (!same) return refused(event, takenId(eventId));
    const planned = new PlannedEvent(event, 0);
    planned.stored = position;
    return planned;
  }
}

function refused(event: CheckedEvent, message: string): PlannedEvent {
  const planned = new PlannedEvent(event, 0);
  planned.error = new StoreError('conflict', message);
  return planned;
}

function sameEvent(left: CheckedEvent, right: CheckedEvent): boolean {
  return left.entityId === right.entityId && left.tenantId === right.tenantId && left.eventType === right.eventType;
}

function takenId(eventId: string): string {
  return `event_id ${eventId} belongs to another event`;
}
