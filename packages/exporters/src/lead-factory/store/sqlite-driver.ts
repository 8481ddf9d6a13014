import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { setTimeout as delay } from 'node:timers/promises';
import { makeFolders } from '@alex/service/folders';
import { LedgerError } from '../errors.ts';
import { type Dialect, migrate, schemaVersion } from './schema.ts';
import type { SqlDriver, SqlQuery, SqlRow, SqlValue } from './sql-driver.ts';
import { isBusy, sqliteError } from './sqlite-errors.ts';

/** SQLite's types and functions. */
export const sqliteDialect: Dialect = {
  id: 'INTEGER PRIMARY KEY',
  integer: 'INTEGER',
  time: 'TEXT',
  tableOptions: 'STRICT',
  keyedTableOptions: 'STRICT, WITHOUT ROWID',
  quarter: 'unixepoch(occurred_at) / 900 * 900',
};

/** "ALXC": marks the file as a cost ledger. */
const applicationId = 0x414c5843;

export interface SqliteOptions {
  /** How long a write waits for another process, milliseconds. Default 5000. */
  readonly lockTimeoutMs?: number;
  /** Opens an existing file without writing to it. */
  readonly readOnly?: boolean;
}

/**
 * One SQLite file: a connection that writes, one transaction at a time, and one that reads what is committed. Writing
 * waits for the lock of another process without stopping the event loop; each commit is synced to the disk.
 */
export class SqliteDriver implements SqlDriver {
  readonly #path: string;
  readonly #writer: Connection;
  readonly #reader: Connection;
  readonly #lockTimeoutMs: number;
  #tail: Promise<unknown> = Promise.resolve();

  constructor(
    path: string,
    connections: { readonly writer: DatabaseSync; readonly reader: DatabaseSync },
    lockMs = 5000,
  ) {
    this.#path = path;
    this.#writer = new Connection(connections.writer);
    this.#reader = connections.reader === connections.writer ? this.#writer : new Connection(connections.reader);
    this.#lockTimeoutMs = lockMs;
  }

  readonly query: SqlQuery = async (sql, parameters) => {
    // In memory there is one connection: a reader must not see half of a transaction.
    if (this.#reader === this.#writer) await this.#tail;
    try {
      return this.#reader.run(sql, parameters);
    } catch (error) {
      throw sqliteError(error, this.#path);
    }
  };

  transaction<Result>(work: (query: SqlQuery) => Promise<Result>): Promise<Result> {
    const turn = this.#tail.then(() => this.#transaction(work));
    this.#tail = turn.catch(() => undefined);
    return turn;
  }

  async close(): Promise<void> {
    await this.#tail;
    this.#reader.database.close();
    if (this.#writer !== this.#reader) this.#writer.database.close();
  }

  async #transaction<Result>(work: (query: SqlQuery) => Promise<Result>): Promise<Result> {
    const { database } = this.#writer;
    try {
      await this.#begin();
      const result = await work(async (sql, parameters) => this.#writer.run(sql, parameters));
      this.#writer.run('COMMIT');
      return result;
    } catch (error) {
      // SQLite has already rolled back after some errors, a full disk for instance.
      if (database.isTransaction) this.#writer.run('ROLLBACK');
      throw sqliteError(error, this.#path);
    }
  }

  async #begin(): Promise<void> {
    const deadline = performance.now() + this.#lockTimeoutMs;
    for (let waitMs = 1; ; waitMs = Math.min(waitMs * 2, 20)) {
      try {
        this.#writer.run('BEGIN IMMEDIATE');
        return;
      } catch (error) {
        if (!isBusy(error) || performance.now() > deadline) throw error;
        await delay(waitMs * (0.5 + Math.random()));
      }
    }
  }
}

class Connection {
  readonly database: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();

  constructor(database: DatabaseSync) {
    this.database = database;
  }

  run(sql: string, parameters: readonly SqlValue[] = []): readonly SqlRow[] {
    let statement = this.#statements.get(sql);
    if (statement === undefined) {
      statement = this.database.prepare(sql.replace(/\$(\d+)/g, '?$1'));
      if (!sql.startsWith('CREATE')) this.#statements.set(sql, statement);
    }
    return statement.all(...parameters);
  }
}

/** Opens a ledger file, creates it with its folder when there is none, and brings older tables up to date. */
export async function openSqlite(path: string, options: SqliteOptions = {}): Promise<SqlDriver> {
  // Loaded here: on Node 22 the module prints a warning when it is imported.
  const { DatabaseSync } = await import('node:sqlite');
  const { readOnly = false, lockTimeoutMs = 5000 } = options;
  const open: DatabaseSync[] = [];
  try {
    const inMemory = path === ':memory:';
    const folder = dirname(path);
    if (!inMemory && !readOnly && !existsSync(folder)) makeFolders(folder);
    const writer = new DatabaseSync(path, { readOnly, timeout: lockTimeoutMs });
    open.push(writer);
    await prepare(writer, path, readOnly);
    if (inMemory) return new SqliteDriver(path, { writer, reader: writer }, lockTimeoutMs);
    const reader = new DatabaseSync(path, { readOnly: true, timeout: 250 });
    open.push(reader);
    // From here on the driver itself waits for locks, without stopping the event loop.
    writer.exec('PRAGMA busy_timeout = 0');
    return new SqliteDriver(path, { writer, reader }, lockTimeoutMs);
  } catch (error) {
    for (const database of open) database.close();
    throw sqliteError(error, path);
  }
}

/** Durability, and the tables. */
async function prepare(database: DatabaseSync, path: string, readOnly: boolean): Promise<void> {
  const pragma = (name: string): number => Number(Object.values(database.prepare(`PRAGMA ${name}`).get()!)[0]);
  checkOwner(database, pragma, path);
  if (readOnly) return;
  await switchToWriteAhead(database);
  database.exec('PRAGMA synchronous = FULL');
  if (pragma('user_version') === schemaVersion) return;
  database.exec('BEGIN IMMEDIATE');
  try {
    // Another process may have been quicker.
    const from = pragma('user_version');
    const execute: SqlQuery = async (sql) => {
      database.exec(sql);
      return [];
    };
    await migrate(execute, sqliteDialect, from);
    database.exec(`PRAGMA application_id = ${applicationId}`);
    database.exec(`PRAGMA user_version = ${schemaVersion}`);
    database.exec('COMMIT');
  } catch (error) {
    database.exec('ROLLBACK');
    throw error;
  }
}

/** Several processes that do this at once are refused without being made to wait. */
async function switchToWriteAhead(database: DatabaseSync): Promise<void> {
  const deadline = performance.now() + 2000;
  for (;;) {
    try {
      database.exec('PRAGMA journal_mode = WAL');
      return;
    } catch (error) {
      if (!isBusy(error) || performance.now() > deadline) throw error;
      await delay(10 * Math.random());
    }
  }
}

function checkOwner(database: DatabaseSync, pragma: (name: string) => number, path: string): void {
  // Tables first: another process may be making them, together with the marks.
  const { tables } = database.prepare('SELECT count(*) AS tables FROM sqlite_master').get() as { tables: number };
  if (tables === 0) return;
  const version = pragma('user_version');
  if (pragma('application_id') === applicationId) {
    if (version <= schemaVersion) return;
    throw new LedgerError(
      'store_newer',
      `The cost ledger ${path} was written by a newer version (tables ${version}, this one knows ${schemaVersion}): update this program`,
    );
  }
  throw new LedgerError(
    'store_foreign',
    `${path} is no cost ledger of this program; take its costs over with "costs import"`,
  );
}
