import { alert, group } from '../rules.ts';
import type { RuleGroup } from '../system.ts';

const runbook = 'lead-factory';

const budget: RuleGroup = group('lead-factory-budget', [
  alert({
    name: 'HighDailyBudgetUtilization',
    expr: 'lead_factory_budget_utilization{period="daily"} > 80',
    for: '1h',
    severity: 'warning',
    summary: 'High daily budget utilization',
    description: 'Daily budget utilization is {{ printf "%.1f" $value }}%.',
    runbook,
  }),
  alert({
    name: 'HighMonthlyBudgetUtilization',
    expr: 'lead_factory_budget_utilization{period="monthly"} > 80',
    for: '1h',
    severity: 'warning',
    summary: 'High monthly budget utilization',
    description: 'Monthly budget utilization is {{ printf "%.1f" $value }}%.',
    runbook,
  }),
  alert({
    name: 'BudgetExhausted',
    expr: 'lead_factory_budget_utilization > 100',
    for: '5m',
    severity: 'critical',
    summary: 'The {{ $labels.period }} budget is used up.',
    description: 'Spending is at {{ printf "%.1f" $value }}% of the {{ $labels.period }} budget.',
    runbook,
  }),
  alert({
    name: 'MonthlyBudgetForecast',
    expr: 'predict_linear(lead_factory_budget_utilization{period="monthly"}[6h], 86400) > 100',
    for: '30m',
    severity: 'warning',
    summary: 'The monthly budget will be used up within a day.',
    description: 'At the pace of the last six hours utilization is {{ printf "%.0f" $value }}% tomorrow.',
    runbook,
  }),
  alert({
    name: 'ScalingGateActive',
    expr: 'lead_factory_scaling_gate_active == 1',
    for: '0s',
    severity: 'critical',
    summary: 'Scaling gate is active',
    description: 'Only critical operations may spend; /scaling-gate/status says why.',
    runbook,
  }),
]);

const exporter: RuleGroup = group('lead-factory-exporter', [
  alert({
    name: 'MetricsExporterDown',
    expr: 'up{job="lead-factory"} == 0',
    for: '2m',
    severity: 'critical',
    summary: 'The cost exporter at {{ $labels.instance }} does not answer its scrapes.',
    description: 'Costs are not seen, and nobody works the gate.',
    runbook,
  }),
  alert({
    name: 'CostStoreUnavailable',
    expr: 'lead_factory_cost_store_up == 0',
    for: '5m',
    severity: 'critical',
    summary: 'The cost ledger of {{ $labels.instance }} cannot be read.',
    description: 'Costs are those of before, and the gate stays as it was.',
    runbook,
  }),
  alert({
    name: 'HighErrorRate',
    expr: 'sum by (job) (rate(lead_factory_http_requests_total{http_status=~"5.."}[5m])) / (sum by (job) (rate(lead_factory_http_requests_total[5m])) > 0) > 0.01',
    for: '5m',
    severity: 'warning',
    summary: '{{ $labels.job }} answers with errors.',
    description: '{{ $value | humanizePercentage }} of its answers in the last 5 minutes were 5xx.',
    runbook,
  }),
]);

/** The alerts of the Lead-Factory exporter. */
export const rules: readonly RuleGroup[] = [budget, exporter];
