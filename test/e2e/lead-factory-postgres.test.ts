import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openCostStore } from '../../packages/exporters/src/lead-factory/store/open-cost-store.ts';
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
    postgres.execute('UPDATE cost_schema SET version = 1', url);
    postgres.execute(`ALTER DATABASE ${new URL(url).pathname.slice(1)} SET default_transaction_read_only = on`);
    await store.close();
    await expect(openCostStore(url)).rejects.toMatchObject({ code: 'store_read_only' });
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
