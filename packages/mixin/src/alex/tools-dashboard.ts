import { dashboard } from '../grafana.ts';
import type { Panel } from '../panel.ts';
import type { Dashboard } from '../system.ts';
import { jobVariable, ofTool, percentiles, quantile, toolVariable } from './filters.ts';

const failed = `${ofTool},status="error"`;

const panels: readonly Panel[] = [
  {
    kind: 'timeseries',
    title: 'Tool executions',
    description: 'Executions per second by tool.',
    unit: 'ops',
    min: 0,
    stacked: true,
    queries: [
      {
        expr: `sum by (tool_name) (rate(alex_tool_executions_total{${ofTool}}[$__rate_interval]))`,
        legend: '{{tool_name}}',
      },
    ],
  },
  {
    kind: 'timeseries',
    title: 'Tool error ratio',
    description: 'Share of the executions that failed, by tool. The alert AlexToolFailing fires past 20 %.',
    unit: 'percentunit',
    min: 0,
    max: 1,
    thresholds: [
      { value: null, color: 'green' },
      { value: 0.2, color: 'red' },
    ],
    queries: [
      {
        expr: `sum by (tool_name) (rate(alex_tool_executions_total{${failed}}[$__rate_interval])) / (sum by (tool_name) (rate(alex_tool_executions_total{${ofTool}}[$__rate_interval])) > 0)`,
        legend: '{{tool_name}}',
      },
    ],
  },
  {
    kind: 'timeseries',
    title: 'Tool errors',
    description: 'Failed executions per second by tool.',
    unit: 'ops',
    min: 0,
    queries: [
      {
        expr: `sum by (tool_name) (rate(alex_tool_executions_total{${failed}}[$__rate_interval]))`,
        legend: '{{tool_name}}',
      },
    ],
  },
  {
    kind: 'timeseries',
    title: 'Tool duration percentiles',
    description:
      'How long executions take, all chosen tools together. A dot is one execution: click it to open its trace.',
    unit: 's',
    min: 0,
    legend: 'table',
    queries: percentiles.map(([name, q]) => ({
      expr: quantile(q, 'alex_tool_duration_seconds', ofTool),
      legend: name,
    })),
  },
  {
    kind: 'bars',
    title: 'Slowest tools',
    description: 'The ten tools with the highest p95 in the time range.',
    unit: 's',
    min: 0,
    queries: [
      {
        expr: `topk(10, histogram_quantile(0.95, sum by (le, tool_name) (increase(alex_tool_duration_seconds_bucket{${ofTool}}[$__range]))))`,
        legend: '{{tool_name}}',
      },
    ],
  },
  {
    kind: 'table',
    title: 'Tools',
    description: 'Executions, failures and time by tool in the time range.',
    unit: 'short',
    columns: ['tool_name'],
    queries: [
      {
        expr: `sum by (tool_name) (increase(alex_tool_executions_total{${ofTool}}[$__range]))`,
        legend: 'Executions',
      },
      { expr: `sum by (tool_name) (increase(alex_tool_executions_total{${failed}}[$__range]))`, legend: 'Errors' },
      { expr: `sum by (tool_name) (increase(alex_tool_duration_seconds_sum{${ofTool}}[$__range]))`, legend: 'Seconds' },
      {
        expr: `sum by (tool_name) (increase(alex_tool_duration_seconds_sum{${ofTool}}[$__range])) / (sum by (tool_name) (increase(alex_tool_duration_seconds_count{${ofTool}}[$__range])) > 0)`,
        legend: 'Mean seconds',
      },
    ],
  },
];

/** What the tools do, how often they fail and how long they take. */
export const toolsDashboard: Dashboard = dashboard({
  uid: 'alex-tools',
  title: 'ALEX - Tools',
  description: 'Rate, errors and duration of the tools that the agents execute.',
  tags: ['alex', 'tools'],
  variables: [jobVariable, toolVariable],
  rows: [{ panels }],
});
