import { StoreError } from '../errors.ts';
import type { StoreMetrics } from './metrics.ts';

/** The state of an entity at one of its events. */
export interface Snapshot {
  readonly id: string;
  readonly tenant_id: string;
  readonly entity_id: string;
  readonly kind: 'manual' | 'automatic';
  /** Of the last event in it. */
  readonly sequence: number;
  readonly version: number;
  /** Unix milliseconds of the last event in it. */
  readonly as_of: number;
  /** Unix milliseconds. */
  readonly created_at: number;
  /** JSON text of the state. */
  readonly state: string;
}

/** Some of the snapshots of a tenant, entity by entity. */
export interface SnapshotPage {
  readonly snapshots: readonly Snapshot[];
  /** How many the tenant has. */
  readonly total: number;
  /** Where to go on when there is more. */
  readonly nextCursor: string | undefined;
}

/** When snapshots come by themselves, and how many stay. */
export interface SnapshotPolicy {
  readonly everyEvents: number;
  readonly everyMs: number;
  readonly mostPerEntity: number;
}

export const defaultSnapshotPolicy: SnapshotPolicy = { everyEvents: 100, everyMs: 3_600_000, mostPerEntity: 10 };

/** What says when the next snapshot is due. */
type Place = Pick<Snapshot, 'sequence' | 'version' | 'as_of'>;

/** A snapshot that came by itself and is not durable yet. */
interface Tried {
  readonly place: Place;
  /** `undefined`: it could not be written. */
  snapshot: Snapshot | undefined;
}

/** The snapshots of all entities, oldest first, the newest ones of each entity only. */
export class Snapshots {
  readonly #metrics: StoreMetrics;
  readonly #policy: SnapshotPolicy;
  readonly #tenants = new Map<string, Map<string, Snapshot[]>>();
  readonly #tried = new Map<string, Tried>();
  #total = 0;

  constructor(metrics: StoreMetrics, policy: SnapshotPolicy) {
    this.#metrics = metrics;
    this.#policy = policy;
  }

  /** Keeps a snapshot, unless it is there already, and lets go of the oldest one beyond the limit. */
  add(snapshot: Snapshot): void {
    const key = keyOf(snapshot.tenant_id, snapshot.entity_id);
    if (this.#tried.get(key)?.snapshot === snapshot) this.#tried.delete(key);
    let entities = this.#tenants.get(snapshot.tenant_id);
    if (entities === undefined) this.#tenants.set(snapshot.tenant_id, (entities = new Map()));
    let kept = entities.get(snapshot.entity_id);
    if (kept === undefined) entities.set(snapshot.entity_id, (kept = []));
    if (kept.some(({ id }) => id === snapshot.id)) return;
    kept.push(snapshot);
    kept.sort((left, right) => left.sequence - right.sequence);
    this.#total += 1 - Math.max(0, kept.length - this.#policy.mostPerEntity);
    kept.splice(0, kept.length - this.#policy.mostPerEntity);
    this.#metrics.snapshots.set(this.#total);
  }

  /** Counts on a snapshot that is being written: none is due for its events any more, even if it has to be given up. */
  expect(snapshot: Snapshot): void {
    const { sequence, version, as_of } = snapshot;
    this.#tried.set(keyOf(snapshot.tenant_id, snapshot.entity_id), { place: { sequence, version, as_of }, snapshot });
  }

  giveUp(snapshot: Snapshot): void {
    const tried = this.#tried.get(keyOf(snapshot.tenant_id, snapshot.entity_id));
    if (tried?.snapshot === snapshot) tried.snapshot = undefined;
  }

  of(tenantId: string, entityId: string): readonly Snapshot[] {
    return this.#tenants.get(tenantId)?.get(entityId) ?? [];
  }

  /** The newest snapshot whose last event is not after a time. */
  latest(tenantId: string, entityId: string, asOf: number = Number.POSITIVE_INFINITY): Snapshot | undefined {
    return this.of(tenantId, entityId).findLast(({ as_of }) => as_of <= asOf);
  }

  /** The snapshot to start from for the state at a time; it may not be durable yet. */
  base(tenantId: string, entityId: string, asOf: number = Number.POSITIVE_INFINITY): Snapshot | undefined {
    const snapshot = this.#triedOf(tenantId, entityId)?.snapshot;
    return snapshot && snapshot.as_of <= asOf ? snapshot : this.latest(tenantId, entityId, asOf);
  }

  /** Whether an event of this version and time calls for a snapshot. */
  isDue(tenantId: string, entityId: string, at: { readonly version: number; readonly timestamp: number }): boolean {
    const { everyEvents, everyMs } = this.#policy;
    // Nearly every event is answered here.
    const kept = this.#total === 0 ? undefined : this.latest(tenantId, entityId);
    const latest = newer(kept, this.#triedOf(tenantId, entityId)?.place);
    if (latest === undefined) return at.version >= everyEvents;
    return at.version - latest.version >= everyEvents || at.timestamp - latest.as_of >= everyMs;
  }

  /** Forgets the snapshots of an entity whose last event is not after a sequence. */
  erase(tenantId: string, entityId: string, upTo: number): void {
    const tried = this.#triedOf(tenantId, entityId);
    if (tried && tried.place.sequence <= upTo) this.#tried.delete(keyOf(tenantId, entityId));
    const all = this.of(tenantId, entityId);
    const left = all.filter(({ sequence }) => sequence > upTo);
    this.#total -= all.length - left.length;
    if (left.length > 0) this.#tenants.get(tenantId)?.set(entityId, left);
    else this.#tenants.get(tenantId)?.delete(entityId);
    this.#metrics.snapshots.set(this.#total);
  }

  #triedOf(tenantId: string, entityId: string): Tried | undefined {
    return this.#tried.size === 0 ? undefined : this.#tried.get(keyOf(tenantId, entityId));
  }

  all(): Snapshot[] {
    return [...this.#tenants.values()].flatMap((entities) => [...entities.values()].flat());
  }

  /** The snapshots of so many entities of a tenant, after the one of a cursor. Throws StoreError `invalid`. */
  page(
    tenantId: string,
    { limit, cursor }: { readonly limit: number; readonly cursor: string | undefined },
  ): SnapshotPage {
    const entities = this.#tenants.get(tenantId) ?? new Map<string, Snapshot[]>();
    if (cursor !== undefined && !entities.has(cursor)) {
      throw new StoreError('invalid', 'the entity of the cursor has no snapshots any more: begin without a cursor');
    }
    const page: (readonly Snapshot[])[] = [];
    let [total, isNext, hasMore] = [0, cursor === undefined, false];
    for (const [entityId, snapshots] of entities) {
      total += snapshots.length;
      if (isNext && page.length < limit) page.push(snapshots);
      else if (isNext) hasMore = true;
      if (entityId === cursor) isNext = true;
    }
    return { snapshots: page.flat(), total, nextCursor: hasMore ? page.at(-1)![0]!.entity_id : undefined };
  }
}

function keyOf(tenantId: string, entityId: string): string {
  return `${tenantId}\u0000${entityId}`;
}

function newer(left: Place | undefined, right: Place | undefined): Place | undefined {
  if (left === undefined || right === undefined) return left ?? right;
  return left.sequence > right.sequence ? left : right;
}
