import { parseDuration, type Router } from '@alex/service';
import { StoreError } from '../errors.ts';
import { checkName } from '../event.ts';
import { correlation, frequency, summary } from '../store/analytics.ts';
import type { EventStore } from '../store/event-store.ts';
import { snapshotChanged } from '../store/snapshot-changed.ts';
import type { Snapshot } from '../store/snapshots.ts';
import {
  jsonBody,
  optionalEntity,
  optionalEventType,
  optionalTenant,
  optionalText,
  parseInteger,
  parseTime,
  queryEntity,
  queryEventType,
  tenantOf,
} from './parameters.ts';

type Store = () => EventStore;

/** Snapshots, replay, compaction, projections, analytics and statistics. */
export function addOperationRoutes(router: Router, store: Store): void {
  addSnapshotRoutes(router, store);
  addReplayRoutes(router, store);
  addAnalyticsRoutes(router, store);
  router.post('/api/v1/compaction/trigger', async (context) => context.json(await store().maintenance.compact()));
  router.get('/api/v1/compaction/stats', (context) => context.json(store().maintenance.statistics));
  router.get('/api/v1/projections', (context) => {
    const { names } = store().parts.projections;
    return context.json({ projections: names.map((name) => ({ name })), total: names.length });
  });
  router.get('/api/v1/projections/:name/:entity_id', (context) => {
    const { name, entity_id: key } = context.req.param();
    const state = store().parts.projections.get(name).read(tenantOf(context), key);
    if (state === undefined) throw new StoreError('not_found', `${name} has nothing for ${JSON.stringify(key)}`);
    return context.json({ projection: name, entity_id: key, state });
  });
  router.get('/api/v1/stats', (context) => {
    const { index } = store().parts;
    return context.json({
      total_events: index.events,
      total_entities: index.entities,
      total_event_types: index.eventTypes,
      total_ingested: index.lastSequence,
    });
  });
}

function addSnapshotRoutes(router: Router, store: Store): void {
  let isRunning = false;
  const ofAllChanged = async (tenantId: string): Promise<number> => {
    if (isRunning) throw new StoreError('conflict', 'snapshots of all changed entities are being created already');
    isRunning = true;
    try {
      return await snapshotChanged(store(), tenantId);
    } finally {
      isRunning = false;
    }
  };
  router.post('/api/v1/snapshots', async (context) => {
    const body = await jsonBody(context, { optional: true });
    const tenantId = optionalTenant(body['tenant_id']) ?? tenantOf(context);
    if (body['entity_id'] === undefined || body['entity_id'] === null) {
      if (body['all_changed'] !== true) throw new StoreError('invalid', 'entity_id is missing');
      return context.json({ status: 'created', snapshots: await ofAllChanged(tenantId) });
    }
    const snapshot = await store().snapshot(checkName(body['entity_id'], 'entity_id'), tenantId);
    return context.json({ snapshot_id: snapshot.id, status: 'created', ...snapshotJson(snapshot) });
  });
  router.get('/api/v1/snapshots', (context) => {
    const { snapshots } = store().parts;
    const entityId = queryEntity(context);
    const tenantId = tenantOf(context);
    if (entityId !== undefined) {
      const found = snapshots.of(tenantId, entityId);
      return context.json({ snapshots: found.map(snapshotJson), total: found.length, next_cursor: null });
    }
    const limit = parseInteger(context.req.query('limit'), 'limit', { minimum: 1, maximum: 1000 }) ?? 100;
    const page = snapshots.page(tenantId, { limit, cursor: context.req.query('cursor') });
    const { total, nextCursor = null } = page;
    return context.json({ snapshots: page.snapshots.map(snapshotJson), total, next_cursor: nextCursor });
  });
  router.get('/api/v1/snapshots/:entity_id/latest', (context) => {
    const entityId = checkName(context.req.param('entity_id'), 'entity_id');
    const snapshot = store().parts.snapshots.latest(tenantOf(context), entityId);
    if (!snapshot) throw new StoreError('not_found', `there is no snapshot of ${JSON.stringify(entityId)}`);
    const head = JSON.stringify(snapshotJson(snapshot));
    return context.body(`${head.slice(0, -1)},"state":${snapshot.state}}`, 200, { 'Content-Type': 'application/json' });
  });
}

