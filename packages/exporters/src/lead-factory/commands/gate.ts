import { type Command, defineCommand, type OptionDeclaration, painter, printable } from '@alex/service';
import type { GateEvent, GateState } from '../budget/gate-state.ts';
import { eventJson, gateJson } from '../budget-json.ts';
import { formatUsd } from '../money.ts';
import { budgetEnvironment, ledgerOptions } from '../options.ts';
import { withLedger } from './open-ledger.ts';
import { columns } from './table.ts';

const options = { ...ledgerOptions, ...budgetEnvironment };

const status: Command = defineCommand({
  name: 'status',
  summary: 'Shows whether the gate is closed, since when and why, and its last changes.',
  examples: ['alex-obs costs gate status', 'alex-obs costs gate status --json --limit 0'],
  options: {
    ...options,
    limit: { type: 'integer', default: 10, minimum: 0, description: 'Changes to show; 0: all that are kept.' },
  },
  json: true,
  async run(context) {
    const { json, print, io } = context;
    await withLedger(context, async (ledger) => {
      const { gate, nowMs } = await ledger.check();
      const history = await ledger.store.gateHistory(context.options.limit);
      if (json) {
        print(JSON.stringify({ ...gateJson(gate, nowMs), history: history.map(eventJson) }, null, 2));
        return;
      }
      const paint = painter(io.stdout, io.env);
      print(paint(gate.active ? 'red' : 'green', sentence(gate)));
      if (history.length === 0) return;
      print('');
      for (const line of historyTable(history)) print(line);
    });
  },
});

const reason: { readonly reason: OptionDeclaration & { readonly type: 'string'; readonly default: string } } = {
  reason: { type: 'string', default: 'by hand', description: 'Why; stands in the history.' },
};

const enable: Command = defineCommand({
  name: 'enable',
  summary: 'Closes the gate: only critical operations may spend, until "gate disable".',
  examples: ['alex-obs costs gate enable --reason "provider incident"'],
  options: { ...options, ...reason },
  json: true,
  async run(context) {
    await order(context, true);
  },
});

const disable: Command = defineCommand({
  name: 'disable',
  summary: 'Opens the gate; while spending is over the limit, for an hour.',
  examples: ['alex-obs costs gate disable --reason "approved by finance"'],
  options: { ...options, ...reason },
  json: true,
  async run(context) {
    await order(context, false);
  },
});

/** `costs gate`. */
export const gate: Command = {
  name: 'gate',
  summary: 'Shows, closes and opens the scaling gate.',
  examples: ['alex-obs costs gate status', 'alex-obs costs gate enable --reason "provider incident"'],
  subcommands: [status, enable, disable],
};

type OrderContext = Parameters<typeof withLedger>[0] & {
  readonly options: { readonly reason: string };
  readonly json: boolean;
  print(line: string): void;
};

async function order(context: OrderContext, active: boolean): Promise<void> {
  await withLedger(
    context,
    async (ledger) => {
      const state = await ledger.order(active, context.options.reason);
      context.print(context.json ? JSON.stringify(gateJson(state, state.sinceMs), null, 2) : sentence(state));
    },
    true,
  );
}

function sentence(state: GateState): string {
  const since = state.sinceMs === 0 ? '' : ` since ${new Date(state.sinceMs).toISOString()}`;
  const why = state.reason === '' ? '' : `, ${state.source}: ${printable(state.reason)}`;
  return `the scaling gate is ${state.active ? 'closed' : 'open'}${since}${why}`;
}

function historyTable(history: readonly GateEvent[]): string[] {
  const rows = history.map((event) => [
    new Date(event.timeMs).toISOString(),
    event.status,
    event.source,
    formatUsd(event.dailyMicroUsd),
    formatUsd(event.monthlyMicroUsd),
    event.reason,
  ]);
  return columns([['time', 'status', 'by', 'today', 'month', 'reason'], ...rows], 9);
}
