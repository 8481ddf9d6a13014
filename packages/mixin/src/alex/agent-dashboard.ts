import { dashboard } from '../grafana.ts';
import type { Panel } from '../panel.ts';
import type { Dashboard } from '../system.ts';
import { jobVariable, modelVariable, ofJob, ofModel, ofTool, percentiles, quantile, toolVariable } from './filters.ts';

const panels: readonly Panel[] = [
  {
    kind: 'timeseries',
    title: 'LLM Request Rate',
    description: 'Requests per second by model and outcome. A line of errors that rises is a provider that refuses.',
    unit: 'reqps',
    min: 0,
    queries: [
      {
        expr: `sum by (model, status) (rate(alex_llm_requests_total{${ofModel}}[$__rate_interval]))`,
        legend: '{{model}} - {{status}}',
      },
    ],
  },
  {
    kind: 'timeseries',
    title: 'LLM Latency Percentiles',
    description:
      'Time from a request to the last piece of its answer, by model. A dot is one request: click it to open its trace.',
    unit: 's',
    min: 0,
    legend: 'table',
    queries: percentiles.map(([name, q]) => ({
      expr: quantile(q, 'alex_llm_latency_seconds', ofModel, ['model']),
      legend: `{{model}} ${name}`,
    })),
  },
  {
    kind: 'timeseries',
    title: 'Token Usage Rate',
    description: 'Tokens per second by model: input as the provider totals it, cached ones included, and output.',
    unit: 'short',
    min: 0,
    stacked: true,
    queries: [
      {
        expr: `sum by (model) (rate(alex_llm_tokens_input_total{${ofModel}}[$__rate_interval]))`,
        legend: '{{model}} input',
      },
      {
        expr: `sum by (model) (rate(alex_llm_tokens_output_total{${ofModel}}[$__rate_interval]))`,
        legend: '{{model}} output',
      },
    ],
  },
  {
    kind: 'timeseries',
    title: 'Cost Over Time',
    description:
      'US dollars of the hour before each moment, by model. Prices are estimates unless the provider reports cost.',
    unit: 'currencyUSD',
    min: 0,
    queries: [{ expr: `sum by (model) (increase(alex_cost_total{${ofModel}}[1h]))`, legend: '{{model}}' }],
  },
  {
    kind: 'gauge',
    title: 'Active Sessions',
    description: 'Sessions that are working right now.',
    unit: 'none',
    height: 8,
    min: 0,
    max: 15,
    thresholds: [
      { value: null, color: 'green' },
      { value: 5, color: 'yellow' },
      { value: 10, color: 'red' },
    ],
    queries: [{ expr: `sum(alex_sessions_active{${ofJob}})`, legend: 'sessions' }],
  },
  {
    kind: 'pie',
    title: 'Tool Usage Distribution',
    description: 'Executions by tool in the time range.',
    unit: 'short',
    width: 18,
    queries: [
      {
        expr: `sum by (tool_name) (increase(alex_tool_executions_total{${ofTool}}[$__range]))`,
        legend: '{{tool_name}}',
      },
    ],
  },
  {
    kind: 'timeseries',
    title: 'Tool Execution Duration',
    description: 'p95 by tool: 19 of 20 executions took no longer. A dot is one execution: click it to open its trace.',
    unit: 's',
    min: 0,
    queries: [{ expr: quantile(0.95, 'alex_tool_duration_seconds', ofTool, ['tool_name']), legend: '{{tool_name}}' }],
  },
  {
    kind: 'pie',
    title: 'Model Usage Distribution',
    description: 'Requests by model in the time range.',
    unit: 'short',
    queries: [
      { expr: `sum by (model) (increase(alex_llm_requests_total{${ofModel}}[$__range]))`, legend: '{{model}}' },
    ],
  },
];

/** The dashboard of the founding document: its eight panels under their titles. */
export const agentDashboard: Dashboard = dashboard({
  file: 'alex-dashboard',
  uid: 'alex-observability',
  title: 'ALEX - AI Agent Observability',
  description: 'What the agents do right now: requests, latency, tokens, cost, sessions and tools.',
  tags: ['alex', 'observability'],
  variables: [jobVariable, modelVariable, toolVariable],
  rows: [{ panels }],
  refresh: '5s',
  from: 'now-15m',
});
