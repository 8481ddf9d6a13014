import { formatPercent, formatUsd, microPerDollar } from '../money.ts';
import type { BudgetSettings } from './settings.ts';

/** What one period used of its budget. Amounts are micro-dollars. */
export interface BudgetUse {
  readonly period: 'daily' | 'monthly';
  readonly spentMicroUsd: number;
  readonly budgetMicroUsd: number;
  /** Of the budget, not clamped; 0 where there is none. */
  readonly percent: number;
  /** At or above the threshold of the warning. */
  readonly exceeded: boolean;
  /** At or above the threshold of the gate. */
  readonly triggered: boolean;
  /** Below the threshold of the gate by the hysteresis. */
  readonly released: boolean;
}

/** Compares spending with the budgets, in whole micro-dollars. */
export function budgetUse(
  settings: BudgetSettings,
  spent: { readonly dailyMicroUsd: number; readonly monthlyMicroUsd: number },
): { readonly daily: BudgetUse; readonly monthly: BudgetUse } {
  const { hysteresis } = settings;
  return {
    daily: use('daily', spent.dailyMicroUsd, {
      budgetUsd: settings.dailyBudgetUsd,
      alert: settings.dailyAlertThreshold,
      gate: settings.gateDailyThreshold,
      hysteresis,
    }),
    monthly: use('monthly', spent.monthlyMicroUsd, {
      budgetUsd: settings.monthlyBudgetUsd,
      alert: settings.monthlyAlertThreshold,
      gate: settings.gateMonthlyThreshold,
      hysteresis,
    }),
  };
}

interface Limits {
  readonly budgetUsd: number;
  readonly alert: number;
  readonly gate: number;
  readonly hysteresis: number;
}

function use(period: BudgetUse['period'], spentMicroUsd: number, limits: Limits): BudgetUse {
  const budgetMicroUsd = Math.max(Math.round(limits.budgetUsd * microPerDollar), 0);
  const limit = (fraction: number): number => Math.round(budgetMicroUsd * fraction);
  const has = budgetMicroUsd > 0;
  return {
    period,
    spentMicroUsd,
    budgetMicroUsd,
    // Multiplied first: 120.5 * 100 / 1000 is 12.05, (120.5 / 1000) * 100 is not.
    percent: has ? (spentMicroUsd * 100) / budgetMicroUsd : 0,
    exceeded: has && spentMicroUsd >= limit(limits.alert),
    triggered: has && spentMicroUsd >= limit(limits.gate),
    released: !has || spentMicroUsd < limit(limits.gate - limits.hysteresis),
  };
}

/** `daily $45.00 of $50.00 (90.0%)`. */
export function describeUse({ period, spentMicroUsd, budgetMicroUsd, percent }: BudgetUse): string {
  return `${period} ${formatUsd(spentMicroUsd)} of ${formatUsd(budgetMicroUsd)} (${formatPercent(percent)})`;
}
