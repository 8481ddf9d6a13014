import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CostLedger } from '../../packages/exporters/src/lead-factory/cost-ledger.ts';
import type { CostRecord } from '../../packages/exporters/src/lead-factory/entry.ts';
import type { CostStore } from '../../packages/exporters/src/lead-factory/store/cost-store.ts';
import { openCostStore } from '../../packages/exporters/src/lead-factory/store/open-cost-store.ts';
import { openPostgres } from '../../packages/exporters/src/lead-factory/store/postgres-driver.ts';
import { describeLedger } from '../../packages/exporters/src/lead-factory/testing/ledger-suite.ts';
import { record } from '../../packages/exporters/src/lead-factory/testing/records.ts';
import { describeStore } from '../../packages/exporters/src/lead-factory/testing/store-suite.ts';
import { Postgres } from './harness/index.ts';

let postgres: Postgres;
let url = '';
beforeAll(async () => {
  postgres = await Postgres.start();
});
afterAll(() => postgres?.stop());

const fresh = () => {
  url = postgres.createDatabase();
  return openCostStore(url);
};
const one = record('a', 1, '2026-03-10T10:00:00Z');
const always = { fromMs: 0, toMs: Date.UTC(9000, 0) };

describeStore('PostgreSQL', fresh, () => openCostStore(url));
describeLedger('PostgreSQL', fresh);

describe('a ledger on PostgreSQL', () => {
  it('is created once, however many processes begin at the same time', async () => {
    const place = postgres.createDatabase();
    const stores = await Promise.all([1, 2, 3].map(() => openCostStore(place)));
    await Promise.all(stores.map((store) => store.append([one])));
    expect(await stores[0]!.total(always)).toBe(3_000_000);
    await Promise.all(stores.map((store) => store.close()));
  });

  it('finds and mends totals that are wrong while others write', async () => {
    const store = await fresh();
    await store.append([one]);
    postgres.execute('UPDATE cost_totals SET amount_microusd = 5', url);
    const writing = Promise.all(Array.from({ length: 20 }, () => store.append([one])));
    expect((await store.verifyTotals(true)).length).toBeGreaterThan(0);
    await writing;
    expect(await store.verifyTotals(false)).toEqual([]);
    expect(await store.total(always)).toBe(21_000_000);
    await store.close();
  });

  it('of a newer version, or read-only, is refused with a code', async () => {
    const store = await fresh();
    postgres.execute('UPDATE cost_schema SET version = 99', url);
    await expect(openCostStore(url)).rejects.toMatchObject({ code: 'store_newer' });
    postgres.execute('UPDATE cost_schema SET version = 2', url);
    postgres.execute(`ALTER DATABASE ${new URL(url).pathname.slice(1)} SET default_transaction_read_only = on`);
    await store.close();
    await expect(openCostStore(url)).rejects.toMatchObject({ code: 'store_read_only' });
  });

  it('takes entries of overlapping times from several writers, none of which waits for another in a circle', async () => {
    const [store, other] = [await fresh(), await openCostStore(url)];
    const day = Array.from({ length: 40 }, (_, quarter) => ({ ...one, timeMs: one.timeMs + quarter * 900_000 }));
    const repeat = async (target: CostStore, records: readonly CostRecord[], times: number) => {
      for (let turn = 0; turn < times; turn++) await target.append(records);
    };
    await Promise.all([
      repeat(store, day, 40),
      repeat(other, day.slice(39), 150),
      repeat(other, day.slice(20, 21), 150),
    ]);
    expect(await store.total(always)).toBe((40 * 40 + 300) * 1e6);
    expect(await store.verifyTotals(false)).toEqual([]);
    await Promise.all([store.close(), other.close()]);
  });

  it('survives a connection that is cut between two statements', async () => {
    await (await fresh()).close();
    const driver = await openPostgres(url);
    const work = driver.transaction(async (query) => {
      const [row] = await query('SELECT pg_backend_pid() AS pid');
      postgres.execute(`SELECT pg_terminate_backend(${row!['pid']})`, url);
      await new Promise((resolve) => setTimeout(resolve, 100));
      await query('SELECT 1');
    });
    await expect(work).rejects.toMatchObject({ code: 'store_unavailable' });
    expect(await driver.query('SELECT 1 AS one')).toEqual([{ one: 1 }]);
    await driver.close();
  });

  it('that does not answer any more is said to be unavailable within seconds', async () => {
    const ledger = new CostLedger({ store: await fresh() });
    await ledger.log({ service: 'a', operation: 'b', costUsd: 1 });
    postgres.freeze();
    try {
      await expect(ledger.check()).rejects.toMatchObject({ code: 'store_unavailable' });
    } finally {
      postgres.thaw();
    }
    expect((await ledger.check()).daily.spentMicroUsd).toBe(1e6);
    await ledger.close();
  });

  it('that is gone gives an error, never a zero, and is used again when it is back', async () => {
    const store = await fresh();
    await store.append([one]);
    postgres.down();
    await expect(store.total(always)).rejects.toMatchObject({ code: 'store_unavailable' });
    await expect(store.append([one])).rejects.toMatchObject({ code: 'store_unavailable' });
    await expect(openCostStore(url)).rejects.toMatchObject({ code: 'store_unavailable' });
    postgres.up();
    await store.append([one]);
    expect(await store.total(always)).toBe(2_000_000);
    await store.close();
  });
});
