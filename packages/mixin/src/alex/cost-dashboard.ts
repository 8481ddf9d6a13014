import { dashboard } from '../grafana.ts';
import type { Panel } from '../panel.ts';
import type { Dashboard } from '../system.ts';
import { jobVariable, modelVariable, ofJob, ofModel } from './filters.ts';

const spend: readonly Panel[] = [
  {
    kind: 'stat',
    title: 'Spend today',
    description: 'US dollars since midnight of your time zone, whatever the time range says.',
    unit: 'currencyUSD',
    timeFrom: 'now/d',
    queries: [{ expr: `sum(increase(alex_cost_total{${ofModel}}[$__range]))`, legend: 'today' }],
  },
  {
    kind: 'stat',
    title: 'Spend in the last hour',
    description: 'US dollars of the last 60 minutes. The alert AlexCostBurnHigh watches the same figure.',
    unit: 'currencyUSD',
    thresholds: [
      { value: null, color: 'green' },
      { value: 2.5, color: 'yellow' },
      { value: 5, color: 'red' },
    ],
    queries: [{ expr: `sum(increase(alex_cost_total{${ofModel}}[1h]))`, legend: 'last hour' }],
  },
  {
    kind: 'stat',
    title: 'Saved by the provider cache',
    description: 'US dollars that reading input from the provider cache saved in the time range.',
    unit: 'currencyUSD',
    noValue: 'no cache was read',
    queries: [{ expr: `sum(increase(alex_cost_saved_total{${ofModel}}[$__range]))`, legend: 'saved' }],
  },
  {
    kind: 'stat',
    title: 'Requests without a price',
    description:
      'Their cost is missing in every figure here. Give the model a price under metrics.pricing of the configuration.',
    unit: 'short',
    noValue: '0',
    thresholds: [
      { value: null, color: 'green' },
      { value: 1, color: 'orange' },
    ],
    queries: [{ expr: `sum(increase(alex_cost_unpriced_requests_total{${ofModel}}[$__range]))`, legend: 'unpriced' }],
  },
];

const rates: readonly Panel[] = [
  {
    kind: 'timeseries',
    title: 'Burn rate',
    description: 'What the present pace costs in an hour, in US dollars, by model.',
    unit: 'currencyUSD',
    min: 0,
    stacked: true,
    queries: [
      { expr: `3600 * sum by (model) (rate(alex_cost_total{${ofModel}}[$__rate_interval]))`, legend: '{{model}}' },
    ],
  },
  {
    kind: 'pie',
    title: 'Spend by model',
    description: 'US dollars by model in the time range.',
    unit: 'currencyUSD',
    queries: [{ expr: `sum by (model) (increase(alex_cost_total{${ofModel}}[$__range]))`, legend: '{{model}}' }],
  },
  {
    kind: 'table',
    title: 'Models',
    description: 'Requests, tokens and dollars by model in the time range.',
    unit: 'short',
    width: 24,
    columns: ['model'],
    queries: [
      { expr: `sum by (model) (increase(alex_llm_requests_total{${ofModel}}[$__range]))`, legend: 'Requests' },
      { expr: `sum by (model) (increase(alex_llm_tokens_input_total{${ofModel}}[$__range]))`, legend: 'Input tokens' },
      {
        expr: `sum by (model) (increase(alex_llm_tokens_output_total{${ofModel}}[$__range]))`,
        legend: 'Output tokens',
      },
      { expr: `sum by (model) (increase(alex_cost_total{${ofModel}}[$__range]))`, legend: 'USD' },
      {
        expr: `sum by (model) (increase(alex_cost_total{${ofModel}}[$__range])) / (sum by (model) (increase(alex_llm_requests_total{${ofModel}}[$__range])) > 0)`,
        legend: 'USD per request',
      },
    ],
  },
];

