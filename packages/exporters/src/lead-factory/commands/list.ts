import { type Command, defineCommand } from '@alex/service';
import type { CostLedger } from '../cost-ledger.ts';
import { formatUsd, toUsd } from '../money.ts';
import { budgetEnvironment, ledgerOptions } from '../options.ts';
import type { CostSum, StoredEntry, TimeRange } from '../store/cost-store.ts';
import { withLedger } from './open-ledger.ts';
import { periodOptions } from './period-options.ts';
import { columns, costTable } from './table.ts';

/** `costs list`: what was spent in a period, by service and operation, or entry by entry. */
export const list: Command = defineCommand({
  name: 'list',
  summary: 'Lists what was spent in a period, by service, by operation of one service, or entry by entry.',
  examples: [
    'alex-obs costs list --period month',
    'alex-obs costs list --period week --service openai',
    'alex-obs costs list --period custom --from 2026-01-01 --to 2026-03-31 --entries --limit 0 --json',
  ],
  options: {
    ...ledgerOptions,
    ...budgetEnvironment,
    ...periodOptions,
    service: { type: 'string', description: 'Only this service, by operation.' },
    entries: { type: 'boolean', description: 'The entries themselves, newest first.' },
    limit: { type: 'integer', default: 50, minimum: 0, description: 'At most so many entries; 0: all.' },
  },
  json: true,
  async run(context) {
    const { options, json, print } = context;
    await withLedger(context, async (ledger) => {
      const period = ledger.period({ period: options.period, start: options.from, end: options.to });
      if (options.entries) {
        const entries = await readEntries(ledger, period, options);
        if (json) print(JSON.stringify(entries.map(entryJson), null, 2));
        else for (const line of entryTable(entries)) print(line);
        return;
      }
      const { service } = options;
      const sums =
        service === undefined
          ? await ledger.store.sumByService(period)
          : await ledger.store.sumByOperation(service, period);
      if (json) print(JSON.stringify(sums.map(sumJson), null, 2));
      else for (const line of costTable(service === undefined ? 'service' : `${service}: operation`, sums)) print(line);
    });
  },
});

async function readEntries(
  ledger: CostLedger,
  period: TimeRange,
  { service, limit }: { readonly service?: string | undefined; readonly limit: number },
): Promise<StoredEntry[]> {
  const all: StoredEntry[] = [];
  const wanted = limit === 0 ? Number.POSITIVE_INFINITY : limit;
  for (;;) {
    const size = Math.min(wanted - all.length, 1000);
    const page = await ledger.store.entries({ ...period, service, after: all.at(-1), newestFirst: true, limit: size });
    all.push(...page);
    if (page.length < size || all.length >= wanted) return all;
  }
}

function sumJson({ name, microUsd, entries }: CostSum): object {
  return { name, cost_dollars: toUsd(microUsd), entries };
}

/** An entry with the column names of the ledger. */
export function entryJson(entry: StoredEntry): Record<string, string | number | null> {
  return {
    occurred_at: new Date(entry.timeMs).toISOString(),
    service: entry.service,
    operation: entry.operation,
    cost_dollars: toUsd(entry.microUsd),
    tier: entry.tier,
    business_id: entry.businessId,
    session_id: entry.sessionId,
    model: entry.model,
    external_id: entry.externalId,
  };
}

function entryTable(entries: readonly StoredEntry[]): string[] {
  const rows = entries.map((one) => [
    new Date(one.timeMs).toISOString(),
    one.service,
    one.operation,
    one.sessionId ?? '',
    formatUsd(one.microUsd),
  ]);
  return columns([['time', 'service', 'operation', 'session', 'cost'], ...rows], 4);
}
