import type { SqlQuery } from './sql-driver.ts';

/** The version of the tables that this code knows. */
export const schemaVersion = 2;

export interface Dialect {
  /** The primary key of the ledger. */
  readonly id: string;
  readonly integer: string;
  /** ISO 8601 text in UTC, which sorts as time. */
  readonly time: string;
  /** After the closing parenthesis of a table, and of one that is its own primary key. */
  readonly tableOptions: string;
  readonly keyedTableOptions: string;
  /** The start of the quarter of an hour, Unix seconds, of `occurred_at`. */
  readonly quarter: string;
  /** Keeps others from changing the totals until the transaction ends. */
  readonly lockTotals?: string;
}

/**
 * The tables, in both dialects. `cost_totals` holds sums per quarter of an hour (UTC) and per day (UTC), so that sums of
 * any period in any time zone add up a few hundred rows and never scan the ledger. `cost_pruned_ids` holds the external ids
 * of entries that were deleted, so that none of them is ever booked again.
 */
function migrations(dialect: Dialect): readonly (readonly string[])[] {
  const { id, integer, time, tableOptions, keyedTableOptions } = dialect;
  return [
    [
      `CREATE TABLE cost_tracking (
        id ${id},
        service TEXT NOT NULL,
        operation TEXT NOT NULL,
        amount_microusd ${integer} NOT NULL CHECK (amount_microusd >= 0),
        occurred_at ${time} NOT NULL,
        tier ${integer},
        business_id ${integer},
        session_id TEXT,
        model TEXT,
        external_id TEXT UNIQUE
      ) ${tableOptions}`,
      'CREATE INDEX cost_tracking_occurred_at ON cost_tracking (occurred_at)',
      'CREATE INDEX cost_tracking_service ON cost_tracking (service, occurred_at)',
      `CREATE TABLE cost_totals (
        span_seconds ${integer} NOT NULL,
        start_seconds ${integer} NOT NULL,
        service TEXT NOT NULL,
        operation TEXT NOT NULL,
        amount_microusd ${integer} NOT NULL,
        entries ${integer} NOT NULL,
        PRIMARY KEY (span_seconds, start_seconds, service, operation)
      ) ${keyedTableOptions}`,
      `CREATE TABLE scaling_gate (
        id ${integer} PRIMARY KEY CHECK (id = 1),
        version ${integer} NOT NULL,
        state TEXT NOT NULL
      ) ${tableOptions}`,
      `CREATE TABLE scaling_gate_history (
        id ${id},
        occurred_at ${time} NOT NULL,
        event TEXT NOT NULL
      ) ${tableOptions}`,
      `CREATE TABLE cost_settings (key TEXT PRIMARY KEY, value TEXT NOT NULL) ${tableOptions}`,
    ],
    [`CREATE TABLE cost_pruned_ids (external_id TEXT PRIMARY KEY) ${keyedTableOptions}`],
  ];
}

/** Brings the tables from one version to the newest, inside a transaction. */
export async function migrate(query: SqlQuery, dialect: Dialect, from: number): Promise<void> {
  for (const statements of migrations(dialect).slice(from)) {
    for (const statement of statements) await query(statement);
  }
}
