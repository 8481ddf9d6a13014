import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { LedgerError } from '../errors.ts';
import { sqliteError } from '../store/sqlite-errors.ts';
import type { ForeignRow } from './legacy-rows.ts';

/** The rows of a foreign ledger, in their order, with the number by which a person finds them. */
export interface ForeignTable {
  readonly columns: readonly string[];
  readonly rows: AsyncIterable<readonly [number, ForeignRow]>;
}

/** Reads a legacy SQLite file or a CSV file with a header. Throws LedgerError. */
export async function readForeign(path: string): Promise<ForeignTable> {
  return (await isSqlite(path)) ? await readSqlite(path) : await readCsv(path);
}

async function isSqlite(path: string): Promise<boolean> {
  try {
    await using file = await open(path, 'r');
    const { buffer } = await file.read(Buffer.alloc(16), 0, 16, 0);
    return buffer.toString('latin1') === 'SQLite format 3\0';
  } catch (error) {
    throw new LedgerError('invalid_argument', `${path} cannot be read: ${(error as Error).message}`, { cause: error });
  }
}

async function readSqlite(path: string): Promise<ForeignTable> {
  const { DatabaseSync } = await import('node:sqlite');
  const database = new DatabaseSync(path, { readOnly: true });
  try {
    const found = database
      .prepare(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name IN ('cost_tracking', 'costs') ORDER BY name",
      )
      .all();
    const table = found[0]?.['name'];
    if (table === undefined) throw new LedgerError('invalid_argument', `${path} has no table cost_tracking or costs`);
    const columns = database.prepare(`PRAGMA table_info(${String(table)})`).all();
    const statement = database.prepare(`SELECT rowid AS row_number, * FROM ${String(table)} ORDER BY rowid`);
    const rows = async function* (): AsyncGenerator<readonly [number, ForeignRow]> {
      try {
        for (const { row_number: number, ...row } of statement.iterate()) yield [Number(number), row];
      } catch (error) {
        throw sqliteError(error, path);
      } finally {
        database.close();
      }
    };
    return { columns: columns.map(({ name }) => String(name)), rows: rows() };
  } catch (error) {
    database.close();
    throw sqliteError(error, path);
  }
}

async function readCsv(path: string): Promise<ForeignTable> {
  const { parse } = await import('csv-parse');
  const parser = createReadStream(path).pipe(
    parse({ bom: true, trim: true, relax_column_count: true, skip_empty_lines: true, max_record_size: 1_000_000 }),
  );
  const lines = parser[Symbol.asyncIterator]() as AsyncIterator<string[]>;
  const next = async (): Promise<string[] | undefined> => {
    try {
      const { value, done } = await lines.next();
      return done ? undefined : value;
    } catch (error) {
      throw new LedgerError('invalid_argument', `${path} is no valid CSV: ${(error as Error).message}`, {
        cause: error,
      });
    }
  };
  const columns = ((await next()) ?? []).map((name) => name.toLowerCase());
  const rows = async function* (): AsyncGenerator<readonly [number, ForeignRow]> {
    // The header is line 1.
    for (let number = 2; ; number++) {
      const line = await next();
      if (line === undefined) return;
      yield [number, Object.fromEntries(columns.map((name, index) => [name, line[index] ?? '']))];
    }
  };
  return { columns, rows: rows() };
}
