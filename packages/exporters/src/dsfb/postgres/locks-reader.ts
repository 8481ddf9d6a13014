import { chainChannel } from '../residuals.ts';
import type { ResidualSample } from '../sample.ts';
import { ownMark } from './client.ts';
import { missingPrivilege, mostRows, numberOf, type Reader, type Row, type ServerFacts, textOf } from './reader.ts';

/** Waits that are shorter belong to normal work. */
const shortestWaitSeconds = 0.1;
/** An event without waiters is told as 0 for that many polls: the channel has to see its recovery. */
const quietPolls = 10;

/** pg_locks with pg_stat_activity: the age of the longest wait for each kind of lock, and how many wait. */
export class LocksReader implements Reader {
  readonly name = 'locks';
  /** Polls that an event will still be told for. */
  readonly #known = new Map<string, number>();

  query(server: ServerFacts): { readonly sql: string } | { readonly missing: string } {
    if (!server.readsAllStats) return { missing: missingPrivilege(server) };
    const since = server.version >= 140_000 ? 'coalesce(l.waitstart, a.query_start)' : 'a.query_start';
    return {
      sql: `select ${ownMark} event, count(distinct pid)::int as waiters, max(age)::float8 as age from (
  select l.pid, l.locktype || coalesce(':' || l.relation::regclass::text, '') as event,
    extract(epoch from clock_timestamp() - ${since}) as age
  from pg_locks l join pg_stat_activity a on a.pid = l.pid
  where not l.granted and a.datname = current_database()) w
where age >= ${shortestWaitSeconds} group by event order by 3 desc limit ${mostRows}`,
    };
  }

  residuals(rows: readonly Row[], t: number): ResidualSample[] {
    const waits = new Map(
      rows.map((row) => [textOf(row, 'event'), { age: numberOf(row, 'age'), waiters: numberOf(row, 'waiters') }]),
    );
    for (const event of waits.keys()) this.#known.set(event, quietPolls);
    return [...this.#known].flatMap(([event, polls]) => {
      const { age, waiters } = waits.get(event) ?? { age: 0, waiters: 0 };
      if (polls <= 1) this.#known.delete(event);
      else this.#known.set(event, polls - 1);
      return [
        { t, class: 'contention', value: age, channel: event },
        { t, class: 'contention', value: waiters, channel: chainChannel(event) },
      ] satisfies ResidualSample[];
    });
  }
}
