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
  if (isPostgres(location)) return new SqlStore(await openPostgres(location), postgresDialect);
  return new SqlStore(await openSqlite(fileOf(location) ?? location, options), sqliteDialect);
}

/**
 * The file of a ledger that is one. Throws LedgerError `invalid_argument` for a URL of another database: spending must not
 * go to a file that nobody looks for.
 */
export function fileOf(location: string): string | undefined {
  if (location === ':memory:' || isPostgres(location)) return undefined;
  if (location.startsWith('~/')) return join(homedir(), location.slice(2));
  const path = location.replace(/^sqlite:(\/\/)?/, '');
  const [, scheme] = /^([a-z][\w+.-]*):\/\//i.exec(path) ?? [];
  if (scheme === undefined) return resolve(path);
  throw new LedgerError('invalid_argument', `A cost ledger is a file or a postgres:// URL, not ${scheme}://`);
}

function isPostgres(location: string): boolean {
  return /^postgres(ql)?:\/\//.test(location);
}
