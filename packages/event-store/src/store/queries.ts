import { StoreError } from '../errors.ts';
import { type Bare, bareObject, mergeInto, parseExact } from '../json/exact.ts';
import type { StoredEvent } from '../stored-event.ts';
import { eventJson } from '../stored-event.ts';
import { lowerBound } from './columns.ts';
import type { Entity } from './event-index.ts';
import { clockMs, type QueryType } from './metrics.ts';
import { eventAt, type StoreParts } from './parts.ts';

/** Which events; times are Unix milliseconds and included. */
export interface EventQuery {
  readonly tenantId?: string | undefined;
  readonly entityId?: string | undefined;
  readonly eventType?: string | undefined;
  /** The store as it was then. */
  readonly asOf?: number | undefined;
  readonly since?: number | undefined;
  readonly until?: number | undefined;
  /** Default 1000, at most 10 000. */
  readonly limit?: number | undefined;
  /** Events after this sequence: where the answer before ended. */
  readonly after?: number | undefined;
}

/** Positions that a query found, in order, and where to go on when there is more. */
export interface Found {
  readonly positions: readonly number[];
  readonly nextCursor: number | undefined;
}

/** Events as JSON texts. */
export interface QueryResult {
  readonly events: readonly string[];
  readonly nextCursor: number | undefined;
}

const defaultLimit = 1000;
export const mostLimit = 10_000;
const mostReadBytes: number = 64 * 1024 * 1024;

/** Answers a query of a client, and counts it. */
export function queryEvents(parts: StoreParts, query: EventQuery): QueryResult {
  const cells = parts.metrics.queries[queryType(query)];
  cells.started.add(1);
  const startedAt = clockMs();
  try {
    const found = findEvents(parts, query);
    const positions = fitting(parts, found.positions);
    const isCut = positions.length < found.positions.length;
    const texts = parts.payloads.read(positions);
    const events = positions.map((position, index) => eventJson(eventAt(parts, position, texts[index]!)));
    cells.results.add(events.length);
    return { events, nextCursor: isCut ? parts.index.columns.sequence(positions.at(-1)!) : found.nextCursor };
  } finally {
    cells.duration.observe((clockMs() - startedAt) / 1000);
  }
}

/** The first of the positions, as far as their JSON has about 64 MiB, but one if there is one. */
export function fitting({ index: { columns } }: StoreParts, positions: readonly number[]): readonly number[] {
  let bytes = 0;
  const end = positions.findIndex((position, order) => {
    bytes += columns.jsonBytes(position);
    return order > 0 && bytes > mostReadBytes;
  });
  return end === -1 ? positions : positions.slice(0, end);
}

function queryType({ entityId, eventType }: EventQuery): QueryType {
  if (entityId !== undefined) return 'entity';
  return eventType === undefined ? 'full_scan' : 'type';
}

/** Finds the positions of a query without reading payloads; not counted. */
export function findEvents({ index }: StoreParts, query: EventQuery): Found {
  const { columns } = index;
  const limit = Math.min(query.limit ?? defaultLimit, mostLimit);
  const tenant = index.tenants.get(query.tenantId ?? 'default');
  const entity = query.entityId === undefined ? undefined : tenant?.entities.get(query.entityId);
  const type = query.eventType === undefined ? undefined : tenant?.types.get(query.eventType);
  if (!tenant || (query.entityId !== undefined && !entity) || (query.eventType !== undefined && !type)) {
    return { positions: [], nextCursor: undefined };
  }
  const source = entity === undefined ? type?.positions : index.positionsOf(entity);
  const length = source?.length ?? columns.length;
  const at = (order: number): number => (source === undefined ? order : source[order]!);
  const upper = Math.min(query.asOf ?? Number.POSITIVE_INFINITY, query.until ?? Number.POSITIVE_INFINITY);
  const { since = Number.NEGATIVE_INFINITY, after = 0 } = query;
  let order = lowerBound(length, (one) => columns.timestamp(at(one)) >= since && columns.sequence(at(one)) > after);
  const positions: number[] = [];
  for (; order < length; order++) {
    const position = at(order);
    if (columns.timestamp(position) > upper) break;
    if (source === undefined && index.entityAt(position)?.tenant !== tenant) continue;
    if (entity && type && columns.row(position).type !== type.index) continue;
    if (positions.length === limit) return { positions, nextCursor: columns.sequence(positions.at(-1)!) };
    positions.push(position);
  }
  return { positions, nextCursor: undefined };
}

