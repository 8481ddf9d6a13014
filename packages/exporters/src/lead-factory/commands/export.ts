import { renameSync, rmSync, writeFileSync } from 'node:fs';
import { Registry, renderPrometheusText } from '@alex/openmetrics';
import { type Command, CommandError, defineCommand } from '@alex/service';
import type { Period } from '../budget/calendar.ts';
import { costsJson } from '../budget-json.ts';
import type { CostLedger } from '../cost-ledger.ts';
import { LedgerError } from '../errors.ts';
import { toUsd } from '../money.ts';
import { budgetEnvironment, ledgerOptions } from '../options.ts';
import { CostMetrics } from '../service/cost-metrics.ts';
import type { StoredEntry } from '../store/cost-store.ts';
import { entryJson } from './list.ts';
import { withLedger } from './open-ledger.ts';
import { periodOptions } from './period-options.ts';

const columnNames = [
  'occurred_at',
  'service',
  'operation',
  'cost_dollars',
  'tier',
  'business_id',
  'session_id',
  'model',
  'external_id',
];

/** `costs export`: a report, the entries, or metrics for a textfile collector. */
export const exportCosts: Command = defineCommand({
  name: 'export',
  summary: 'Writes a report (json), the entries (csv), or metrics for a textfile collector (prometheus).',
  examples: [
    'alex-obs costs export --period month > report.json',
    'alex-obs costs export --format csv --period custom --from 2026-01-01 --to 2026-03-31 --output quarter.csv',
    'alex-obs costs export --format prometheus --output /var/lib/node_exporter/costs.prom',
  ],
  options: {
    ...ledgerOptions,
    ...budgetEnvironment,
    ...periodOptions,
    format: { type: 'choice', values: ['json', 'csv', 'prometheus'], default: 'json', description: 'What to write.' },
    output: { type: 'string', short: 'o', valueName: 'file', description: 'Instead of stdout; replaced in one step.' },
  },
  json: true,
  async run(context) {
    const { options, io, note } = context;
    await withLedger(context, async (ledger) => {
      const period = ledger.period({ period: options.period, start: options.from, end: options.to });
      const chunks = contentOf(ledger, period, options.format);
      if (options.output === undefined) {
        for await (const chunk of chunks) io.stdout.write(chunk);
        return;
      }
      await writeInOneStep(options.output, chunks);
      note(`wrote ${options.output}`);
    });
  },
});

async function* contentOf(
  ledger: CostLedger,
  period: Period,
  format: 'json' | 'csv' | 'prometheus',
): AsyncGenerator<string> {
  if (format === 'csv') yield* csv(ledger, period);
  else if (format === 'json') yield `${JSON.stringify(await report(ledger, period), null, 2)}\n`;
  else yield await textfile(ledger);
}

/** The report of the original. */
async function report(ledger: CostLedger, period: Period): Promise<object> {
  const services = await ledger.store.sumByService(period);
  // A service may be called __proto__.
  const operations = new Map<string, Record<string, number>>();
  for (const { name } of services) operations.set(name, costsJson(await ledger.store.sumByOperation(name, period)));
  return {
    period: `${period.name} (${period.start === period.end ? period.start : `${period.start} to ${period.end}`})`,
    start_date: period.start,
    end_date: period.end,
    generated_at: new Date().toISOString(),
    total_cost: toUsd(services.reduce((all, { microUsd }) => all + microUsd, 0)),
    service_breakdown: costsJson(services),
    operation_breakdown: Object.fromEntries(operations),
  };
}

async function* csv(ledger: CostLedger, period: Period): AsyncGenerator<string> {
  yield `${columnNames.join(',')}\n`;
  let after: StoredEntry | undefined;
  for (;;) {
    const page: readonly StoredEntry[] = await ledger.store.entries({ ...period, after, limit: 1000 });
    if (page.length === 0) return;
    yield page.map((entry) => `${csvLine(entryJson(entry))}\n`).join('');
    after = page.at(-1);
  }
}

function csvLine(row: Readonly<Record<string, string | number | null>>): string {
  return columnNames.map((name) => csvField(row[name] ?? '')).join(',');
}

/** RFC 4180; amounts are written without an exponent. */
function csvField(value: string | number): string {
  const text =
    typeof value === 'number' && !Number.isInteger(value) ? value.toFixed(6).replace(/0+$/, '') : String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

async function textfile(ledger: CostLedger): Promise<string> {
  const registry = new Registry();
  new CostMetrics(registry).show(await ledger.check());
  // Counters of a process that ends at once mean nothing.
  const families = [...registry.snapshot().families].filter(({ type }) => type === 'gauge');
  return renderPrometheusText({ families });
}

async function writeInOneStep(path: string, chunks: AsyncIterable<string>): Promise<void> {
  const part = `${path}.${process.pid}.part`;
  try {
    writeFileSync(part, '');
    for await (const chunk of chunks) writeFileSync(part, chunk, { flag: 'a' });
    renameSync(part, path);
  } catch (error) {
    rmSync(part, { force: true });
    if (LedgerError.isInstance(error)) throw error;
    throw new CommandError(`${path} cannot be written: ${(error as Error).message}`, { cause: error });
  }
}
