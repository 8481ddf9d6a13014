import type { Router } from '@alex/service';
import type { Context } from 'hono';
import { StoreError } from '../errors.ts';
import { type Appended, checkName } from '../event.ts';
import type { EventStore } from '../store/event-store.ts';
import { clockMs } from '../store/metrics.ts';
import { entityHistory, entityState, mostLimit } from '../store/queries.ts';
import { timeText } from '../stored-event.ts';
import {
  bodyText,
  checkContentType,
  parseInteger,
  parseTime,
  queryEntity,
  queryEventType,
  queryFlag,
  tenantOf,
} from './parameters.ts';

/** What routes need of the core. */
export interface RouteOptions {
  readonly store: () => EventStore;
  /** Bytes of a body that ingests events. */
  readonly bodyBytes: number;
}

const ingestPath = '/api/v1/events';
const batchPath = '/api/v1/events/batch';

/** Where events come in. */
export const ingestPaths: ReadonlySet<string> = new Set([ingestPath, batchPath]);

/** Ingest, query, and state of entities. */
export function addEventRoutes(router: Router, { store, bodyBytes }: RouteOptions): void {
  /** Whatever is refused before it is an event counts as a failed attempt, too. */
  const counted = async <Result>(startedAt: number, read: () => Promise<Result>): Promise<Result> => {
    try {
      return await read();
    } catch (error) {
      store().countRefused(startedAt);
      throw error;
    }
  };
  const bodyOf = async (context: Context): Promise<string> => {
    checkContentType(context);
    if (context.req.query('tenant_id') === undefined) return await bodyText(context, bodyBytes);
    throw new StoreError('invalid', 'tenant_id is a field of the event, not a parameter');
  };

  router.post(ingestPath, async (context) => {
    const startedAt = clockMs();
    const text = await counted(startedAt, () => bodyOf(context));
    return context.json(answerOf(await store().appendJson(text, startedAt)));
  });

  router.post(batchPath, async (context) => {
    const startedAt = clockMs();
    const { text, partial } = await counted(startedAt, async () => ({
      partial: queryFlag(context, 'partial') ?? false,
      text: await bodyOf(context),
    }));
    const results = await store().appendBatchJson(text, { partial, startedAt });
    const events = results.flatMap((result) => (result instanceof StoreError ? [] : [answerOf(result)]));
    const failed = results.flatMap((result, index) =>
      result instanceof StoreError ? [{ index, error: result.message }] : [],
    );
    return context.json(partial ? { ingested: events.length, failed, events } : { ingested: events.length, events });
  });

  router.get('/api/v1/events/query', (context) => {
    const { events, nextCursor } = store().query({
      tenantId: tenantOf(context),
      entityId: queryEntity(context),
      eventType: queryEventType(context),
      asOf: parseTime(context.req.query('as_of'), 'as_of'),
      since: parseTime(context.req.query('since'), 'since'),
      until: parseTime(context.req.query('until'), 'until'),
      limit: parseInteger(context.req.query('limit'), 'limit', { minimum: 1, maximum: mostLimit }),
      after: parseInteger(context.req.query('cursor'), 'cursor', { minimum: 0 }),
    });
    const cursor = nextCursor === undefined ? 'null' : `"${nextCursor}"`;
    const body = `{"events":[${events.join(',')}],"count":${events.length},"next_cursor":${cursor}}`;
    return context.body(body, 200, { 'Content-Type': 'application/json' });
  });

  addEntityRoutes(router, store);
}

function addEntityRoutes(router: Router, store: () => EventStore): void {
  router.get('/api/v1/entities/:id/state', (context) => {
    const { parts } = store();
    const asOf = parseTime(context.req.query('as_of'), 'as_of');
    const query = { tenantId: tenantOf(context), entityId: checkName(context.req.param('id'), 'entity_id'), asOf };
    const withHistory = queryFlag(context, 'history') ?? true;
    const found = entityState(parts, query);
    const history = withHistory ? entityHistory(parts, query) : undefined;
    const events = (history?.events ?? []).map(
      ({ id, eventType, timestamp, version, payloadText }) =>
        `{"event_id":"${id}","event_type":"${eventType}","timestamp":"${timeText(timestamp)}","version":${version},"payload":${payloadText}}`,
    );
    const { entityId, tenantId, eventCount, version } = found;
    const head = JSON.stringify({
      entity_id: entityId,
      tenant_id: tenantId,
      event_count: eventCount,
      version,
      last_updated: new Date(found.lastUpdated).toISOString(),
      as_of: asOf === undefined ? null : new Date(asOf).toISOString(),
      current_state: found.state,
      history_cut: history?.isCut ?? false,
    });
    return context.body(`${head.slice(0, -1)},"history":[${events.join(',')}]}`, 200, {
      'Content-Type': 'application/json',
    });
  });

  router.get('/api/v1/entities/:id/snapshot', (context) => {
    const entityId = checkName(context.req.param('id'), 'entity_id');
    const state = store().parts.projections.get('entity_snapshots').read(tenantOf(context), entityId);
    if (state === undefined) throw new StoreError('not_found', `there is no entity ${JSON.stringify(entityId)}`);
    return context.json({ entity_id: entityId, tenant_id: tenantOf(context), snapshot: state });
  });

  router.delete('/api/v1/entities/:id', async (context) => {
    const entityId = checkName(context.req.param('id'), 'entity_id');
    const events = await store().eraseEntity(entityId, tenantOf(context));
    return context.json({ entity_id: entityId, erased_events: events });
  });
}

function answerOf({ eventId, timestamp, version, sequence }: Appended) {
  return { event_id: eventId, timestamp: timeText(timestamp), version, sequence };
}
