import { cacheHitResidual, ioChannel, ioTimeResidual } from '../residuals.ts';
import type { ResidualSample } from '../sample.ts';
import { Baselines } from './baseline.ts';
import { ownMark } from './client.ts';
import { IntervalCounters } from './interval-counters.ts';
import { missingPrivilege, mostRows, numberOf, type Reader, type Row, type ServerFacts, textOf } from './reader.ts';

/** The hit ratio of fewer block accesses is chance. */
const fewestBlocks = 50;

/** `pg_stat_io` came with PostgreSQL 16. */
const statIoVersion = 160_000;

const wholeServer = `select 'io:' || backend_type || '/' || object || '/' || context as channel,
  hits::float8 as hits, reads::float8 as reads, read_time::float8 as read_ms
from pg_stat_io where hits is not null and reads is not null`;

const oneDatabase = `select datname as channel, blks_hit::float8 as hits, blks_read::float8 as reads, blk_read_time::float8 as read_ms
from pg_stat_database where datname = current_database()`;

const tables = `(select schemaname || '.' || relname as channel,
  (coalesce(heap_blks_hit, 0) + coalesce(idx_blks_hit, 0) + coalesce(toast_blks_hit, 0))::float8 as hits,
  (coalesce(heap_blks_read, 0) + coalesce(idx_blks_read, 0) + coalesce(toast_blks_read, 0))::float8 as reads, 0::float8 as read_ms
from pg_statio_user_tables order by 2 desc, 3 desc limit ${mostRows})`;

/**
 * The I/O views: the share of blocks that were found in the cache in the interval, against that of the first intervals, and
 * with track_io_timing the time that a read took. pg_stat_io from 16 on, pg_stat_database before; pg_statio_user_tables always.
 */
export class CacheReader implements Reader {
  readonly name = 'cache';
  readonly #counters = new IntervalCounters();
  readonly #ratios: Baselines;
  readonly #readTimes: Baselines;

  constructor(baselineIntervals: number) {
    this.#ratios = new Baselines(baselineIntervals);
    this.#readTimes = new Baselines(baselineIntervals);
  }

  query(server: ServerFacts): { readonly sql: string } | { readonly missing: string } {
    if (!server.readsAllStats) return { missing: missingPrivilege(server) };
    const common = server.version >= statIoVersion ? wholeServer : oneDatabase;
    return { sql: `select ${ownMark} channel, hits, reads, read_ms from (${common} union all ${tables}) blocks` };
  }

  residuals(rows: readonly Row[], t: number): ResidualSample[] {
    this.#counters.begin();
    return rows.flatMap((row) => {
      const channel = textOf(row, 'channel');
      const counters = ['hits', 'reads', 'read_ms'].map((column) => numberOf(row, column));
      const [hits = 0, reads = 0, readMs = 0] = this.#counters.growth(channel, counters) ?? [];
      const samples: ResidualSample[] = [];
      if (hits + reads >= fewestBlocks) {
        const ratio = hits / (hits + reads);
        const usual = this.#ratios.expected(channel, ratio);
        if (usual !== undefined) {
          samples.push({ t, class: 'cache_io', value: cacheHitResidual(usual, ratio), channel });
        }
      }
      if (reads >= fewestBlocks && readMs > 0) {
        const usual = this.#readTimes.expected(channel, readMs / reads);
        if (usual !== undefined) {
          const value = ioTimeResidual(readMs / reads, usual);
          samples.push({ t, class: 'cache_io', value, channel: ioChannel(channel) });
        }
      }
      return samples;
    });
  }
}
