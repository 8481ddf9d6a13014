import { Columns, type IdPlace, type NewRow, none } from './columns.ts';
import { IdTable } from './id-table.ts';

/** An entity of a tenant. */
export interface Entity {
  /** 0: not in the index yet. */
  index: number;
  readonly id: string;
  tenant: Tenant;
  /** How many events of it are held. */
  events: number;
  /** Position of the last one. */
  last: number;
  /** Of its events, ascending, up to the last time that they were asked for. */
  positions: number[] | undefined;
  /** Of the last event that is held; 0: none is. */
  version: number;
  /** The plan that looked at it last, and the version to which that one has brought it. */
  plan: number;
  planned: number;
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

  /** Adds an event whose sequence is above all others. */
  add(entity: Entity, eventType: string, event: NewRow, id: IdPlace): void {
    if (entity.index === 0) this.#adopt(entity);
    const { tenant, last } = entity;
    const type = this.#type(tenant, eventType);
    const position = this.columns.push(event, { entity: entity.index, type: type.index, before: last, id });
    this.#ids.add(position);
    if (entity.events++ === 0) this.entities++;
    entity.last = position;
    entity.version = event.version;
    type.positions.push(position);
    tenant.events++;
    this.events++;
    this.lastSequence = event.sequence;
    this.lastTimestamp = event.timestamp;
  }

  /** The entity of these names, made if there is none. */
  entityOf(tenantId: string, entityId: string): Entity {
    const known = this.find(tenantId, entityId);
    if (known) return known;
    const entity = newEntity(this.#tenant(tenantId), entityId);
    this.#adopt(entity);
    return entity;
  }

  #adopt(entity: Entity): void {
    entity.tenant = this.#tenant(entity.tenant.id);
    entity.index = this.#entities.length;
    this.#entities.push(entity);
    entity.tenant.entities.set(entity.id, entity);
  }

  /** An entity that had an event once. */
  find(tenantId: string, entityId: string): Entity | undefined {
    return this.tenants.get(tenantId)?.entities.get(entityId);
  }

  /** The position of the event of an id, if it is held. */
  positionOf(id: Uint8Array, at = 0): number | undefined {
    return this.#ids.find(id, at);
  }

  entity(tenantId: string, entityId: string): Entity | undefined {
    const entity = this.find(tenantId, entityId);
    return entity !== undefined && entity.events > 0 ? entity : undefined;
  }

  /** The positions of an entity's events, ascending. */
  positionsOf(entity: Entity): readonly number[] {
    const known = (entity.positions ??= []);
    const newest = known.at(-1) ?? none;
    const added: number[] = [];
    for (let position = entity.last; position !== newest && position !== none; ) {
      if (this.columns.entity(position) !== 0) added.push(position);
      position = this.columns.before(position);
    }
    for (let index = added.length - 1; index >= 0; index--) known.push(added[index]!);
    return known;
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
    const touched = new Set<Entity | EventType>();
    for (const position of positions) {
      const entity = this.entityAt(position);
      if (entity === undefined) continue;
      touched.add(entity).add(this.typeAt(this.columns.row(position).type));
      entity.tenant.events--;
      this.events--;
      if (--entity.events === 0) {
        this.entities--;
        entity.version = 0;
      }
      this.columns.erase(position);
    }
    for (const one of touched) {
      one.positions = one.positions?.filter((position) => this.columns.entity(position) !== 0);
    }
  }

  /** Forgets events and, where none is left, their entities: should one come back, it begins anew. */
  drop(positions: readonly number[]): void {
    const entities = new Set(positions.map((position) => this.entityAt(position)));
    this.erase(positions);
    for (const entity of entities) {
      if (entity === undefined || entity.events > 0) continue;
      entity.tenant.entities.delete(entity.id);
      this.#entities[entity.index] = undefined;
      // Its next event adopts it again.
      entity.index = 0;
      entity.last = none;
      entity.positions = undefined;
      entity.version = 0;
    }
  }

  #tenant(id: string): Tenant {
    let tenant = this.tenants.get(id);
    if (tenant === undefined) {
      tenant = newTenant(id);
      this.tenants.set(id, tenant);
    }
    return tenant;
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

function newTenant(id: string): Tenant {
  return { id, entities: new Map(), types: new Map(), events: 0 };
}

function newEntity(tenant: Tenant, id: string): Entity {
  return { index: 0, id, tenant, events: 0, last: none, positions: undefined, version: 0, plan: 0, planned: 0 };
}

/** Entities that are not in the index, until an event of theirs is added. */
export class NewEntities {
  readonly #tenants = new Map<string, Tenant>();

  /** The entity of these names, made if there is none. */
  get(tenantId: string, entityId: string): Entity {
    let tenant = this.#tenants.get(tenantId);
    if (tenant === undefined) this.#tenants.set(tenantId, (tenant = newTenant(tenantId)));
    let entity = tenant.entities.get(entityId);
    if (entity === undefined) {
      entity = newEntity(tenant, entityId);
      tenant.entities.set(entityId, entity);
    }
    return entity;
  }
}
