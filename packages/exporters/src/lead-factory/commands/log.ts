import { type Command, defineCommand, UsageError } from '@alex/service';
import { describeUse } from '../budget/budget.ts';
import { budgetJson } from '../budget-json.ts';
import { formatUsd, toMicroUsd } from '../money.ts';
import { budgetEnvironment, ledgerOptions } from '../options.ts';
import { parseTime } from '../parse-time.ts';
import { withLedger } from './open-ledger.ts';

/** `costs log`: books one cost. */
export const log: Command = defineCommand({
  name: 'log',
  summary: 'Books money that was spent.',
  examples: [
    'alex-obs costs log --service openai --operation gpt-4o --cost 0.42',
    'alex-obs costs log --service semrush --operation audit --cost 0.5 --id order-17',
  ],
  options: {
    ...ledgerOptions,
    ...budgetEnvironment,
    service: { type: 'string', required: true, description: 'Who was paid.' },
    operation: { type: 'string', required: true, description: 'What for.' },
    cost: { type: 'number', required: true, valueName: 'dollars', description: 'US dollars, up to six decimals.' },
    time: { type: 'string', valueName: 'ISO 8601', description: 'When, with a zone. Default: now.' },
    id: { type: 'string', description: 'Books once, however often it is called with this id.' },
    session: { type: 'string', description: 'The session that spent it, for reports.' },
    model: { type: 'string', description: 'The model, for reports.' },
    tier: { type: 'integer', description: 'The tier, for reports.' },
    businessId: { type: 'integer', description: 'The business, for reports.' },
  },
  json: true,
  async run(context) {
    const { options, json, print, note } = context;
    const timeMs = parseTime(options.time);
    if (timeMs === undefined && options.time !== undefined)
      throw new UsageError(`--time must be ISO 8601, but is ${JSON.stringify(options.time)}`);
    const { service, operation, cost: costUsd, id, session, model, tier, businessId } = options;
    const entry = { service, operation, costUsd, timeMs, externalId: id, sessionId: session, model, tier, businessId };
    await withLedger(
      context,
      async (ledger) => {
        const added = await ledger.log(entry);
        const status = await ledger.check();
        if (json) print(JSON.stringify({ recorded: added, budget: budgetJson(status) }, null, 2));
        else {
          const what = `${formatUsd(toMicroUsd(costUsd))} for ${service} ${operation}`;
          note(added ? `booked ${what}; ${describeUse(status.daily)}` : `booked before: ${what}`);
        }
        if (status.gate.active) note(`the scaling gate is closed: ${status.gate.reason}`);
      },
      true,
    );
  },
});
