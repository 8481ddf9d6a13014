import type { GateEvent, GateState } from '../budget/gate-state.ts';
import type { CostRecord } from '../entry.ts';
import type { CostStore, CostSum, EntryQuery, StoredEntry, TimeRange, TotalDifference } from './cost-store.ts';
import { readGate, readHistory, writeGate } from './gate-rows.ts';
import type { Dialect } from './schema.ts';
import type { SqlDriver, SqlRow, SqlValue } from './sql-driver.ts';
import { iso, rangeParameters, rangeRows, startsOf } from './time-parts.ts';
import { addToTotals, findDifferences, rebuildTotals } from './totals.ts';

const insertEntry = `INSERT INTO cost_tracking
  (service, operation, amount_microusd, occurred_at, tier, business_id, session_id, model, external_id)
  SELECT $1, $2, CAST($3 AS BIGINT), $4, CAST($5 AS BIGINT), CAST($6 AS BIGINT), $7, $8, CAST($9 AS TEXT)
  WHERE NOT EXISTS (SELECT 1 FROM cost_pruned_ids WHERE external_id = CAST($9 AS TEXT))
  ON CONFLICT (external_id) DO NOTHING RETURNING id`;

const deleteBefore = `DELETE FROM cost_tracking WHERE id IN
  (SELECT id FROM cost_tracking WHERE occurred_at < $1 ORDER BY occurred_at LIMIT $2) RETURNING external_id`;

const keepId = 'INSERT INTO cost_pruned_ids (external_id) VALUES ($1) ON CONFLICT (external_id) DO NOTHING';

/** Entries that one transaction deletes. */
const pruneSize = 5000;

const prunedBefore = 'pruned_before';

/** A cost store on SQL; all that differs between databases is the driver and the dialect. */
export class SqlStore implements CostStore {
  readonly #driver: SqlDriver;
  readonly #dialect: Dialect;

  constructor(driver: SqlDriver, dialect: Dialect) {
    this.#driver = driver;
    this.#dialect = dialect;
  }

