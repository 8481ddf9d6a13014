import type { CostRecord } from '../entry.ts';
import type { TotalDifference } from './cost-store.ts';
import type { Dialect } from './schema.ts';
import type { SqlDriver, SqlQuery } from './sql-driver.ts';
import { iso, startsOf } from './time-parts.ts';

const addTotals = (rows: string): string => `INSERT INTO cost_totals
  (span_seconds, start_seconds, service, operation, amount_microusd, entries) VALUES ${rows}
  ON CONFLICT (span_seconds, start_seconds, service, operation) DO UPDATE SET
    amount_microusd = cost_totals.amount_microusd + excluded.amount_microusd,
    entries = cost_totals.entries + excluded.entries`;
const addQuarterAndDay = addTotals('(900, $1, $3, $4, $5, $6), (86400, $2, $3, $4, $5, $6)');
const addSpan = addTotals('($1, $2, $3, $4, $5, $6)');

/**
 * Adds new entries to the totals. All writers take the rows in one order, quarters of an hour before days, so that no two
 * of them ever wait for one another.
 */
export async function addToTotals(query: SqlQuery, records: readonly CostRecord[]): Promise<void> {
  const [only] = records;
  if (only !== undefined && records.length === 1) {
    const { quarter, day } = startsOf(only.timeMs);
    await query(addQuarterAndDay, [quarter, day, only.service, only.operation, only.microUsd, 1]);
    return;
  }
  for (const span of ['quarter', 'day'] as const) {
    const sums = sumsBy(span, records);
    for (const key of [...sums.keys()].sort()) await query(addSpan, sums.get(key)!);
  }
}

type SpanRow = [
  spanSeconds: number,
  start: number,
  service: string,
  operation: string,
  microUsd: number,
  entries: number,
];

function sumsBy(span: 'quarter' | 'day', records: readonly CostRecord[]): Map<string, SpanRow> {
  const spanSeconds = span === 'quarter' ? 900 : 86_400;
  const sums = new Map<string, SpanRow>();
  for (const { timeMs, service, operation, microUsd } of records) {
    const start = startsOf(timeMs)[span];
    const key = JSON.stringify([start, service, operation]);
    const sum = sums.get(key);
    if (sum === undefined) sums.set(key, [spanSeconds, start, service, operation, microUsd, 1]);
    else {
      sum[4] += microUsd;
      sum[5] += 1;
    }
  }
  return sums;
}

/** Where totals and ledger differ, from `fromMs` on, and where days and their quarters of an hour do. */
export async function findDifferences(
  query: SqlQuery,
  dialect: Dialect,
  fromMs: number,
): Promise<readonly TotalDifference[]> {
  const ledger = await query(
    `SELECT service, operation, start_seconds,
       CAST(SUM(ledger) AS DOUBLE PRECISION) AS ledger, CAST(SUM(total) AS DOUBLE PRECISION) AS total
     FROM (
       SELECT service, operation, ${dialect.quarter} AS start_seconds, amount_microusd AS ledger, 1 AS held, 0 AS total, 0 AS counted
         FROM cost_tracking WHERE occurred_at >= $1
       UNION ALL SELECT service, operation, start_seconds, 0, 0, amount_microusd, entries
         FROM cost_totals WHERE span_seconds = 900 AND start_seconds >= $2
     ) AS sides GROUP BY service, operation, start_seconds
     HAVING SUM(ledger) <> SUM(total) OR SUM(held) <> SUM(counted)`,
    [iso(fromMs), Math.floor(fromMs / 1000)],
  );
  const days = await query(
    `SELECT service, operation, start_seconds,
       CAST(SUM(quarters) AS DOUBLE PRECISION) AS ledger, CAST(SUM(days) AS DOUBLE PRECISION) AS total
     FROM (
       SELECT service, operation, start_seconds - start_seconds % 86400 AS start_seconds, amount_microusd AS quarters, 0 AS days
         FROM cost_totals WHERE span_seconds = 900
       UNION ALL SELECT service, operation, start_seconds, 0, amount_microusd FROM cost_totals WHERE span_seconds = 86400
     ) AS sides GROUP BY service, operation, start_seconds HAVING SUM(quarters) <> SUM(days)`,
  );
  return [...ledger, ...days].map((row) => ({
    startMs: Number(row['start_seconds']) * 1000,
    service: String(row['service']),
    operation: String(row['operation']),
    ledgerMicroUsd: Number(row['ledger']),
    totalMicroUsd: Number(row['total']),
  }));
}

/** Makes the totals anew from the ledger, from `fromMs` on; older ones are all that is left of pruned entries. */
export async function rebuildTotals(driver: SqlDriver, dialect: Dialect, fromMs: number): Promise<void> {
  const from = Math.floor(fromMs / 1000);
  const day = startsOf(fromMs).day;
  await driver.transaction(async (query) => {
    if (dialect.lockTotals !== undefined) await query(dialect.lockTotals);
    await query('DELETE FROM cost_totals WHERE span_seconds = 900 AND start_seconds >= $1', [from]);
    await query(
      `INSERT INTO cost_totals (span_seconds, start_seconds, service, operation, amount_microusd, entries)
       SELECT 900, ${dialect.quarter}, service, operation, SUM(amount_microusd), COUNT(*) FROM cost_tracking
       WHERE occurred_at >= $1 GROUP BY 2, 3, 4`,
      [iso(fromMs)],
    );
    await query('DELETE FROM cost_totals WHERE span_seconds = 86400 AND start_seconds >= $1', [day]);
    await query(
      `INSERT INTO cost_totals (span_seconds, start_seconds, service, operation, amount_microusd, entries)
       SELECT 86400, start_seconds - start_seconds % 86400, service, operation, SUM(amount_microusd), SUM(entries)
       FROM cost_totals WHERE span_seconds = 900 AND start_seconds >= $1 GROUP BY 2, 3, 4`,
      [day],
    );
  });
}
