import type { GateEvent, GateState } from './budget/gate-state.ts';
import type { BudgetStatus } from './cost-ledger.ts';
import { toUsd } from './money.ts';
import type { CostSum } from './store/cost-store.ts';

/** The budget check with the keys of the original; `*_percentage` are fractions, `*_utilization_percent` percents. */
export function budgetJson({ daily, monthly, gate }: BudgetStatus): Record<string, unknown> {
  return {
    daily_cost: toUsd(daily.spentMicroUsd),
    monthly_cost: toUsd(monthly.spentMicroUsd),
    daily_budget: toUsd(daily.budgetMicroUsd),
    monthly_budget: toUsd(monthly.budgetMicroUsd),
    daily_percentage: fraction(daily.spentMicroUsd, daily.budgetMicroUsd),
    monthly_percentage: fraction(monthly.spentMicroUsd, monthly.budgetMicroUsd),
    daily_utilization_percent: daily.percent,
    monthly_utilization_percent: monthly.percent,
    daily_threshold_exceeded: daily.exceeded,
    monthly_threshold_exceeded: monthly.exceeded,
    scaling_gate_triggered: daily.triggered || monthly.triggered,
    scaling_gate_active: gate.active,
    scaling_gate_reason: reasonOf(gate),
  };
}

/** Where the gate stands. */
export function gateJson(gate: GateState, nowMs: number): Record<string, unknown> {
  return {
    scaling_gate_active: gate.active,
    reason: reasonOf(gate),
    source: gate.source,
    since: gate.sinceMs === 0 ? null : new Date(gate.sinceMs).toISOString(),
    timestamp: new Date(nowMs).toISOString(),
  };
}

/** A line of the gate's history with the keys of the original. */
export function eventJson(event: GateEvent): Record<string, unknown> {
  return {
    timestamp: new Date(event.timeMs).toISOString(),
    status: event.status,
    source: event.source,
    reason: event.reason,
    daily_cost: toUsd(event.dailyMicroUsd),
    monthly_cost: toUsd(event.monthlyMicroUsd),
    daily_budget: toUsd(event.dailyBudgetMicroUsd),
    monthly_budget: toUsd(event.monthlyBudgetMicroUsd),
  };
}

/** Name to US dollars, in the order of the sums. */
export function costsJson(sums: readonly CostSum[]): Record<string, number> {
  // Keys that look like array indexes would be moved to the front of a plain object; JSON readers take any order.
  return Object.fromEntries(sums.map(({ name, microUsd }) => [name, toUsd(microUsd)]));
}

function reasonOf({ active, reason }: GateState): string {
  if (active || reason === 'disabled by configuration') return reason;
  return reason === '' ? 'not active' : `not active: ${reason}`;
}

function fraction(spent: number, budget: number): number {
  return budget > 0 ? spent / budget : 0;
}
