import { type Command, defineCommand } from '@alex/service';
import { budgetEnvironment, ledgerOptions } from '../options.ts';
import { withLedger } from './open-ledger.ts';

/** `costs authorize`: for scripts that ask before they spend. */
export const authorize: Command = defineCommand({
  name: 'authorize',
  summary: 'Says whether an operation may spend now: exit code 0, or 1 when the gate stops it.',
  examples: ['alex-obs costs authorize openai gpt-4o && ./expensive.sh'],
  arguments: [
    { name: 'service', description: 'Who would be paid.' },
    { name: 'operation', description: 'What for.' },
  ],
  options: { ...ledgerOptions, ...budgetEnvironment },
  json: true,
  async run(context) {
    const { service, operation } = context.arguments;
    const decision = await withLedger(context, (ledger) => ledger.authorize({ service, operation }), true);
    context.print(
      context.json ? JSON.stringify(decision) : `${decision.allowed ? 'allowed' : 'refused'}: ${decision.reason}`,
    );
    return decision.allowed ? 0 : 1;
  },
});
