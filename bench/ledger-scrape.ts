import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { costService, openCostStore } from '@alex/exporters/lead-factory';
import { runService } from '@alex/service';
import { median, report, round } from './compare.ts';

/**
 * What does a scrape of the cost exporter take, over HTTP, with a ledger of ten thousand and of a million entries? Both are
 * spread over the 30 days before the 30th of a month at noon, 10 services with 5 operations each.
 */
const now = Date.parse('2026-03-30T12:00:00Z');
const spanMs = 30 * 86_400_000;
const scrapes = 60;

async function fill(path: string, count: number): Promise<void> {
  const store = await openCostStore(path);
  const none = { tier: null, businessId: null, externalId: null, sessionId: null, model: null };
  for (let from = 0; from < count; from += 20_000) {
    const size = Math.min(20_000, count - from);
    await store.append(
      Array.from({ length: size }, (_, offset) => {
        const index = from + offset;
        return {
          service: `service-${index % 10}`,
          operation: `operation-${(index * 7) % 5}`,
          microUsd: 10,
          timeMs: now - spanMs + Math.floor((index / count) * spanMs),
          ...none,
        };
      }),
    );
  }
  await store.close();
}

async function scrapeMs(path: string): Promise<number> {
  const quiet = { write: () => undefined };
  const definition = costService({
    host: '127.0.0.1',
    port: 0,
    location: path,
    environment: 'bench',
    settings: { timeZone: 'America/New_York' },
  });
  const clock = { now: () => now, sleep: () => new Promise<void>(() => undefined) };
  const service = await runService(definition, { io: { stdout: quiet, stderr: quiet, env: {} }, clock });
  const times: number[] = [];
  for (let count = 0; count < scrapes; count++) {
    const began = performance.now();
    const text = await (await fetch(`${service.url}/metrics`)).text();
    times.push(performance.now() - began);
    if (!text.includes('lead_factory_cost_store_up 1')) throw new Error('the ledger was not read');
  }
  await service.close();
  return median(times.slice(10));
}

const folder = mkdtempSync(join(tmpdir(), 'bench-ledger-'));
const [small, large] = [join(folder, 'small.db'), join(folder, 'large.db')];
await fill(small, 10_000);
await fill(large, 1_000_000);
const [smallMs, largeMs] = [await scrapeMs(small), await scrapeMs(large)];
rmSync(folder, { recursive: true });
report({
  ledger_scrape: { ms: round(largeMs), ms_1e4: round(smallMs), ratio_1e6_vs_1e4: round(largeMs / smallMs) },
});
process.exit(0);