function snapshotJson({ id, tenant_id, entity_id, kind, sequence, version, as_of, created_at }: Snapshot) {
  return {
    id,
    tenant_id,
    entity_id,
    snapshot_type: kind,
    sequence,
    version,
    as_of: new Date(as_of).toISOString(),
    created_at: new Date(created_at).toISOString(),
  };
}

function addReplayRoutes(router: Router, store: Store): void {
  router.post('/api/v1/replay', async (context) => {
    const body = await jsonBody(context, { optional: true });
    const config = body['config'] ?? {};
    if (typeof config !== 'object') throw new StoreError('invalid', 'config is a JSON object');
    const { batch_size } = config as { readonly batch_size?: unknown };
    if (batch_size !== undefined && typeof batch_size !== 'number') {
      throw new StoreError('invalid', 'config.batch_size is a whole number');
    }
    if (body['reset'] !== undefined && typeof body['reset'] !== 'boolean') {
      throw new StoreError('invalid', 'reset is true or false');
    }
    const progress = store().replays.start({
      projectionName: optionalText(body['projection_name'], 'projection_name'),
      tenantId: optionalTenant(body['tenant_id'] ?? context.req.query('tenant_id')),
      entityId: optionalEntity(body['entity_id']),
      eventType: optionalEventType(body['event_type']),
      from: parseTime(body['from'] ?? body['from_timestamp'], 'from'),
      to: parseTime(body['to'] ?? body['to_timestamp'], 'to'),
      reset: body['reset'] as boolean | undefined,
      batchSize: batch_size,
    });
    return context.json(progress);
  });
  router.get('/api/v1/replay', (context) => context.json({ replays: store().replays.list() }));
  router.get('/api/v1/replay/:id', (context) => context.json(store().replays.get(context.req.param('id'))));
  router.post('/api/v1/replay/:id/cancel', (context) => context.json(store().replays.cancel(context.req.param('id'))));
  router.delete('/api/v1/replay/:id', (context) => {
    store().replays.delete(context.req.param('id'));
    return context.json({ status: 'deleted' });
  });
}

const named: ReadonlyMap<string, number> = new Map([
  ['minute', 60_000],
  ['hour', 3_600_000],
  ['day', 86_400_000],
]);

function addAnalyticsRoutes(router: Router, store: Store): void {
  const rangeOf = (context: Parameters<typeof tenantOf>[0]) => ({
    tenantId: tenantOf(context),
    since: parseTime(context.req.query('since'), 'since'),
    until: parseTime(context.req.query('until'), 'until'),
  });
  router.get('/api/v1/analytics/frequency', (context) => {
    const bucketMs = milliseconds(context.req.query('bucket') ?? 'hour', 'bucket');
    const eventType = queryEventType(context);
    return context.json(frequency(store().parts, { ...rangeOf(context), bucketMs, eventType }));
  });
  router.get('/api/v1/analytics/summary', (context) => context.json(summary(store().parts, rangeOf(context))));
  router.get('/api/v1/analytics/correlation', (context) => {
    const typeA = queryEventType(context, 'event_type_a');
    const typeB = queryEventType(context, 'event_type_b');
    if (!typeA || !typeB) throw new StoreError('invalid', 'event_type_a and event_type_b are needed');
    const seconds = parseInteger(context.req.query('time_window_seconds'), 'time_window_seconds', { minimum: 1 });
    const windowMs = (seconds ?? 300) * 1000;
    return context.json(correlation(store().parts, { ...rangeOf(context), typeA, typeB, windowMs }));
  });
}

function milliseconds(text: string, name: string): number {
  const value = named.get(text) ?? parseDuration(text);
  if (value === undefined || value < 1000)
    throw new StoreError('invalid', `${name} is minute, hour, day or a duration from 1s`);
  return value;
}
