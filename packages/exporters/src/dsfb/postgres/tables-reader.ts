import { cardinalityResidual } from '../residuals.ts';
import type { ResidualSample } from '../sample.ts';
import { ownMark } from './client.ts';
import { mostRows, numberOf, type Reader, type Row, textOf } from './reader.ts';

/**
 * pg_stat_user_tables with pg_class: the live rows of each table against those that the planner reckons with. Tables that
 * were not analyzed since the statistics began are left out: nothing is known of them.
 */
export class TablesReader implements Reader {
  readonly name = 'tables';

  query(): { readonly sql: string } {
    return {
      sql: `select ${ownMark} s.schemaname || '.' || s.relname as channel, s.n_live_tup::float8 as actual, c.reltuples::float8 as estimated
from pg_stat_user_tables s join pg_class c on c.oid = s.relid
where c.reltuples >= 0 and coalesce(s.last_analyze, s.last_autoanalyze) is not null
order by s.n_live_tup desc limit ${mostRows}`,
    };
  }

  residuals(rows: readonly Row[], t: number): ResidualSample[] {
    return rows.map((row) => ({
      t,
      class: 'cardinality',
      value: cardinalityResidual(numberOf(row, 'actual'), numberOf(row, 'estimated')),
      channel: textOf(row, 'channel'),
    }));
  }
}
