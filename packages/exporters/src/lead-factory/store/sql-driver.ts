/** A value that both databases take as a parameter. */
export type SqlValue = string | number | null;

export type SqlRow = Readonly<Record<string, unknown>>;

/** Runs one statement; parameters are written `$1`, `$2`, ... */
export type SqlQuery = (sql: string, parameters?: readonly SqlValue[]) => Promise<readonly SqlRow[]>;

/** A database with the cost tables. Rejects with LedgerError only. */
export interface SqlDriver {
  /** Reads what was committed. */
  readonly query: SqlQuery;
  /** Runs statements as one: all or none, durable when it resolves, one writer after the other. */
  transaction<Result>(work: (query: SqlQuery) => Promise<Result>): Promise<Result>;
  close(): Promise<void>;
}
