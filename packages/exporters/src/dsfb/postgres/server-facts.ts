import { ownMark, type SqlClient } from './client.ts';
import { numberOf, type ServerFacts, textOf } from './reader.ts';

/** Asks a server what it is and what the role may see. Any role may ask this. */
export async function readServerFacts(client: SqlClient): Promise<ServerFacts> {
  const { rows } = await client.query(`select ${ownMark} current_setting('server_version_num')::int as version,
  current_database() as database, current_user as role, current_setting('track_io_timing')::bool as io_timing,
  pg_has_role(current_user, 'pg_read_all_stats', 'usage') as reads_all_stats,
  (select n.nspname from pg_extension e join pg_namespace n on n.oid = e.extnamespace
   where e.extname = 'pg_stat_statements') as statements_schema`);
  const row = rows[0]!;
  const schema = row['statements_schema'];
  return {
    version: numberOf(row, 'version'),
    database: textOf(row, 'database'),
    role: textOf(row, 'role'),
    statementsSchema: typeof schema === 'string' ? schema : undefined,
    readsAllStats: row['reads_all_stats'] === true,
    ioTiming: row['io_timing'] === true,
  };
}
