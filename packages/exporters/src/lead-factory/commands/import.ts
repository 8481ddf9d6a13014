import { type Command, defineCommand } from '@alex/service';
import { Calendar, machineTimeZone } from '../budget/calendar.ts';
import { importCosts } from '../import/import-costs.ts';
import { budgetEnvironment, ledgerOptions } from '../options.ts';
import { withLedger } from './open-ledger.ts';

const shownRejections = 20;

/** `costs import`: takes over what was kept elsewhere. */
export const importCommand: Command = defineCommand({
  name: 'import',
  summary: 'Takes over the costs of a legacy database (three layouts) or a CSV file; twice adds nothing.',
  description:
    'Rows that cannot be read are left out and listed by number; the exit code is then 1. CSV needs a header with service, a time and an amount (cost_dollars, amount or cost_cents).',
  examples: ['alex-obs costs import lead_factory.db --zone America/New_York', 'alex-obs costs import quarter.csv'],
  arguments: [{ name: 'file', description: 'A SQLite or CSV file.' }],
  options: {
    ...ledgerOptions,
    ...budgetEnvironment,
    zone: { type: 'string', description: 'Time zone of stamps that name none. Default: that of this machine.' },
    source: { type: 'string', description: 'Name by which the file is recognized again. Default: its file name.' },
  },
  json: true,
  async run(context) {
    const { options, json, print, note } = context;
    const result = await withLedger(
      context,
      async (ledger) => {
        const calendar = new Calendar(options.zone ?? machineTimeZone());
        const done = await importCosts(ledger.store, context.arguments.file, { calendar, source: options.source });
        await ledger.check();
        return done;
      },
      true,
    );
    if (json) print(JSON.stringify(result, null, 2));
    const { imported, known, rejected } = result;
    for (const { row, reason } of rejected.slice(0, shownRejections)) note(`row ${row} left out: ${reason}`);
    if (rejected.length > shownRejections) note(`... and ${rejected.length - shownRejections} more`);
    note(`${imported} entries imported, ${known} known before, ${rejected.length} left out`);
    return rejected.length > 0 ? 1 : 0;
  },
});
