import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { Worker } from 'node:worker_threads';
import { afterAll, describe, expect, it } from 'vitest';
import { record } from '../testing/records.ts';
import { describeStore } from '../testing/store-suite.ts';
import { openCostStore } from './open-cost-store.ts';
import { SqlStore } from './sql-store.ts';
import { SqliteDriver, sqliteDialect } from './sqlite-driver.ts';

const folder = mkdtempSync(join(tmpdir(), 'costs-'));
afterAll(() => rmSync(folder, { recursive: true }));
let files = 0;
const fresh = (): string => join(folder, 'deep', `costs-${++files}.db`);
const current = (): string => join(folder, 'deep', `costs-${files}.db`);
const one = record('a', 1, '2026-03-10T10:00:00Z');
const always = { fromMs: 0, toMs: Date.UTC(9000, 0) };

describeStore(
  'SQLite',
  () => openCostStore(fresh()),
  () => openCostStore(current()),
);

it.each(['mysql://user:password@host/costs', 'ftp://host/costs.db', 'POSTGRES://host/costs'])(
  'the location %s is refused, and makes no folder',
  async (location) => {
    await expect(openCostStore(location)).rejects.toMatchObject({
      code: 'invalid_argument',
      message: expect.stringMatching(/^A cost ledger is a file or a postgres:\/\/ URL, not \w+:\/\/$/),
    });
    expect(existsSync(location.slice(0, location.indexOf('/')))).toBe(false);
  },
);