/** What an entity is at a time: its payloads merged one level deep, and how many there were. */
export interface EntityState {
  readonly entityId: string;
  readonly tenantId: string;
  readonly eventCount: number;
  readonly version: number;
  /** Unix milliseconds of the last event. */
  readonly lastUpdated: number;
  readonly lastSequence: number;
  /** Numbers are as they came: give it to `JSON.stringify`. */
  readonly state: Bare;
}

export interface StateQuery {
  readonly tenantId: string;
  readonly entityId: string;
  readonly asOf?: number | undefined;
}

/** The state of an entity, from its newest snapshot that is old enough on. Throws StoreError `not_found`. */
export function entityState(parts: StoreParts, { tenantId, entityId, asOf }: StateQuery): EntityState {
  const { index, snapshots } = parts;
  const positions = entityPositions(parts, { tenantId, entityId, asOf });
  const snapshot = snapshots.base(tenantId, entityId, asOf);
  const state = bareObject();
  if (snapshot) mergeInto(state, parseExact(snapshot.state));
  const from = snapshot ? lowerBound(positions.length, isAfter(parts, positions, snapshot.sequence)) : 0;
  for (let at = from; at < positions.length; ) {
    const texts = parts.payloads.read(fitting(parts, positions.slice(at, at + defaultLimit)));
    for (const { payload } of texts) mergeInto(state, parseExact(payload));
    at += texts.length;
  }
  const last = index.columns.row(positions.at(-1)!);
  return {
    entityId,
    tenantId,
    eventCount: positions.length,
    version: last.version,
    lastUpdated: last.timestamp,
    lastSequence: last.sequence,
    state,
  };
}

/** Events of an entity, in order. */
export interface EntityEvents {
  readonly events: readonly StoredEvent[];
  /** There are older ones. */
  readonly isCut: boolean;
}

/** The newest 10 000 events of an entity up to a time, of about 64 MiB at most. Throws StoreError `not_found`. */
export function entityHistory(parts: StoreParts, query: StateQuery): EntityEvents {
  const all = entityPositions(parts, query);
  const positions = fitting(parts, all.slice(-mostLimit).reverse()).toReversed();
  const texts = parts.payloads.read(positions);
  const events = positions.map((position, index) => eventAt(parts, position, texts[index]!));
  return { events, isCut: events.length < all.length };
}

function entityPositions({ index }: StoreParts, { tenantId, entityId, asOf }: StateQuery): readonly number[] {
  const entity = index.entity(tenantId, entityId);
  const positions = entity === undefined ? [] : upTo(index, entity, asOf);
  if (positions.length > 0) return positions;
  const when = entity === undefined || asOf === undefined ? '' : ` as of ${new Date(asOf).toISOString()}`;
  throw new StoreError('not_found', `there is no entity ${JSON.stringify(entityId)}${when}`);
}

function upTo(index: StoreParts['index'], entity: Entity, asOf: number | undefined): readonly number[] {
  const positions = index.positionsOf(entity);
  if (asOf === undefined) return positions;
  return positions.slice(
    0,
    lowerBound(positions.length, (one) => index.columns.timestamp(positions[one]!) > asOf),
  );
}

function isAfter({ index }: StoreParts, positions: readonly number[], sequence: number): (order: number) => boolean {
  return (order) => index.columns.sequence(positions[order]!) > sequence;
}
