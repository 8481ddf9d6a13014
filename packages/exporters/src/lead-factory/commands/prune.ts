import { type Command, defineCommand } from '@alex/service';
import { ledgerOptions } from '../options.ts';
import { withLedger } from './open-ledger.ts';

/** `costs prune`: deletes old entries and keeps what they add up to. */
export const prune: Command = defineCommand({
  name: 'prune',
  summary: 'Deletes old entries and keeps their sums by service and operation.',
  examples: ['alex-obs costs prune --keep 400d'],
  options: {
    ...ledgerOptions,
    keep: { type: 'duration', required: true, minimum: 86_400_000, description: 'Younger entries stay; at least 1d.' },
  },
  json: true,
  async run(context) {
    const { options, json, print, note } = context;
    const deleted = await withLedger(context, (ledger) => ledger.store.prune(Date.now() - options.keep));
    if (json) print(JSON.stringify({ deleted }));
    else note(`${deleted} entries deleted; their sums stay`);
  },
});
