import { Columns, lowerBound, type Place } from './columns.ts';
import { IdTable } from './id-table.ts';

/** An entity of a tenant. */
export interface Entity {
  readonly index: number;
  readonly id: string;
  readonly tenant: Tenant;
  /** Of its events, ascending. */
  positions: number[];
  version: number;
}

/** An event type of a tenant. */
export interface EventType {
  readonly index: number;
  readonly name: string;
  positions: number[];
}

export interface Tenant {
  readonly id: string;
  readonly entities: Map<string, Entity>;
  readonly types: Map<string, EventType>;
  events: number;
}

/** What the index takes of an event. */
export interface IndexedEvent extends Place {
  readonly sequence: number;
  readonly timestamp: number;
  readonly version: number;
  readonly eventType: string;
  readonly tenantId: string;
  readonly entityId: string;
}

/** Finds events by id, entity, type and time; about 100 bytes an event. */
export class EventIndex {
  readonly columns: Columns = new Columns();
  readonly tenants: Map<string, Tenant> = new Map();
  readonly #ids: IdTable = new IdTable(this.columns);
  readonly #entities: (Entity | undefined)[] = [undefined];
  readonly #types: (EventType | undefined)[] = [undefined];
  /** Events that are held. */
  events = 0;
  /** Entities that have an event. */
  entities = 0;
  lastSequence = 0;
  lastTimestamp = 0;

  /** Adds an event whose sequence is above all others and returns its position. */
  add(event: IndexedEvent, id: Uint8Array, idAt: number): number {
    const tenant = this.#tenant(event.tenantId);
    const entity = this.#entity(tenant, event.entityId);
    const type = this.#type(tenant, event.eventType);
    const position = this.columns.push(
      {
        sequence: event.sequence,
        timestamp: event.timestamp,
        version: event.version,
        entity: entity.index,
        type: type.index,
        file: event.file,
        payloadAt: event.payloadAt,
        payloadBytes: event.payloadBytes,
        metadataAt: event.metadataAt,
        metadataBytes: event.metadataBytes,
      },
      id,
      idAt,
    );
    this.#ids.add(position);
    if (entity.positions.length === 0) this.entities++;
    entity.positions.push(position);
    entity.version = event.version;
    type.positions.push(position);
    tenant.events++;
    this.events++;
    this.lastSequence = event.sequence;
    this.lastTimestamp = event.timestamp;
    return position;
  }

  /** The position of an event id, erased ones included. */
  positionOf(id: Uint8Array, at = 0): number | undefined {
    return this.#ids.find(id, at);
  }

  entity(tenantId: string, entityId: string): Entity | undefined {
    const entity = this.tenants.get(tenantId)?.entities.get(entityId);
    return entity !== undefined && entity.positions.length > 0 ? entity : undefined;
  }

  /** How many events the entity ever had. */
  version(tenantId: string, entityId: string): number {
    return this.tenants.get(tenantId)?.entities.get(entityId)?.version ?? 0;
  }

  entityAt(position: number): Entity | undefined {
    return this.#entities[this.columns.entity(position)];
  }

  typeAt(type: number): EventType {
    return this.#types[type]!;
  }

  get eventTypes(): number {
    const names = new Set<string>();
    for (const { types } of this.tenants.values()) {
      for (const { name, positions } of types.values()) if (positions.length > 0) names.add(name);
    }
    return names.size;
  }

  /** Forgets events: nothing finds them any more. */
  erase(positions: readonly number[]): void {
    const touched = new Set<{ positions: number[] }>();
    for (const position of positions) {
      const entity = this.entityAt(position);
      if (entity === undefined) continue;
      touched.add(entity).add(this.typeAt(this.columns.row(position).type));
      entity.tenant.events--;
      this.events--;
      this.columns.erase(position);
    }
    for (const one of touched) {
      one.positions = one.positions.filter((position) => this.columns.entity(position) !== 0);
      if ('version' in one && one.positions.length === 0) this.entities--;
    }
  }

  /** Of ascending positions, the index of the first one at or after a time. */
  fromTime(positions: readonly number[], timestamp: number): number {
    return lowerBound(positions.length, (index) => this.columns.timestamp(positions[index]!) >= timestamp);
  }

  #tenant(id: string): Tenant {
    let tenant = this.tenants.get(id);
    if (tenant === undefined) {
      tenant = { id, entities: new Map(), types: new Map(), events: 0 };
      this.tenants.set(id, tenant);
    }
    return tenant;
  }

  #entity(tenant: Tenant, id: string): Entity {
    let entity = tenant.entities.get(id);
    if (entity === undefined) {
      entity = { index: this.#entities.length, id, tenant, positions: [], version: 0 };
      this.#entities.push(entity);
      tenant.entities.set(id, entity);
    }
    return entity;
  }

  #type(tenant: Tenant, name: string): EventType {
    let type = tenant.types.get(name);
    if (type === undefined) {
      type = { index: this.#types.length, name, positions: [] };
      this.#types.push(type);
      tenant.types.set(name, type);
    }
    return type;
  }
}