  append(records: readonly CostRecord[]): Promise<readonly boolean[]> {
    return this.#driver.transaction(async (query) => {
      const added: boolean[] = [];
      for (const record of records) {
        const { service, operation, microUsd, timeMs, tier, businessId, sessionId, model, externalId } = record;
        const values = [service, operation, microUsd, iso(timeMs), tier, businessId, sessionId, model, externalId];
        added.push((await query(insertEntry, values)).length > 0);
      }
      await addToTotals(
        query,
        records.filter((_, index) => added[index]),
      );
      return added;
    });
  }

  sumByService(range: TimeRange): Promise<readonly CostSum[]> {
    return this.#sum(`SELECT service AS name, ${sums} FROM (${rangeRows}) AS parts GROUP BY service`, range);
  }

  sumByOperation(service: string, range: TimeRange): Promise<readonly CostSum[]> {
    const sql = `SELECT operation AS name, ${sums} FROM (${rangeRows}) AS parts WHERE service = $9 GROUP BY operation`;
    return this.#sum(sql, range, service);
  }

  async total(range: TimeRange, service?: string): Promise<number> {
    const all = await this.sumByService(range);
    return all.reduce(
      (sum, { name, microUsd }) => (service === undefined || name === service ? sum + microUsd : sum),
      0,
    );
  }

  async sumByDetail(detail: 'session' | 'model', { fromMs, toMs }: TimeRange): Promise<readonly CostSum[]> {
    const column = detail === 'session' ? 'session_id' : 'model';
    const rows = await this.#driver.query(
      `SELECT ${column} AS name, CAST(SUM(amount_microusd) AS DOUBLE PRECISION) AS amount, COUNT(*) AS entries
       FROM cost_tracking WHERE occurred_at >= $1 AND occurred_at < $2 AND ${column} IS NOT NULL GROUP BY ${column}`,
      [iso(fromMs), iso(toMs)],
    );
    return ranked(rows);
  }

  async entries({
    fromMs,
    toMs,
    service,
    after,
    newestFirst = false,
    limit,
  }: EntryQuery): Promise<readonly StoredEntry[]> {
    const values: SqlValue[] = [iso(fromMs), iso(toMs), Math.floor(limit)];
    const conditions = ['occurred_at >= $1', 'occurred_at < $2'];
    if (service !== undefined) conditions.push(`service = $${values.push(service)}`);
    if (after !== undefined) {
      const place = `($${values.push(iso(after.timeMs))}, $${values.push(after.id)})`;
      conditions.push(`(occurred_at, id) ${newestFirst ? '<' : '>'} ${place}`);
    }
    const order = newestFirst ? 'DESC' : 'ASC';
    const rows = await this.#driver.query(
      `SELECT * FROM cost_tracking WHERE ${conditions.join(' AND ')} ORDER BY occurred_at ${order}, id ${order} LIMIT $3`,
      values,
    );
    return rows.map(toEntry);
  }

  gate(): Promise<GateState> {
    return readGate(this.#driver.query);
  }

  changeGate(next: GateState, event?: GateEvent & { readonly keep: number }): Promise<boolean> {
    return writeGate(this.#driver, next, event);
  }

  gateHistory(limit: number): Promise<readonly GateEvent[]> {
    return readHistory(this.#driver.query, limit);
  }

  async setting(key: string): Promise<string | undefined> {
    const [row] = await this.#driver.query('SELECT value FROM cost_settings WHERE key = $1', [key]);
    return row === undefined ? undefined : String(row['value']);
  }

  async saveSetting(key: string, value: string): Promise<void> {
    await this.#driver.transaction((query) =>
      query(
        'INSERT INTO cost_settings (key, value) VALUES ($1, $2) ON CONFLICT (key) DO UPDATE SET value = excluded.value',
        [key, value],
      ),
    );
  }

  async verifyTotals(rebuild: boolean): Promise<readonly TotalDifference[]> {
    const fromMs = Number((await this.setting(prunedBefore)) ?? 0);
    const differences = await findDifferences(this.#driver.query, this.#dialect, fromMs);
    if (rebuild && differences.length > 0) await rebuildTotals(this.#driver, this.#dialect, fromMs);
    return differences;
  }

  async prune(beforeMs: number): Promise<number> {
    // Whole quarters of an hour, so that no sum ever needs an entry that is gone.
    const before = startsOf(beforeMs).quarter * 1000;
    const last = Number((await this.setting(prunedBefore)) ?? 0);
    if (before > last) await this.saveSetting(prunedBefore, String(before));
    // In pieces, so that other writers get their turn.
    for (let deleted = 0; ; ) {
      const gone = await this.#driver.transaction(async (query) => {
        const rows = await query(deleteBefore, [iso(before), pruneSize]);
        for (const { external_id: id } of rows) if (isRepeatable(id)) await query(keepId, [id]);
        return rows;
      });
      deleted += gone.length;
      if (gone.length < pruneSize) return deleted;
    }
  }

  close(): Promise<void> {
    return this.#driver.close();
  }

  async #sum(sql: string, range: TimeRange, service?: string): Promise<readonly CostSum[]> {
    const parameters = rangeParameters(range);
    const rows = await this.#driver.query(sql, service === undefined ? parameters : [...parameters, service]);
    return ranked(rows).filter(({ entries }) => entries > 0);
  }
}

/** A span ends once and its cost is not handed over days later; a file may be imported again at any time. */
function isRepeatable(id: unknown): id is string {
  return typeof id === 'string' && !id.startsWith('span:');
}

/** Doubles are exact up to 2^53 micro-dollars, nine billion dollars, and never overflow beyond. */
const sums =
  'CAST(SUM(amount_microusd) AS DOUBLE PRECISION) AS amount, CAST(SUM(entries) AS DOUBLE PRECISION) AS entries';

function ranked(rows: readonly SqlRow[]): CostSum[] {
  return rows
    .map((row) => ({ name: String(row['name']), microUsd: Number(row['amount']), entries: Number(row['entries']) }))
    .sort((left, right) => right.microUsd - left.microUsd || (left.name < right.name ? -1 : 1));
}

function toEntry(row: SqlRow): StoredEntry {
  const number = (value: unknown): number | null => (value === null ? null : Number(value));
  const text = (value: unknown): string | null => (value === null ? null : String(value));
  return {
    id: Number(row['id']),
    service: String(row['service']),
    operation: String(row['operation']),
    microUsd: Number(row['amount_microusd']),
    timeMs: Date.parse(String(row['occurred_at'])),
    externalId: text(row['external_id']),
    tier: number(row['tier']),
    businessId: number(row['business_id']),
    sessionId: text(row['session_id']),
    model: text(row['model']),
  };
}