const tasks: readonly Panel[] = [
  {
    kind: 'timeseries',
    title: 'Cost per task',
    description:
      'US dollars of one task: the middle and the expensive ones. A dot is one task: click it to open its trace.',
    unit: 'currencyUSD',
    min: 0,
    queries: [
      {
        expr: `histogram_quantile(0.5, sum by (le) (rate(alex_task_cost_bucket{${ofJob}}[$__rate_interval])))`,
        legend: 'p50',
      },
      {
        expr: `histogram_quantile(0.95, sum by (le) (rate(alex_task_cost_bucket{${ofJob}}[$__rate_interval])))`,
        legend: 'p95',
      },
      {
        expr: `sum(rate(alex_task_cost_sum{${ofJob}}[$__rate_interval])) / (sum(rate(alex_task_cost_count{${ofJob}}[$__rate_interval])) > 0)`,
        legend: 'mean',
      },
    ],
  },
  {
    kind: 'timeseries',
    title: 'Tasks',
    description: 'Tasks per second by outcome.',
    unit: 'ops',
    min: 0,
    queries: [{ expr: `sum by (status) (rate(alex_tasks_total{${ofJob}}[$__rate_interval]))`, legend: '{{status}}' }],
  },
  {
    kind: 'timeseries',
    title: 'Time per task',
    description: 'From the start of a task to its end. A dot is one task: click it to open its trace.',
    unit: 's',
    min: 0,
    queries: [
      {
        expr: `histogram_quantile(0.5, sum by (le) (rate(alex_task_duration_seconds_bucket{${ofJob}}[$__rate_interval])))`,
        legend: 'p50',
      },
      {
        expr: `histogram_quantile(0.95, sum by (le) (rate(alex_task_duration_seconds_bucket{${ofJob}}[$__rate_interval])))`,
        legend: 'p95',
      },
    ],
  },
  {
    kind: 'timeseries',
    title: 'Iterations per task',
    description:
      'ReAct iterations that a task needs. Many are a sign of an agent that goes in circles, and each costs.',
    unit: 'short',
    min: 0,
    queries: [
      {
        expr: `histogram_quantile(0.5, sum by (le) (rate(alex_task_iterations_bucket{${ofJob}}[$__rate_interval])))`,
        legend: 'p50',
      },
      {
        expr: `histogram_quantile(0.95, sum by (le) (rate(alex_task_iterations_bucket{${ofJob}}[$__rate_interval])))`,
        legend: 'p95',
      },
    ],
  },
];

const tokens: readonly Panel[] = [
  {
    kind: 'timeseries',
    title: 'Input that the cache served',
    description: 'Share of the input tokens that were read from the provider cache. Long, stable prompts raise it.',
    unit: 'percentunit',
    min: 0,
    max: 1,
    queries: [
      {
        expr: `sum by (model) (rate(alex_llm_tokens_cache_read_total{${ofModel}}[$__rate_interval])) / (sum by (model) (rate(alex_llm_tokens_input_total{${ofModel}}[$__rate_interval])) > 0)`,
        legend: '{{model}}',
      },
    ],
  },
  {
    kind: 'timeseries',
    title: 'Cache writes and reasoning',
    description: 'Tokens per second that were written to the provider cache, and output tokens spent on reasoning.',
    unit: 'short',
    min: 0,
    queries: [
      {
        expr: `sum by (model) (rate(alex_llm_tokens_cache_write_total{${ofModel}}[$__rate_interval]))`,
        legend: '{{model}} cache writes',
      },
      {
        expr: `sum by (model) (rate(alex_llm_tokens_reasoning_total{${ofModel}}[$__rate_interval]))`,
        legend: '{{model}} reasoning',
      },
    ],
  },
  {
    kind: 'timeseries',
    title: 'Requests without usage',
    description: 'Requests per second whose answer reported no tokens: they count as requests but cost nothing here.',
    unit: 'reqps',
    min: 0,
    noValue: 'every answer reported its usage',
    queries: [
      {
        expr: `sum by (model) (rate(alex_llm_usage_missing_requests_total{${ofModel}}[$__rate_interval]))`,
        legend: '{{model}}',
      },
    ],
  },
  {
    kind: 'timeseries',
    title: 'Requests without a price by model',
    description: 'Requests per second to models that no price is known for.',
    unit: 'reqps',
    min: 0,
    noValue: 'every model has a price',
    queries: [
      {
        expr: `sum by (model) (rate(alex_cost_unpriced_requests_total{${ofModel}}[$__rate_interval]))`,
        legend: '{{model}}',
      },
    ],
  },
];

/** Where the money goes. */
export const costDashboard: Dashboard = dashboard({
  uid: 'alex-cost',
  title: 'ALEX - Cost',
  description: 'What the agents cost: today, this hour, by model and by task, and what the cache saved.',
  tags: ['alex', 'cost'],
  variables: [jobVariable, modelVariable],
  rows: [
    { panels: spend },
    { title: 'Where it goes', panels: rates },
    { title: 'Tasks', panels: tasks },
    { title: 'Tokens', panels: tokens },
  ],
  from: 'now-6h',
});
