import { describe, expect, it } from 'vitest';
import type { StoreFile } from '../log/files.ts';
import { MemoryFiles } from '../log/memory-files.ts';
import { movement } from '../testing/movement.ts';
import { startCore as start } from '../testing/running-core.ts';
import { parseTime } from './parameters.ts';

const event = { event_type: 'order.placed', entity_id: 'o-1', payload: { a: 1 } };

describe('the routes of the core', () => {
  it('ingest, query, and tell states and statistics', async () => {
    const { call } = await start();
    const first = await call('POST', '/api/v1/events', event);
    expect(first).toMatchObject({
      status: 200,
      body: { event_id: expect.any(String), timestamp: expect.stringMatching(/Z$/), version: 1 },
    });
    expect(
      await call('POST', '/api/v1/events/batch', { events: [event, { ...event, payload: { b: 2 } }] }),
    ).toMatchObject({ body: { ingested: 2 } });
    const partial = await call('POST', '/api/v1/events/batch?partial=true', { events: [event, { entity_id: 'x' }] });
    expect(partial).toMatchObject({
      status: 200,
      body: { ingested: 1, failed: [{ index: 1, error: 'payload is missing' }] },
    });
    const found = await call('GET', '/api/v1/events/query?entity_id=o-1&limit=3');
    expect(found).toMatchObject({ status: 200, body: { count: 3, next_cursor: '3' } });
    expect(found.body.events[0]).toMatchObject({
      ...event,
      id: first.body.event_id,
      tenant_id: 'default',
      metadata: null,
      version: 1,
    });
    expect((await call('GET', `/api/v1/events/query?cursor=${found.body.next_cursor}`)).body.count).toBe(1);
    const state = await call('GET', '/api/v1/entities/o-1/state');
    expect(state.body).toMatchObject({ event_count: 4, current_state: { a: 1, b: 2 }, history: { length: 4 } });
    expect((await call('GET', '/api/v1/entities/o-1/snapshot')).body.snapshot).toEqual({ a: 1, b: 2 });
    expect((await call('GET', '/api/v1/stats')).body).toEqual({
      total_events: 4,
      total_entities: 1,
      total_event_types: 1,
      total_ingested: 4,
    });
    expect((await call('GET', '/api/v1/projections')).body.total).toBe(2);
    expect((await call('GET', '/api/v1/projections/event_counters/order.placed')).body.state).toEqual({ count: 4 });
    expect((await call('GET', '/api/v1/analytics/frequency?bucket=minute')).body.total).toBe(4);
    expect((await call('GET', '/api/v1/analytics/summary')).body.total_events).toBe(4);
    expect((await call('GET', '/api/v1/analytics/correlation?event_type_a=a&event_type_b=b')).body.total_a).toBe(0);
    expect((await call('DELETE', '/api/v1/entities/o-1')).body).toEqual({ entity_id: 'o-1', erased_events: 4 });
  });

  it('tell the newest 10 000 events of a history, and the cursor of a query all of them', async () => {
    const { call, store } = await start();
    const batch = Array.from({ length: 10_000 }, (_, n) => ({ ...event, payload: { [`key${n % 10}`]: n } }));
    await store.appendBatch(batch);
    const whole = await call('GET', '/api/v1/entities/o-1/state');
    expect(whole.body).toMatchObject({ event_count: 10_000, history_cut: false, history: { length: 10_000 } });
    await store.append({ ...event, payload: { last: true } });
    const { body } = await call('GET', '/api/v1/entities/o-1/state');
    expect(body).toMatchObject({ event_count: 10_001, history_cut: true, current_state: { key0: 9990, last: true } });
    expect([body.history.length, body.history[0].version, body.history.at(-1).version]).toEqual([10_000, 2, 10_001]);
    const { body: page } = await call('GET', '/api/v1/events/query?entity_id=o-1&limit=10000');
    expect([page.count, page.next_cursor]).toEqual([10_000, '10000']);
    expect((await call('GET', `/api/v1/events/query?entity_id=o-1&cursor=${page.next_cursor}`)).body.count).toBe(1);
  });

  it('manage snapshots, replays, schemas and pipelines', async () => {
    const { call } = await start();
    await call('POST', '/api/v1/events', event);
    const snapshot = await call('POST', '/api/v1/snapshots', { entity_id: 'o-1' });
    expect(snapshot).toMatchObject({ status: 200, body: { snapshot_id: expect.any(String), snapshot_type: 'manual' } });
    expect((await call('GET', '/api/v1/snapshots/o-1/latest')).body).toMatchObject({
      id: snapshot.body.snapshot_id,
      state: { a: 1 },
    });
    expect((await call('GET', '/api/v1/snapshots')).body.total).toBe(1);
    const { replay_id: replay } = (await call('POST', '/api/v1/replay')).body;
    await expect.poll(async () => (await call('GET', `/api/v1/replay/${replay}`)).body.status).toBe('completed');
    expect((await call('DELETE', `/api/v1/replay/${replay}`)).status).toBe(200);
    expect((await call('GET', `/api/v1/replay/${replay}`)).status).toBe(404);
    expect((await call('POST', '/api/v1/schemas', { subject: 's', schema: { required: ['a'] } })).body.version).toBe(1);
    expect((await call('PUT', '/api/v1/schemas/s/bind', { event_type: 'order.placed' })).body.event_types).toEqual([
      'order.placed',
    ]);
    expect((await call('PUT', '/api/v1/schemas/s/compatibility', { compatibility: 'NONE' })).body.compatibility).toBe(
      'NONE',
    );
    expect((await call('POST', '/api/v1/schemas', { subject: 's', schema: { required: ['b'] } })).body.version).toBe(2);
    expect((await call('GET', '/api/v1/schemas/s/versions')).body.versions).toEqual([1, 2]);
    expect((await call('GET', '/api/v1/schemas/s?version=1')).body.schema).toEqual({ required: ['a'] });
    expect((await call('GET', '/api/v1/schemas')).body.subjects).toEqual(['s']);
    expect((await call('POST', '/api/v1/schemas/validate', { subject: 's', payload: {} })).body.valid).toBe(false);
    expect(await call('POST', '/api/v1/events', event)).toMatchObject({
      status: 400,
      body: { error: expect.stringContaining('does not match s') },
    });
    const pipeline = (await call('POST', '/api/v1/pipelines', { name: 'p', operators: [] })).body.pipeline_id;
    expect((await call('POST', '/api/v1/pipelines', { id: pipeline, name: 'p', operators: [] })).status).toBe(409);
    expect(
      (await call('POST', '/api/v1/pipelines', { id: pipeline, name: 'q', operators: [], replace: true })).status,
    ).toBe(200);
    expect((await call('GET', '/api/v1/pipelines/stats')).body.stats).toHaveLength(1);
    expect((await call('GET', `/api/v1/pipelines/${pipeline}`)).body.name).toBe('q');
    expect((await call('GET', `/api/v1/pipelines/${pipeline}/stats`)).body.events_processed).toBe(0);
    expect((await call('PUT', `/api/v1/pipelines/${pipeline}/reset`)).status).toBe(200);
    expect((await call('DELETE', `/api/v1/pipelines/${pipeline}`)).status).toBe(200);
    expect((await call('GET', '/api/v1/pipelines')).body.total).toBe(0);
    expect((await call('GET', '/api/v1/compaction/stats')).body.total_compactions).toBe(0);
  });

  it('create snapshots of all changed entities, one request at a time', async () => {
    const { call, store } = await start();
    await store.appendBatch(Array.from({ length: 250 }, (_, n) => ({ ...event, entity_id: `o-${n}` })));
    const all = () => call('POST', '/api/v1/snapshots', { all_changed: true });
    let release = (): void => {};
    void store.parts.committer.exclusive(() => new Promise<void>((resolve) => (release = resolve)));
    const both = [all(), all()];
    expect((await Promise.race(both)).status).toBe(409);
    release();
    expect((await Promise.all(both)).map(({ body }) => body.snapshots)).toContain(250);
    await store.append(event);
    expect((await all()).body.snapshots).toBe(1);
  });

  it('list snapshots entity by entity', async () => {
    const { call, store } = await start();
    for (const entity_id of ['o-1', 'o-2', 'o-3']) await store.append({ ...event, entity_id });
    for (const entity of ['o-1', 'o-1', 'o-2', 'o-3']) await store.snapshot(entity);
    const list = async (query: string) => {
      const { snapshots, ...rest } = (await call('GET', `/api/v1/snapshots?${query}`)).body;
      return { ...rest, of: snapshots.map((snapshot: { entity_id: string }) => snapshot.entity_id) };
    };
    expect(await list('limit=2')).toEqual({ of: ['o-1', 'o-1', 'o-2'], total: 4, next_cursor: 'o-2' });
    expect(await list('limit=2&cursor=o-2')).toEqual({ of: ['o-3'], total: 4, next_cursor: null });
    expect(await list('')).toEqual({ of: ['o-1', 'o-1', 'o-2', 'o-3'], total: 4, next_cursor: null });
    expect(await list('entity_id=o-1')).toEqual({ of: ['o-1', 'o-1'], total: 2, next_cursor: null });
    expect(await list('tenant_id=other')).toEqual({ of: [], total: 0, next_cursor: null });
  });

  it('say what runs, and where the events are', async () => {
    const { call } = await start();
    expect((await call('GET', '/health')).body).toMatchObject({
      status: 'healthy',
      service: 'allsource-core',
      storage: 'memory',
    });
    expect((await call('GET', '/ready')).status).toBe(200);
    const metrics = await call('GET', '/metrics', undefined, { accept: 'application/openmetrics-text' });
    expect(metrics.type).toBe('text/plain; version=0.0.4; charset=utf-8');
    expect(metrics.body).toContain('allsource_http_requests_total{endpoint="/health",method="GET",status="200"} 1\n');
    expect(metrics.body).toContain('# TYPE allsource_events_ingested_by_type counter\n');
    const names = [...metrics.body.matchAll(/^# TYPE (\S+)/gm)].map(([, name]) => name);
    expect(names).toEqual([...names].sort());
  });
});

const nested = (levels: number) => '['.repeat(levels) + ']'.repeat(levels);

describe('a core that can write no more', () => {
  it('says at /health and /ready why', async () => {
    class BrokenFiles extends MemoryFiles {
      override open(name: string): StoreFile {
        const file = super.open(name);
        file.sync = () => Promise.reject(new Error('input/output error'));
        return file;
      }
    }
    const { call } = await start({ store: { files: new BrokenFiles() } });
    expect((await call('GET', '/health')).status).toBe(200);
    expect((await call('POST', '/api/v1/events', event)).status).toBe(500);
    const reason = expect.stringContaining('input/output error');
    expect(await call('GET', '/health')).toMatchObject({ status: 503, body: { status: 'unhealthy', error: reason } });
    expect(await call('GET', '/ready')).toMatchObject({ status: 503, body: { reason } });
    expect((await call('GET', '/api/v1/events/query')).status).toBe(200);
  });
});

describe('bad input', () => {
  it.each([
    ['POST', '/api/v1/events', '{"event_type":', 400, 'no valid JSON'],
    ['POST', '/api/v1/events', '[]', 400, 'JSON object'],
    ['POST', '/api/v1/events', { ...event, entity_id: '' }, 400, 'entity_id'],
    ['POST', '/api/v1/events', { event_type: 'a', entity_id: 'b' }, 400, 'payload is missing'],
    ['POST', '/api/v1/events', { ...event, entity_id: '😀'.repeat(129) }, 400, 'entity_id is a text of 1 to 128'],
    ['POST', '/api/v1/events', { ...event, payload: JSON.parse(nested(201)) }, 400, 'deeper than 200 levels'],
    ['POST', '/api/v1/events', { ...event, metadata: JSON.parse(nested(201)) }, 400, 'deeper than 200 levels'],
    ['POST', '/api/v1/schemas', `{"subject":"s","schema":{"default":${nested(100_000)}}}`, 400, 'deeper than 200'],
    [
      'POST',
      '/api/v1/pipelines',
      `{"name":"p","operators":[{"type":"filter","field":"a","op":"eq","value":${nested(100_000)}}]}`,
      400,
      'deeper than 200',
    ],
    ['POST', '/api/v1/events/batch', { events: {} }, 400, 'the body of a batch'],
    ['POST', '/api/v1/events/batch', { events: Array.from({ length: 10_001 }, () => 1) }, 413, 'at most 10000'],
    ['GET', '/api/v1/events/query?limit=0', undefined, 400, 'limit'],
    ['GET', '/api/v1/events/query?as_of=yesterday', undefined, 400, 'as_of'],
    ['GET', '/api/v1/events/query?since=2026-02-30', undefined, 400, 'since'],
    ['GET', '/api/v1/analytics/frequency?bucket=constructor', undefined, 400, 'bucket'],
    ['GET', '/api/v1/snapshots?cursor=nobody', undefined, 400, 'begin without a cursor'],
    [
      'POST',
      '/api/v1/pipelines',
      '{"name":"p","operators":[{"type":"window","config":{"window_type":"__proto__","[object Object]":5},"aggregation":{"type":"reduce","function":"count"}}]}',
      400,
      'window_type',
    ],
    ['GET', '/api/v1/events/query?event_type=A', undefined, 400, 'event_type'],
    ['GET', '/api/v1/entities/nobody/state', undefined, 404, 'no entity'],
    ['GET', '/api/v1/entities/nobody/snapshot', undefined, 404, 'no entity'],
    ['POST', '/api/v1/snapshots', { entity_id: 'nobody' }, 404, 'no entity'],
    ['POST', '/api/v1/snapshots', {}, 400, 'entity_id is missing'],
    ['GET', '/api/v1/snapshots/nobody/latest', undefined, 404, 'no snapshot'],
    ['POST', '/api/v1/replay', { entity_id: 'e' }, 400, 'reset'],
    ['POST', '/api/v1/replay', { config: { batch_size: 0 } }, 400, 'batch_size'],
    ['GET', '/api/v1/replay/x', undefined, 404, 'no replay'],
    ['POST', '/api/v1/replay/x/cancel', undefined, 404, 'no replay'],
    ['GET', '/api/v1/pipelines/x', undefined, 404, 'no pipeline'],
    [
      'POST',
      '/api/v1/pipelines',
      { name: 'p', operators: [{ type: 'filter', field: 'a', op: '~' }] },
      400,
      'operators[0].op',
    ],
    ['POST', '/api/v1/pipelines', { name: 'p', operators: [], replace: true }, 400, 'replace needs the id'],
    ['POST', '/api/v1/pipelines', { name: 'p', operators: [], source_event_types: ['A'] }, 400, 'event_type'],
    ['GET', '/api/v1/schemas/x', undefined, 404, 'no schema'],
    ['POST', '/api/v1/schemas', { subject: 's', schema: 5 }, 400, 'a schema is'],
    ['POST', '/api/v1/schemas/validate', { subject: 'x', payload: 1 }, 400, 'no schema'],
    ['GET', '/api/v1/projections/x/y', undefined, 404, 'no projection'],
    ['POST', '/api/v1/compaction/trigger', {}, 500, 'in memory'],
    ['GET', '/api/v1/nothing', undefined, 404, 'not found'],
    ['POST', '/api/v1/events?tenant_id=t', event, 400, 'tenant_id is a field of the event'],
    ['POST', '/api/v1/events/batch?partial=yes', { events: [] }, 400, 'partial is true or false'],
    ['GET', '/api/v1/entities/o-1/state?history=no', undefined, 400, 'history is true or false'],
    ['GET', '/api/v1/events/query?since=2026-01-31T12:00:00+01:00', undefined, 400, '%2B'],
    ['POST', '/api/v1/replay', { event_type: 'A', reset: false }, 400, 'event_type'],
    ['GET', '/api/v1/events/stream', undefined, 426, 'WebSocket'],
  ])('%s %s %j: %i', async (method, path, body, status, message) => {
    const { call } = await start();
    const answer = await call(method, path, body);
    expect([answer.status, answer.body.error]).toEqual([status, expect.stringContaining(message)]);
  });

  it('in a batch is refused by itself, however deep it is nested', async () => {
    const { call } = await start();
    const deep = (levels: number) => `{"event_type":"a","entity_id":"${'😀'.repeat(128)}","payload":${nested(levels)}}`;
    const answer = await call(
      'POST',
      '/api/v1/events/batch?partial=true',
      `{"events":[${deep(100_000)},${deep(200)}]}`,
    );
    expect(answer.body).toMatchObject({ ingested: 1, failed: [{ index: 0 }] });
    expect((await call('POST', '/api/v1/snapshots', { all_changed: true })).body.snapshots).toBe(1);
  });

  it('in a batch has a position, alone it has none', async () => {
    const { call } = await start();
    for (const bad of [
      { ...event, entity_id: '' },
      { ...event, expected_version: 7 },
    ]) {
      expect(Object.keys((await call('POST', '/api/v1/events', bad)).body)).toEqual(['error']);
      expect((await call('POST', '/api/v1/events/batch', { events: [bad] })).body).toMatchObject({ index: 0 });
      expect((await call('POST', '/api/v1/events/batch', { events: [event, bad] })).body).toMatchObject({ index: 1 });
    }
  });

  it('at ingest counts as an error of ingestion, whatever is wrong', async () => {
    const { call, store } = await start({ bodyBytes: 2000 });
    const moved = (work: () => unknown) => movement(store.registry, work);
    const once = { ingestion_errors_total: 1, ingestion_duration_seconds_count: 1 };
    expect(await moved(() => call('POST', '/api/v1/events', '{'))).toEqual(once);
    expect(await moved(() => call('POST', '/api/v1/events', event, { 'content-type': 'text/plain' }))).toEqual(once);
    const large = { ...event, payload: 'x'.repeat(3000) };
    expect(await moved(async () => expect((await call('POST', '/api/v1/events', large)).status).toBe(413))).toEqual(
      once,
    );
    const huge = { ...event, payload: 'x'.repeat(30_000) };
    for (const path of ['/api/v1/events', '/api/v1/events/batch']) {
      expect(await moved(async () => expect((await call('POST', path, huge)).status).toBe(413))).toEqual(once);
    }
    expect(await moved(() => call('POST', '/api/v1/schemas', huge))).toEqual({});
    expect(await moved(() => call('POST', '/api/v1/events/batch?partial=yes', { events: [event] }))).toEqual(once);
  });

  it.each([
    ['text/plain', {}, '{}', 415, 'it was sent as text/plain'],
    ['application/json', { 'content-encoding': 'gzip' }, '{}', 415, 'gzip'],
    [
      'application/json',
      {},
      Buffer.from('{"event_type":"a","entity_id":"b","payload":"\xff"}', 'latin1'),
      400,
      'UTF-8',
    ],
  ])('%s with %j is refused with what is wrong', async (type, headers, body, status, message) => {
    const { url } = await start();
    for (const path of ['/api/v1/events', '/api/v1/snapshots']) {
      const response = await fetch(url + path, { method: 'POST', headers: { 'content-type': type, ...headers }, body });
      expect([response.status, await response.text()]).toEqual([status, expect.stringContaining(message)]);
    }
  });

  it('that is not to blame is logged, once a minute for each kind', async () => {
    const { call, log } = await start();
    for (let n = 0; n < 3; n++) expect((await call('POST', '/api/v1/compaction/trigger')).status).toBe(500);
    await call('POST', '/api/v1/events', '{');
    expect(log().match(/A request could not be served/g)).toHaveLength(1);
    expect(log()).toContain('"code":"storage"');
  });

  it('takes times without a zone as UTC, wherever the core runs', () => {
    const zone = process.env['TZ'];
    process.env['TZ'] = 'Asia/Tokyo';
    try {
      const utc = Date.UTC(2026, 0, 31, 12);
      for (const text of ['2026-01-31T12:00', '2026-01-31 12:00:00', '2026-01-31T13:00:00.000+01:00']) {
        expect(parseTime(text, 'since')).toBe(utc);
      }
    } finally {
      if (zone === undefined) delete process.env['TZ'];
      else process.env['TZ'] = zone;
    }
  });

  it('beyond loopback writing is off without a token, and the log says so', async () => {
    const { call, log } = await start({ service: { host: '0.0.0.0', port: 0 } });
    expect((await call('POST', '/api/v1/events', event)).status).toBe(403);
    expect(log()).toContain('Writing is off');
  });

  it('beyond loopback writing demands the token, and reading metrics theirs', async () => {
    const service = { host: '0.0.0.0', port: 0, token: 'secret' };
    const { call } = await start({ service, metricsToken: 'scrape' });
    expect((await call('POST', '/api/v1/events', event)).status).toBe(401);
    expect((await call('POST', '/api/v1/events', event, { authorization: 'Bearer secret' })).status).toBe(200);
    expect((await call('GET', '/metrics')).status).toBe(401);
    expect((await call('GET', '/metrics', undefined, { authorization: 'Bearer scrape' })).status).toBe(200);
  });
});
