/** A database span: one execution of a statement. */
export interface DatabaseSpan {
  /** Unix nanoseconds, exact. */
  readonly startNs: bigint;
  readonly endNs: bigint;
  readonly statementHash: string;
}

/** Whether a record is meant to be a span rather than a residual. */
export function looksLikeSpan(record: unknown): boolean {
  return typeof record === 'object' && record !== null && 't_start_ns' in record;
}

/** The span of a record whose stamps are exact (see `parseExactJson`), or what is wrong with it. */
export function readSpan(record: unknown): DatabaseSpan | string {
  const { t_start_ns, t_end_ns, statement_hash } = record as Readonly<Record<string, unknown>>;
  const startNs = nanoseconds(t_start_ns);
  const endNs = nanoseconds(t_end_ns);
  if (startNs === undefined) return 't_start_ns is not a whole number of nanoseconds';
  if (endNs === undefined) return 't_end_ns is not a whole number of nanoseconds';
  if (typeof statement_hash !== 'string' || statement_hash === '') return 'statement_hash is not a text';
  return { startNs, endNs, statementHash: statement_hash };
}

function nanoseconds(found: unknown): bigint | undefined {
  if (typeof found === 'bigint') return found;
  if (typeof found === 'number' && Number.isSafeInteger(found)) return BigInt(found);
  return typeof found === 'string' && /^\d{1,20}$/.test(found) ? BigInt(found) : undefined;
}
