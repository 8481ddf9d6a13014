import { describe, expect, it } from 'vitest';
import { CacheReader } from './cache-reader.ts';
import { LocksReader } from './locks-reader.ts';
import type { ServerFacts } from './reader.ts';
import { StatementsReader } from './statements-reader.ts';
import { TablesReader } from './tables-reader.ts';

const server: ServerFacts = {
  version: 150_006,
  database: 'shop',
  role: 'watcher',
  statementsSchema: 'public',
  readsAllStats: true,
  ioTiming: true,
};

const statement = (calls: number, totalMs: number, id = 'q') => ({ statement: id, calls, total_ms: totalMs });

describe('statements', () => {
  it('give the latency of the interval against the first intervals', () => {
    const reader = new StatementsReader(2);
    const polls = [
      [100, 1000],
      [101, 1010],
      [102, 1030],
      [104, 1120],
    ].map(([calls, total], t) => reader.residuals([statement(calls!, total!)], t, server));
    expect(polls.slice(0, 3)).toEqual([[], [], []]);
    // The baseline is the mean of 10 ms and 20 ms; the last interval has two calls of 45 ms.
    expect(polls[3]).toEqual([{ t: 3, class: 'plan_regression', value: 2, channel: 'q' }]);
  });

  it('skip the interval in which the statistics were reset, and keep the baseline', () => {
    const reader = new StatementsReader(1);
    for (const [t, calls] of [10, 20].entries()) reader.residuals([statement(calls, calls * 10)], t, server);
    expect(reader.residuals([statement(5, 50)], 2, server)).toEqual([]);
    expect(reader.residuals([statement(6, 70)], 3, server)).toMatchObject([{ value: 1 }]);
  });

  it('say nothing of a statement that was not called', () => {
    const reader = new StatementsReader(1);
    for (let t = 0; t < 5; t++) expect(reader.residuals([statement(10, 100)], t, server)).toEqual([]);
  });

  it('tell when the mix of calls changes', () => {
    const reader = new StatementsReader(2);
    const mixes = [
      [0, 0],
      [90, 10],
      [180, 20],
      [270, 30],
      [270, 130],
    ];
    const phases = mixes.map(([a, b], t) =>
      reader
        .residuals([statement(a!, a!, 'a'), statement(b!, b!, 'b')], t, server)
        .filter((sample) => sample.class === 'workload_phase'),
    );
    expect(phases.map((samples) => samples.length)).toEqual([0, 0, 0, 1, 1]);
    expect(phases[3]).toMatchObject([{ value: 0, channel: 'shop' }]);
    expect(phases[4]![0]!.value).toBeGreaterThan(0.5);
  });

  it('name the setting that is missing', () => {
    const reader = new StatementsReader(1);
    expect(reader.query({ ...server, statementsSchema: undefined })).toEqual({
      missing: expect.stringMatching(/shared_preload_libraries.*CREATE EXTENSION/),
    });
    expect(reader.query({ ...server, readsAllStats: false })).toEqual({
      missing: expect.stringContaining('GRANT pg_monitor'),
    });
    expect(reader.query({ ...server, version: 120_000 })).toEqual({
      missing: expect.stringContaining('PostgreSQL 13'),
    });
    expect(reader.query({ ...server, statementsSchema: 'odd "schema' })).toEqual({
      sql: expect.stringContaining('"odd ""schema".pg_stat_statements'),
    });
  });
});

describe('locks', () => {
  it('give the age of the longest wait and the number of waiters, then zeros for a while', () => {
    const reader = new LocksReader();
    expect(reader.residuals([], 0)).toEqual([]);
    expect(reader.residuals([{ event: 'relation:items', age: 2.5, waiters: 3 }], 1)).toEqual([
      { t: 1, class: 'contention', value: 2.5, channel: 'relation:items' },
      { t: 1, class: 'contention', value: 3, channel: 'relation:items#chain' },
    ]);
    let quiet = 0;
    while (reader.residuals([], 2 + quiet).length > 0) quiet++;
    expect(quiet).toBe(9);
  });

  it('ask for the beginning of the wait where the server knows it', () => {
    const reader = new LocksReader();
    expect(reader.query(server)).toEqual({ sql: expect.stringContaining('waitstart') });
    expect(reader.query({ ...server, version: 130_000 })).toEqual({ sql: expect.not.stringContaining('waitstart') });
  });
});

describe('cache', () => {
  const row = (hits: number, reads: number, readMs = 0) => ({ channel: 'shop', hits, reads, read_ms: readMs });

  it('gives what the hit ratio lacks against the first intervals', () => {
    const reader = new CacheReader(1);
    expect(reader.residuals([row(0, 0)], 0)).toEqual([]);
    expect(reader.residuals([row(100, 0)], 1)).toEqual([]);
    expect(reader.residuals([row(125, 75)], 2)).toEqual([{ t: 2, class: 'cache_io', value: 0.75, channel: 'shop' }]);
    // Too few blocks to tell.
    expect(reader.residuals([row(130, 80)], 3)).toEqual([]);
  });

  it('gives the time of a read against the first intervals', () => {
    const reader = new CacheReader(1);
    const polls = [row(0, 0, 0), row(0, 100, 100), row(0, 200, 400)].map((one, t) => reader.residuals([one], t));
    expect(polls[2]).toEqual([
      { t: 2, class: 'cache_io', value: 0, channel: 'shop' },
      { t: 2, class: 'cache_io', value: 2, channel: 'shop#io' },
    ]);
  });

  it('reads pg_stat_io from PostgreSQL 16 on', () => {
    const reader = new CacheReader(1);
    expect(reader.query({ ...server, version: 160_000 })).toEqual({ sql: expect.stringContaining('from pg_stat_io') });
    expect(reader.query(server)).toEqual({ sql: expect.stringContaining('from pg_stat_database') });
  });
});

describe('tables', () => {
  it('give live rows against those that the planner reckons with', () => {
    const rows = [{ channel: 'public.items', actual: 100_000, estimated: '100' }];
    expect(new TablesReader().residuals(rows, 1)).toEqual([
      { t: 1, class: 'cardinality', value: 3, channel: 'public.items' },
    ]);
  });
});
