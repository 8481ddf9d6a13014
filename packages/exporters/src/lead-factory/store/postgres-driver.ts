import type { Pool, PoolClient } from 'pg';
import { LedgerError, type LedgerErrorCode } from '../errors.ts';
import { type Dialect, migrate, schemaVersion } from './schema.ts';
import type { SqlDriver, SqlQuery } from './sql-driver.ts';

/** PostgreSQL's types and functions. */
export const postgresDialect: Dialect = {
  id: 'BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY',
  integer: 'BIGINT',
  time: 'TEXT COLLATE "C"',
  tableOptions: '',
  keyedTableOptions: '',
  quarter: 'CAST(FLOOR(EXTRACT(EPOCH FROM CAST(occurred_at AS TIMESTAMPTZ)) / 900) * 900 AS BIGINT)',
  lockTotals: 'LOCK TABLE cost_totals IN SHARE ROW EXCLUSIVE MODE',
};

/** Any number, the same in every process: one migration at a time. */
const migrationLock = 4_148_584_300;

/** SQLSTATE, or its class, of what an operator can do something about. */
const codes: Readonly<Record<string, readonly [LedgerErrorCode, string]>> = {
  '25006': ['store_read_only', 'is read-only'],
  '42501': ['store_read_only', 'does not let this user write'],
  '53100': ['store_full', 'has a full disk'],
  '55P03': ['store_locked', 'is locked by another process'],
  '40P01': ['store_locked', 'is locked by another process'],
  '57014': ['store_locked', 'took too long'],
  XX001: ['store_corrupt', 'is damaged'],
  XX002: ['store_corrupt', 'is damaged'],
};

/** A pool of connections to PostgreSQL. */
class PostgresDriver implements SqlDriver {
  readonly #pool: Pool;

  constructor(pool: Pool) {
    this.#pool = pool;
  }

  readonly query: SqlQuery = async (sql, parameters = []) => {
    try {
      return (await this.#pool.query(sql, [...parameters])).rows;
    } catch (error) {
      throw postgresError(error);
    }
  };

  async transaction<Result>(work: (query: SqlQuery) => Promise<Result>): Promise<Result> {
    let client: PoolClient | undefined;
    let broken = false;
    try {
      client = await this.#pool.connect();
      const connected = client;
      await connected.query('BEGIN');
      const result = await work(async (sql, parameters = []) => (await connected.query(sql, [...parameters])).rows);
      await connected.query('COMMIT');
      return result;
    } catch (error) {
      // The server rolls back what a closed connection leaves; one that does not answer is not asked again.
      broken = !isAnswer(error);
      if (!broken) {
        await client?.query('ROLLBACK').catch(() => {
          broken = true;
        });
      }
      throw postgresError(error);
    } finally {
      client?.release(broken);
    }
  }

  async close(): Promise<void> {
    await this.#pool.end();
  }
}

/** Connects, creates the tables in the database when there are none, and brings older ones up to date. */
export async function openPostgres(url: string): Promise<SqlDriver> {
  const { Pool } = await loadClient();
  const pool = new Pool({
    connectionString: url,
    max: 4,
    connectionTimeoutMillis: 5000,
    statement_timeout: 30_000,
    // For a server that does not even answer that.
    query_timeout: 35_000,
    lock_timeout: 5000,
    application_name: 'alex-costs',
  });
  // A connection that breaks is replaced; the query that needs one reports what is wrong. The pool listens to idle ones only.
  pool.on('error', () => undefined);
  pool.on('connect', (client) => client.on('error', () => undefined));
  const driver = new PostgresDriver(pool);
  try {
    await driver.transaction((query) => prepare(query));
    return driver;
  } catch (error) {
    await driver.close();
    throw error;
  }
}

async function prepare(query: SqlQuery): Promise<void> {
  await query(`SELECT pg_advisory_xact_lock(${migrationLock})`);
  await query('CREATE TABLE IF NOT EXISTS cost_schema (version BIGINT NOT NULL)');
  const [row] = await query('SELECT version FROM cost_schema');
  const version = Number(row?.['version'] ?? 0);
  if (version > schemaVersion) {
    throw new LedgerError(
      'store_newer',
      `The cost ledger was written by a newer version (tables ${version}, this one knows ${schemaVersion}): update this program`,
    );
  }
  if (version === schemaVersion) return;
  await migrate(query, postgresDialect, version);
  await query('DELETE FROM cost_schema');
  await query('INSERT INTO cost_schema (version) VALUES ($1)', [schemaVersion]);
}

async function loadClient(): Promise<typeof import('pg')> {
  try {
    return await import('pg');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') throw error;
    throw new LedgerError('missing_package', 'A ledger on PostgreSQL needs the package pg: npm install pg', {
      cause: error,
    });
  }
}

/** Whether the server said so, and the connection goes on. */
function isAnswer(error: unknown): boolean {
  return LedgerError.isInstance(error) || (error as { severity?: unknown } | undefined)?.severity === 'ERROR';
}

function postgresError(error: unknown): LedgerError {
  if (LedgerError.isInstance(error)) return error;
  const { code = '', message = String(error) } = (error ?? {}) as { code?: string; message?: string };
  const [kind, text] = codes[code] ?? ['store_unavailable', 'does not answer'];
  return new LedgerError(kind, `The cost ledger on PostgreSQL ${text}: ${message || code}`, { cause: error });
}
