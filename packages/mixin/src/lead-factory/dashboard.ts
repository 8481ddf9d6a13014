import { dashboard } from '../grafana.ts';
import type { Panel, Threshold } from '../panel.ts';
import type { Dashboard } from '../system.ts';

const ofJob = 'job=~"$job"';
const ofService = 'service=~"$service"';
const errors = `sum(rate(lead_factory_http_requests_total{${ofJob},http_status=~"5.."}[$__rate_interval])) / (sum(rate(lead_factory_http_requests_total{${ofJob}}[$__rate_interval])) > 0)`;

const budgetSteps: readonly Threshold[] = [
  { value: null, color: 'green' },
  { value: 80, color: 'yellow' },
  { value: 90, color: 'orange' },
  { value: 100, color: 'red' },
];

const gateTexts = [
  { value: 0, text: 'Inactive', color: 'green' },
  { value: 1, text: 'Active', color: 'red' },
] as const;

const glance: readonly Panel[] = [
  {
    kind: 'stat',
    title: 'Spend today',
    description: 'US dollars since midnight in BUDGET_TIMEZONE, all services.',
    unit: 'currencyUSD',
    noValue: '$0',
    queries: [{ expr: `sum(lead_factory_daily_cost{${ofJob}})`, legend: 'today' }],
  },
  {
    kind: 'stat',
    title: 'Spend this month',
    description: 'US dollars since the first of the month in BUDGET_TIMEZONE, all services.',
    unit: 'currencyUSD',
    noValue: '$0',
    queries: [{ expr: `sum(lead_factory_monthly_cost{${ofJob}})`, legend: 'this month' }],
  },
  {
    kind: 'gauge',
    title: 'Daily budget used',
    description: 'A warning is logged from 80 % on, the gate closes at 90 % (both configurable).',
    unit: 'percent',
    min: 0,
    max: 120,
    thresholds: budgetSteps,
    queries: [{ expr: `max(lead_factory_budget_utilization{${ofJob},period="daily"})`, legend: 'daily' }],
  },
  {
    kind: 'gauge',
    title: 'Monthly budget used',
    description: 'As for the day. The alert MonthlyBudgetForecast looks a day ahead.',
    unit: 'percent',
    min: 0,
    max: 120,
    thresholds: budgetSteps,
    queries: [{ expr: `max(lead_factory_budget_utilization{${ofJob},period="monthly"})`, legend: 'monthly' }],
  },
  {
    kind: 'stat',
    title: 'Scaling gate',
    description: 'Active: only critical operations may spend. The reason is at /scaling-gate/status.',
    unit: 'none',
    texts: gateTexts,
    queries: [{ expr: `max(lead_factory_scaling_gate_active{${ofJob}})`, legend: 'gate' }],
  },
  {
    kind: 'stat',
    title: 'Cost store',
    description: 'Down: the ledger cannot be read, and costs are those of the last look.',
    unit: 'none',
    texts: [
      { value: 1, text: 'Up', color: 'green' },
      { value: 0, text: 'Down', color: 'red' },
    ],
    queries: [{ expr: `min(lead_factory_cost_store_up{${ofJob}})`, legend: 'store' }],
  },
  {
    kind: 'stat',
    title: 'Budgets',
    description: 'The limits in US dollars; 0 is none.',
    unit: 'currencyUSD',
    queries: [{ expr: `max by (period) (lead_factory_budget_limit_usd{${ofJob}})`, legend: '{{period}}' }],
  },
  {
    kind: 'stat',
    title: 'Version',
    description: 'What runs, and where.',
    unit: 'none',
    queries: [
      {
        expr: `max by (version, environment) (lead_factory_build_info{${ofJob}})`,
        legend: '{{version}} {{environment}}',
      },
    ],
  },
];

