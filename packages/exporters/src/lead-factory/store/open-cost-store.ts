import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { LedgerError } from '../errors.ts';
import type { CostStore } from './cost-store.ts';
import { openPostgres, postgresDialect } from './postgres-driver.ts';
import { SqlStore } from './sql-store.ts';
import { openSqlite, type SqliteOptions, sqliteDialect } from './sqlite-driver.ts';

/** Where the ledger is unless a location is given: `costs.db` in the ALEX home. */
export function defaultLocation(env: Readonly<Record<string, string | undefined>> = process.env): string {
  return join(env['HOME'] || homedir(), '.alex', 'costs.db');
}

/**
 * Opens a store: a SQLite file by its path, `:memory:` for one that is gone when it is closed, PostgreSQL by a URL
 * (`postgres://...`). Rejects with LedgerError.
 */
export async function openCostStore(location: string, options: SqliteOptions = {}): Promise<CostStore> {
  if (/^postgres(ql)?:\/\//.test(location)) return new SqlStore(await openPostgres(location), postgresDialect);
  const [, scheme = 'sqlite'] = /^([a-z][a-z0-9+.-]*):\/\//i.exec(location) ?? [];
  if (scheme !== 'sqlite') {
    throw new LedgerError('invalid_argument', `A cost ledger is a file or a postgres:// URL, not ${scheme}://`);
  }
  return new SqlStore(await openSqlite(pathOf(location), options), sqliteDialect);
}

function pathOf(location: string): string {
  if (location === ':memory:') return location;
  if (location.startsWith('~/')) return join(homedir(), location.slice(2));
  return resolve(location.replace(/^sqlite:(\/\/)?/, ''));
}