describe('a ledger file', () => {
  it.runIf(existsSync('/proc/self'))('whose folder cannot be made is refused at once', () => {
    // In a process of its own, which can be ended should it never return.
    const module = JSON.stringify(new URL('./open-cost-store.ts', import.meta.url).href);
    const source = `import(${module}).then(({ openCostStore }) => openCostStore('/proc/no-such/costs.db')).catch(({ code }) => console.log(code))`;
    const options = { encoding: 'utf8', timeout: 5000 } as const;
    const { stdout } = spawnSync(process.execPath, ['--conditions=@alex/source', '-e', source], options);
    expect(stdout).toBe('store_unavailable\n');
  });

  it('is written ahead, synced at each commit, and marked as what it is', async () => {
    const path = fresh();
    await (await openCostStore(path)).close();
    const database = new DatabaseSync(path);
    expect(database.prepare('PRAGMA journal_mode').get()).toEqual({ journal_mode: 'wal' });
    expect(database.prepare('PRAGMA application_id').get()).toEqual({ application_id: 0x414c5843 });
    expect(() =>
      database.exec(
        "INSERT INTO cost_tracking (service, operation, amount_microusd, occurred_at) VALUES ('a', 'b', -1, '')",
      ),
    ).toThrow(/CHECK/);
    expect(() =>
      database.exec(
        "INSERT INTO cost_tracking (service, operation, amount_microusd, occurred_at) VALUES ('a', 'b', 0.5, '')",
      ),
    ).toThrow(/REAL/);
    database.close();
  });

  it('is created once, however many processes open it for the first time at the same moment', async () => {
    const [rounds, openers] = [40, 3];
    mkdirSync(join(folder, 'race'));
    const turns = new SharedArrayBuffer(4 * rounds);
    const code = `import(${JSON.stringify(new URL('./open-cost-store.ts', import.meta.url).href)}).then(async ({ openCostStore }) => {
      const { parentPort, workerData: { turns, rounds, openers, folder } } = require('node:worker_threads');
      const arrived = new Int32Array(turns);
      for (let round = 0; round < rounds; round++) {
        Atomics.add(arrived, round, 1);
        while (Atomics.load(arrived, round) < openers);
        const said = await openCostStore(folder + '/' + round + '.db').then((store) => store.close(), ({ message }) => message);
        if (said !== undefined) parentPort.postMessage(said);
      }
    })`;
    const problems: string[] = [];
    const ends = Array.from({ length: openers }, () => {
      const workerData = { turns, rounds, openers, folder: join(folder, 'race') };
      const worker = new Worker(code, { eval: true, workerData });
      worker.on('message', (problem: string) => problems.push(problem));
      return once(worker, 'exit');
    });
    await Promise.all(ends);
    expect(problems).toEqual([]);
  });

  it('of a newer version is refused, not touched', async () => {
    const path = fresh();
    await (await openCostStore(path)).close();
    const database = new DatabaseSync(path);
    database.exec('PRAGMA user_version = 99');
    database.close();
    await expect(openCostStore(path)).rejects.toMatchObject({
      code: 'store_newer',
      message: expect.stringMatching(/tables 99/),
    });
  });

  it('that is another database is refused with the way out', async () => {
    const path = fresh();
    const database = new DatabaseSync(join(folder, 'legacy.db'));
    database.exec('CREATE TABLE cost_tracking (id INTEGER, cost_cents INTEGER)');
    database.close();
    await expect(openCostStore(join(folder, 'legacy.db'))).rejects.toMatchObject({
      code: 'store_foreign',
      message: expect.stringMatching(/costs import/),
    });
    writeFileSync(join(folder, 'text.db'), 'service,operation\n'.repeat(100));
    await expect(openCostStore(join(folder, 'text.db'))).rejects.toMatchObject({ code: 'store_foreign' });
    await expect(openCostStore(folder)).rejects.toMatchObject({ code: 'store_unavailable' });
    await expect(openCostStore(path, { readOnly: true })).rejects.toMatchObject({ code: 'store_unavailable' });
  });

  it('that is damaged says so and never reads as no costs', async () => {
    const path = fresh();
    const store = await openCostStore(path);
    await store.append(Array.from({ length: 500 }, (_, index) => ({ ...one, operation: `operation ${index}` })));
    await store.close();
    const bytes = readFileSync(path);
    bytes.fill(0x5a, 4096 * 2);
    writeFileSync(path, bytes);
    const failure = await openCostStore(path)
      .then(async (damaged) => damaged.sumByService(always).finally(() => damaged.close()))
      .catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: 'store_corrupt' });
  });

  it('that is read-only or full gives a typed error and keeps what it has', async () => {
    const path = fresh();
    const store = await openCostStore(path);
    await store.append([one]);
    const readOnly = await openCostStore(path, { readOnly: true });
    await expect(readOnly.append([one])).rejects.toMatchObject({ code: 'store_read_only' });
    expect(await readOnly.total(always)).toBe(1_000_000);
    await readOnly.close();
    await store.close();

    const writer = new DatabaseSync(path);
    const reader = new DatabaseSync(path, { readOnly: true });
    const { page_count: pages } = writer.prepare('PRAGMA page_count').get() as { page_count: number };
    writer.exec(`PRAGMA max_page_count = ${pages + 2}`);
    const full = new SqlStore(new SqliteDriver(path, { writer, reader }), sqliteDialect);
    const many = Array.from({ length: 500 }, (_, index) => ({ ...one, operation: `operation ${index}` }));
    await expect(full.append(many)).rejects.toMatchObject({ code: 'store_full' });
    expect(await full.total(always)).toBe(1_000_000);
    expect(await full.append([one])).toEqual([true]);
    await full.close();
  });

  it('that another process holds is waited for without stopping the event loop, then refused', async () => {
    const path = fresh();
    const store = await openCostStore(path, { lockTimeoutMs: 150 });
    const holder = new DatabaseSync(path);
    holder.exec('BEGIN IMMEDIATE');
    let turns = 0;
    const timer = setInterval(() => turns++, 5);
    await expect(store.append([one])).rejects.toMatchObject({ code: 'store_locked' });
    clearInterval(timer);
    expect(turns).toBeGreaterThan(0);
    expect(await store.total(always)).toBe(0);
    const waiting = store.append([one]);
    setTimeout(() => holder.exec('ROLLBACK'), 30);
    expect(await waiting).toEqual([true]);
    holder.close();
    await store.close();
  });

  it('whose log is cut at any byte holds each commit wholly or not at all', async () => {
    const path = fresh();
    const store = await openCostStore(path);
    const copy = join(folder, 'cut.db');
    await store.append([one]);
    // No checkpoint: everything after the tables stands in the log.
    const log = readFileSync(`${path}-wal`);
    for (let commit = 0; commit < 3; commit++) await store.append([{ ...one, operation: `o${commit}` }]);
    const longer = readFileSync(`${path}-wal`);
    const base = readFileSync(path);
    await store.close();
    let last = 0;
    for (let length = log.length; length <= longer.length; length += 509) {
      writeFileSync(copy, base);
      rmSync(`${copy}-shm`, { force: true });
      writeFileSync(`${copy}-wal`, longer.subarray(0, length));
      const cut = await openCostStore(copy);
      const [total, entries] = [await cut.total(always), await cut.entries({ ...always, limit: 9 })];
      expect(total).toBe(entries.length * 1_000_000);
      expect(entries.length).toBeGreaterThanOrEqual(Math.max(last, 1));
      expect(await cut.verifyTotals(false)).toEqual([]);
      last = entries.length;
      await cut.close();
    }
    expect(last).toBeGreaterThanOrEqual(3);
    expect(statSync(path).size).toBeGreaterThan(0);
  });

  it('finds and mends totals that are wrong', async () => {
    const path = fresh();
    const store = await openCostStore(path);
    await store.append([one, record('b', 2, '2026-03-12T10:00:00Z')]);
    const database = new DatabaseSync(path);
    database.exec("UPDATE cost_totals SET amount_microusd = 5 WHERE service = 'a' AND span_seconds = 900");
    database.exec("DELETE FROM cost_totals WHERE service = 'b'");
    database.close();
    expect(
      (await store.verifyTotals(true)).map(({ service, ledgerMicroUsd, totalMicroUsd }) => [
        service,
        ledgerMicroUsd,
        totalMicroUsd,
      ]),
    ).toEqual([
      ['a', 1_000_000, 5],
      ['b', 2_000_000, 0],
      ['a', 5, 1_000_000],
    ]);
    expect(await store.verifyTotals(false)).toEqual([]);
    expect(await store.total(always)).toBe(3_000_000);
    await store.close();
  });

  it('leaves damaged lines of the history out, and reports a damaged gate', async () => {
    const path = fresh();
    const store = await openCostStore(path);
    const database = new DatabaseSync(path);
    database.exec(
      "INSERT INTO scaling_gate_history (occurred_at, event) VALUES ('x', '{not json'), ('x', '[1]'), ('x', '{\"status\":\"activated\"}')",
    );
    expect(await store.gateHistory(0)).toEqual([{ status: 'activated' }]);
    database.exec("INSERT INTO scaling_gate VALUES (1, 1, 'nonsense')");
    await expect(store.gate()).rejects.toMatchObject({ code: 'store_corrupt' });
    database.close();
    await store.close();
  });

  it('in memory is gone when it is closed', async () => {
    const store = await openCostStore(':memory:');
    await store.append([one]);
    expect(await store.total(always)).toBe(1_000_000);
    await store.close();
  });
});
