import { type Command, defineCommand, painter, printable } from '@alex/service';
import { describeUse } from '../budget/budget.ts';
import { budgetJson, costsJson, gateJson } from '../budget-json.ts';
import type { BudgetStatus, CostLedger } from '../cost-ledger.ts';
import { formatUsd } from '../money.ts';
import { budgetEnvironment, ledgerOptions } from '../options.ts';
import type { CostSum } from '../store/cost-store.ts';
import { withLedger } from './open-ledger.ts';
import { bar, columns, costTable } from './table.ts';

const detailOption = {
  by: {
    type: 'choice',
    values: ['service', 'session', 'model'],
    default: 'service',
    description: 'What this month is broken down by.',
  },
} as const;

/** `costs summary`: budgets, gate and costs at a glance. */
export const summary: Command = defineCommand({
  name: 'summary',
  summary: 'Shows budgets, the scaling gate, and what was spent today and this month.',
  examples: ['alex-obs costs summary', 'alex-obs costs summary --by session', 'alex-obs costs summary --json'],
  options: { ...ledgerOptions, ...budgetEnvironment, ...detailOption },
  json: true,
  async run(context) {
    const { options, json, print, io } = context;
    await withLedger(context, async (ledger) => {
      const status = await ledger.check();
      const details = await detailsOf(ledger, options.by);
      if (json) {
        print(
          JSON.stringify(
            { ...summaryJson(status), ...(details && { [`by_${options.by}`]: costsJson(details) }) },
            null,
            2,
          ),
        );
        return;
      }
      const paint = painter(io.stdout, io.env);
      for (const line of budgetLines(status)) print(line);
      const { gate } = status;
      print(
        gate.active
          ? paint('red', `gate     closed, by ${gate.source}: ${printable(gate.reason)}`)
          : paint('green', 'gate     open'),
      );
      print('');
      for (const line of details ? costTable(options.by, details) : periodTable(status)) print(line);
    });
  },
});

async function detailsOf(
  ledger: CostLedger,
  by: 'service' | 'session' | 'model',
): Promise<readonly CostSum[] | undefined> {
  return by === 'service' ? undefined : await ledger.store.sumByDetail(by, ledger.period({ period: 'month' }));
}

function summaryJson(status: BudgetStatus): object {
  return {
    budget: budgetJson(status),
    gate: gateJson(status.gate, status.nowMs),
    time_zone: status.settings.timeZone,
    today: costsJson(status.today),
    this_month: costsJson(status.thisMonth),
  };
}

function budgetLines({ daily, monthly }: BudgetStatus): string[] {
  const rows = [daily, monthly].map((use) => {
    const [period, ...rest] = describeUse(use).split(' ');
    return [
      period!,
      use.budgetMicroUsd > 0 ? bar(use.percent) : '',
      use.budgetMicroUsd > 0 ? rest.join(' ') : `${formatUsd(use.spentMicroUsd)}, no budget`,
    ];
  });
  return columns(rows, 9);
}

function periodTable({ today, thisMonth }: BudgetStatus): string[] {
  const day = new Map(today.map(({ name, microUsd }) => [name, microUsd]));
  const sum = (sums: readonly CostSum[]): string => formatUsd(sums.reduce((all, { microUsd }) => all + microUsd, 0));
  const rows = thisMonth.map(({ name, microUsd }) => [name, formatUsd(day.get(name) ?? 0), formatUsd(microUsd)]);
  return columns([['service', 'today', 'this month'], ...rows, ['total', sum(today), sum(thisMonth)]], 1);
}
