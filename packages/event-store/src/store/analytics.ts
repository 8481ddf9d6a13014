import { StoreError } from '../errors.ts';
import type { StoreParts } from './parts.ts';

/** A stretch of time and a tenant; times are Unix milliseconds and included. */
export interface AnalyticsRange {
  readonly tenantId: string;
  readonly since?: number | undefined;
  readonly until?: number | undefined;
}

export interface Frequency {
  readonly total: number;
  readonly buckets: readonly { readonly start: string; readonly count: number }[];
}

const mostBuckets = 10_000;

/** How many events there were in each stretch of `bucketMs`, empty ones between the first and the last included. */
export function frequency(
  parts: StoreParts,
  { bucketMs, ...range }: AnalyticsRange & { readonly bucketMs: number; readonly eventType?: string | undefined },
): Frequency {
  const counts = new Map<number, number>();
  let total = 0;
  for (const { timestamp, type } of rows(parts, range)) {
    if (range.eventType !== undefined && type !== range.eventType) continue;
    const start = Math.floor(timestamp / bucketMs) * bucketMs;
    counts.set(start, (counts.get(start) ?? 0) + 1);
    total++;
  }
  if (total === 0) return { total, buckets: [] };
  const starts = [...counts.keys()];
  const [first, last] = [starts[0]!, starts.at(-1)!];
  const length = (last - first) / bucketMs + 1;
  if (length > mostBuckets)
    throw new StoreError('invalid', `that is more than ${mostBuckets} buckets: take longer ones`);
  const buckets = Array.from({ length }, (_, index) => {
    const start = first + index * bucketMs;
    return { start: new Date(start).toISOString(), count: counts.get(start) ?? 0 };
  });
  return { total, buckets };
}

export interface Summary {
  readonly total_events: number;
  readonly unique_entities: number;
  readonly events_per_entity: number;
  readonly first_event: string | null;
  readonly last_event: string | null;
  /** Most frequent first, at most 10. */
  readonly top_event_types: readonly { readonly event_type: string; readonly count: number }[];
}

/** Counts over events, entities and types. */
export function summary(parts: StoreParts, range: AnalyticsRange): Summary {
  const types = new Map<string, number>();
  const entities = new Set<number>();
  let total = 0;
  let first: number | undefined;
  let last: number | undefined;
  for (const { timestamp, type, entity } of rows(parts, range)) {
    total++;
    first ??= timestamp;
    last = timestamp;
    entities.add(entity);
    types.set(type, (types.get(type) ?? 0) + 1);
  }
  const top = [...types].sort(([, left], [, right]) => right - left).slice(0, 10);
  return {
    total_events: total,
    unique_entities: entities.size,
    events_per_entity: total === 0 ? 0 : total / entities.size,
    first_event: first === undefined ? null : new Date(first).toISOString(),
    last_event: last === undefined ? null : new Date(last).toISOString(),
    top_event_types: top.map(([event_type, count]) => ({ event_type, count })),
  };
}

export interface Correlation {
  readonly total_a: number;
  readonly total_b: number;
  /** Events of type A that one of type B follows on the same entity within the window. */
  readonly correlated: number;
  readonly correlation_ratio: number;
  readonly average_seconds_between: number;
}

/** How often an event of type B follows one of type A on the same entity within a window. */
export function correlation(
  parts: StoreParts,
  { typeA, typeB, windowMs, ...range }: AnalyticsRange & CorrelationOptions,
): Correlation {
  const waiting = new Map<number, number[]>();
  let [totalA, totalB, correlated, betweenMs] = [0, 0, 0, 0];
  for (const { timestamp, type, entity } of rows(parts, range)) {
    if (type === typeB) {
      totalB++;
      const near = (waiting.get(entity) ?? []).filter((since) => timestamp - since <= windowMs);
      correlated += near.length;
      for (const since of near) betweenMs += timestamp - since;
      waiting.delete(entity);
    }
    if (type === typeA) {
      totalA++;
      const open = waiting.get(entity);
      if (open) open.push(timestamp);
      else waiting.set(entity, [timestamp]);
    }
  }
  return {
    total_a: totalA,
    total_b: totalB,
    correlated,
    correlation_ratio: totalA === 0 ? 0 : correlated / totalA,
    average_seconds_between: correlated === 0 ? 0 : betweenMs / correlated / 1000,
  };
}

export interface CorrelationOptions {
  readonly typeA: string;
  readonly typeB: string;
  readonly windowMs: number;
}

interface AnalysedRow {
  readonly timestamp: number;
  readonly type: string;
  readonly entity: number;
}

function* rows({ index }: StoreParts, { tenantId, since, until }: AnalyticsRange): Generator<AnalysedRow> {
  const { columns } = index;
  for (let position = 0; position < columns.length; position++) {
    const entity = index.entityAt(position);
    if (entity?.tenant.id !== tenantId) continue;
    const { timestamp, type } = columns.row(position);
    if (since !== undefined && timestamp < since) continue;
    if (until !== undefined && timestamp > until) return;
    yield { timestamp, type: index.typeAt(type).name, entity: entity.index };
  }
}
