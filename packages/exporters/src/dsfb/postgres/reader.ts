import type { ResidualSample } from '../sample.ts';

/** What a server is and allows, as far as readers depend on it. */
export interface ServerFacts {
  /** As `server_version_num`, for instance 150006. */
  readonly version: number;
  readonly database: string;
  readonly role: string;
  /** Where the extension pg_stat_statements is installed in this database. */
  readonly statementsSchema: string | undefined;
  /** Whether the role sees the statistics of all others. */
  readonly readsAllStats: boolean;
  readonly ioTiming: boolean;
}

export type Row = Readonly<Record<string, unknown>>;

/** Turns one view of PostgreSQL's statistics into residuals. */
export interface Reader {
  /** Names the source in metrics and messages. */
  readonly name: string;
  /** The statement of one poll, or why the server cannot answer it and which setting helps. */
  query(server: ServerFacts): { readonly sql: string } | { readonly missing: string };
  /** The residuals of one poll at `t`; most readers need a few polls before the first. */
  residuals(rows: readonly Row[], t: number, server: ServerFacts): ResidualSample[];
}

/** A number of a row; pg gives bigint and numeric as text. */
export function numberOf(row: Row, column: string): number {
  return Number(row[column] ?? 0);
}

export function textOf(row: Row, column: string): string {
  return String(row[column]);
}

/** Rows of a view that are read at each poll, those with the most load. */
export const mostRows = 500;

/** Why a role cannot see the statistics of others, and what to do. */
export function missingPrivilege({ role }: ServerFacts): string {
  return `the role ${role} does not see the statistics of other roles: GRANT pg_monitor TO ${JSON.stringify(role)}`;
}
