import { type Command, defineCommand } from '@alex/service';
import { formatUsd, toUsd } from '../money.ts';
import { ledgerOptions } from '../options.ts';
import type { TotalDifference } from '../store/cost-store.ts';
import { withLedger } from './open-ledger.ts';
import { columns } from './table.ts';

/** `costs verify`: holds the totals against the ledger. */
export const verify: Command = defineCommand({
  name: 'verify',
  summary: 'Compares the running totals with the entries of the ledger; exit code 1 where they differ.',
  examples: ['alex-obs costs verify', 'alex-obs costs verify --rebuild'],
  options: { ...ledgerOptions, rebuild: { type: 'boolean', description: 'Make wrong totals anew from the entries.' } },
  json: true,
  async run(context) {
    const { options, json, print, note } = context;
    const differences = await withLedger(context, (ledger) => ledger.store.verifyTotals(options.rebuild));
    if (json) print(JSON.stringify(differences.map(differenceJson), null, 2));
    else if (differences.length > 0) for (const line of table(differences)) print(line);
    if (differences.length === 0) note('totals and ledger agree');
    else
      note(
        options.rebuild
          ? `${differences.length} totals were made anew`
          : `${differences.length} totals differ; --rebuild makes them anew`,
      );
    return differences.length > 0 && !options.rebuild ? 1 : 0;
  },
});

function differenceJson({ startMs, service, operation, ledgerMicroUsd, totalMicroUsd }: TotalDifference): object {
  const start = new Date(startMs).toISOString();
  return { start, service, operation, ledger_dollars: toUsd(ledgerMicroUsd), total_dollars: toUsd(totalMicroUsd) };
}

function table(differences: readonly TotalDifference[]): string[] {
  const rows = differences.map((one) => [
    new Date(one.startMs).toISOString(),
    one.service,
    one.operation,
    formatUsd(one.ledgerMicroUsd),
    formatUsd(one.totalMicroUsd),
  ]);
  return columns([['from', 'service', 'operation', 'ledger', 'total'], ...rows], 3);
}
