import { planRegressionResidual, workloadPhaseResidual } from '../residuals.ts';
import type { ResidualSample } from '../sample.ts';
import { Baselines } from './baseline.ts';
import { ownMark } from './client.ts';
import { IntervalCounters } from './interval-counters.ts';
import { missingPrivilege, mostRows, numberOf, type Reader, type Row, type ServerFacts, textOf } from './reader.ts';

/** The mix of an interval with fewer calls is chance. */
const fewestCalls = 20;

/**
 * pg_stat_statements: the mean latency of each statement in the interval, against that of its first intervals, and how far
 * the mix of calls is from that of the first intervals.
 */
export class StatementsReader implements Reader {
  readonly name = 'statements';
  readonly #counters = new IntervalCounters();
  readonly #latencies: Baselines;
  readonly #intervals: number;
  readonly #usualCalls = new Map<string, number>();
  #usualIntervals = 0;

  constructor(baselineIntervals: number) {
    this.#intervals = baselineIntervals;
    this.#latencies = new Baselines(baselineIntervals);
  }

  query(server: ServerFacts): { readonly sql: string } | { readonly missing: string } {
    const { statementsSchema, readsAllStats, version } = server;
    if (version < 130_000) return { missing: 'pg_stat_statements is read from PostgreSQL 13 on' };
    if (statementsSchema === undefined) {
      return {
        missing: `the extension pg_stat_statements is not installed in ${server.database}: set shared_preload_libraries = 'pg_stat_statements', restart, and run CREATE EXTENSION pg_stat_statements`,
      };
    }
    if (!readsAllStats) return { missing: missingPrivilege(server) };
    const view = `"${statementsSchema.replaceAll('"', '""')}".pg_stat_statements`;
    return {
      sql: `select ${ownMark} s.queryid::text as statement, sum(s.calls)::float8 as calls, sum(s.total_exec_time)::float8 as total_ms
from ${view} s join pg_database d on d.oid = s.dbid
where d.datname = current_database() and s.queryid is not null and position('${ownMark}' in s.query) = 0
group by 1 order by 3 desc limit ${mostRows}`,
    };
  }

  residuals(rows: readonly Row[], t: number, { database }: ServerFacts): ResidualSample[] {
    this.#counters.begin();
    const samples: ResidualSample[] = [];
    const callsBy = new Map<string, number>();
    for (const row of rows) {
      const channel = textOf(row, 'statement');
      const [calls, totalMs] =
        this.#counters.growth(channel, [numberOf(row, 'calls'), numberOf(row, 'total_ms')]) ?? [];
      if (calls === undefined || totalMs === undefined || calls === 0) continue;
      callsBy.set(channel, calls);
      const latency = totalMs / calls;
      const usual = this.#latencies.expected(channel, latency);
      if (usual === undefined) continue;
      samples.push({ t, class: 'plan_regression', value: planRegressionResidual(latency, usual), channel });
    }
    const phase = this.#phase(callsBy);
    if (phase !== undefined) samples.push({ t, class: 'workload_phase', value: phase, channel: database });
    return samples;
  }

  #phase(callsBy: ReadonlyMap<string, number>): number | undefined {
    let total = 0;
    for (const calls of callsBy.values()) total += calls;
    if (total < fewestCalls) return undefined;
    if (this.#usualIntervals >= this.#intervals) return workloadPhaseResidual(callsBy, this.#usualCalls);
    this.#usualIntervals++;
    for (const [channel, calls] of callsBy) this.#usualCalls.set(channel, (this.#usualCalls.get(channel) ?? 0) + calls);
    return undefined;
  }
}