const costs: readonly Panel[] = [
  {
    kind: 'timeseries',
    title: 'Daily cost by service',
    description: 'US dollars of the day so far; back to 0 at midnight.',
    unit: 'currencyUSD',
    min: 0,
    stacked: true,
    queries: [{ expr: `sum by (service) (lead_factory_daily_cost{${ofJob},${ofService}})`, legend: '{{service}}' }],
  },
  {
    kind: 'bars',
    title: 'Monthly cost by service',
    description: 'US dollars of this month, now.',
    unit: 'currencyUSD',
    min: 0,
    queries: [{ expr: `sum by (service) (lead_factory_monthly_cost{${ofJob},${ofService}})`, legend: '{{service}}' }],
  },
  {
    kind: 'timeseries',
    title: 'Utilisation over time',
    description: 'Percent of the budgets. From the line at 80 on a warning is logged, at 90 the gate closes.',
    unit: 'percent',
    min: 0,
    thresholds: budgetSteps,
    queries: [{ expr: `max by (period) (lead_factory_budget_utilization{${ofJob}})`, legend: '{{period}}' }],
  },
  {
    kind: 'states',
    title: 'Gate timeline',
    description: 'When the gate was active.',
    unit: 'none',
    texts: gateTexts,
    queries: [{ expr: `max(lead_factory_scaling_gate_active{${ofJob}})`, legend: 'gate' }],
  },
];

const gate: readonly Panel[] = [
  {
    kind: 'timeseries',
    title: 'Gate activations',
    description: 'How often the gate closed, by what closed it.',
    unit: 'short',
    min: 0,
    queries: [
      {
        expr: `max by (reason_kind) (increase(lead_factory_scaling_gate_activations_total{${ofJob}}[1h]))`,
        legend: '{{reason_kind}}',
      },
    ],
  },
  {
    kind: 'timeseries',
    title: 'Operations that were refused',
    description: 'What asked while the gate was active and was not critical, in an hour.',
    unit: 'short',
    min: 0,
    noValue: 'nothing was refused',
    queries: [
      {
        expr: `sum by (service, operation) (increase(lead_factory_scaling_gate_blocked_operations_total{${ofJob},${ofService}}[1h]))`,
        legend: '{{service}} {{operation}}',
      },
    ],
  },
];

const service: readonly Panel[] = [
  {
    kind: 'timeseries',
    title: 'Request rate',
    description: 'Requests per second that the exporter answered.',
    unit: 'reqps',
    min: 0,
    queries: [
      {
        expr: `sum by (endpoint, http_status) (rate(lead_factory_http_requests_total{${ofJob}}[$__rate_interval]))`,
        legend: '{{endpoint}} {{http_status}}',
      },
    ],
  },
  {
    kind: 'timeseries',
    title: 'p95 latency',
    description: 'Time that 95 % of the answers took at most.',
    unit: 's',
    min: 0,
    queries: [
      {
        expr: `histogram_quantile(0.95, sum by (le, endpoint) (rate(lead_factory_http_request_duration_seconds_bucket{${ofJob}}[$__rate_interval])))`,
        legend: '{{endpoint}}',
      },
    ],
  },
  {
    kind: 'stat',
    title: 'Error ratio',
    description: 'Share of answers with 5xx.',
    unit: 'percent',
    noValue: 'no requests',
    thresholds: [
      { value: null, color: 'green' },
      { value: 1, color: 'red' },
    ],
    queries: [{ expr: `100 * ${errors}`, legend: 'errors' }],
  },
  {
    kind: 'timeseries',
    title: 'Entries',
    description: 'Costs that the service was handed, per second: booked, known before, refused, or failed.',
    unit: 'ops',
    min: 0,
    width: 9,
    queries: [
      {
        expr: `sum by (outcome) (rate(lead_factory_cost_entries_total{${ofJob}}[$__rate_interval]))`,
        legend: '{{outcome}}',
      },
    ],
  },
  {
    kind: 'timeseries',
    title: 'Failures of the ledger',
    description: 'By code; the runbook of CostStoreUnavailable says what each means.',
    unit: 'ops',
    min: 0,
    width: 9,
    queries: [
      {
        expr: `sum by (code) (rate(lead_factory_cost_store_errors_total{${ofJob}}[$__rate_interval]))`,
        legend: '{{code}}',
      },
    ],
  },
];

/** What the APIs cost, against what the budget allows. */
export const costBudgetDashboard: Dashboard = dashboard({
  uid: 'lead-factory',
  title: 'Lead Factory - Cost & Budget',
  description:
    'What was spent today and this month by service, what the budgets allow, and the gate that stops the spending.',
  tags: ['lead-factory', 'cost'],
  variables: [
    { name: 'job', title: 'Job', metric: 'lead_factory_scaling_gate_active' },
    { name: 'service', title: 'Service', metric: 'lead_factory_monthly_cost{job=~"$job"}' },
  ],
  rows: [
    { panels: glance },
    { title: 'Costs', panels: costs },
    { title: 'Gate', panels: gate },
    { title: 'Exporter', panels: service },
  ],
  from: 'now-24h',
});
