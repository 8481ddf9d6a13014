import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { openCostStore } from '@alex/exporters/lead-factory';
import { median, report, round } from './compare.ts';

/**
 * What does it cost to book a cost so that it survives a power cut? Each entry is a transaction of its own in write-ahead
 * logging with `synchronous = FULL`: one sync of the log per entry. The peer is the bare prepared INSERT into the same
 * table, with its indexes, under the same durability; it keeps no totals.
 */
const entries = 400;
const rounds = 9;

const folder = mkdtempSync(join(process.env['BENCH_FOLDER'] ?? tmpdir(), 'bench-ledger-'));
const path = join(folder, 'costs.db');
const store = await openCostStore(path);
const rawPath = join(folder, 'raw.db');
await (await openCostStore(rawPath)).close();
const raw = new DatabaseSync(rawPath);
raw.exec('PRAGMA journal_mode = WAL');
raw.exec('PRAGMA synchronous = FULL');
const insert = raw.prepare(
  'INSERT INTO cost_tracking (service, operation, amount_microusd, occurred_at, session_id, model, external_id) VALUES (?, ?, ?, ?, ?, ?, ?)',
);

let next = 0;
const start = Date.parse('2026-03-10T00:00:00Z');
const entry = () => {
  const index = next++;
  return {
    service: `service-${index % 10}`,
    operation: `operation-${index % 5}`,
    timeMs: start + index * 1000,
    id: `id-${index}`,
  };
};

async function timed(work: () => unknown): Promise<number> {
  const began = performance.now();
  for (let count = 0; count < entries; count++) await work();
  return entries / ((performance.now() - began) / 1000);
}

const ours = () => {
  const { service, operation, timeMs, id } = entry();
  const none = { tier: null, businessId: null };
  return store.append([
    { service, operation, microUsd: 1234, timeMs, externalId: id, sessionId: 's', model: 'm', ...none },
  ]);
};
const bare = () => {
  const { service, operation, timeMs, id } = entry();
  insert.run(service, operation, 1234, new Date(timeMs).toISOString(), 's', 'm', id);
};

const perSecond: number[] = [];
const ratios: number[] = [];
await timed(ours);
await timed(bare);
for (let index = 0; index < rounds; index++) {
  const [a, b] = [await timed(ours), await timed(bare)];
  perSecond.push(a);
  ratios.push(a / b);
}
await store.close();
raw.close();
rmSync(folder, { recursive: true });
report({ ledger_append: { per_second: round(median(perSecond)), ratio_vs_raw_insert: round(median(ratios)) } });
