import type { CostRecord } from '../entry.ts';
import type { TotalDifference } from './cost-store.ts';
import type { Dialect } from './schema.ts';
import type { SqlDriver, SqlQuery } from './sql-driver.ts';
import { iso, startsOf } from './time-parts.ts';

const addTotals = `INSERT INTO cost_totals (span_seconds, start_seconds, service, operation, amount_microusd, entries)
  VALUES (900, $1, $3, $4, $5, $6), (86400, $2, $3, $4, $5, $6)
  ON CONFLICT (span_seconds, start_seconds, service, operation) DO UPDATE SET
    amount_microusd = cost_totals.amount_microusd + excluded.amount_microusd,
    entries = cost_totals.entries + excluded.entries`;

/** Adds new entries to the totals, in an order that keeps two writers from waiting for one another. */
export async function addToTotals(query: SqlQuery, records: readonly CostRecord[]): Promise<void> {
  const sums = new Map<string, { record: CostRecord; microUsd: number; entries: number }>();
  for (const record of records) {
    const key = JSON.stringify([startsOf(record.timeMs).quarter, record.service, record.operation]);
    const sum = sums.get(key);
    if (sum === undefined) sums.set(key, { record, microUsd: record.microUsd, entries: 1 });
    else {
      sum.microUsd += record.microUsd;
      sum.entries += 1;
    }
  }
  for (const key of [...sums.keys()].sort()) {
    const { record, microUsd, entries } = sums.get(key)!;
    const { quarter, day } = startsOf(record.timeMs);
    await query(addTotals, [quarter, day, record.service, record.operation, microUsd, entries]);
  }
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
