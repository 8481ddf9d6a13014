import { dashboard } from '../grafana.ts';
import type { Panel } from '../panel.ts';
import type { Dashboard } from '../system.ts';
import { jobVariable, modelVariable, ofJob, ofModel, quantile } from './filters.ts';

const health: readonly Panel[] = [
  {
    kind: 'stat',
    title: 'Targets up',
    description: 'Agents that answered the last scrape.',
    unit: 'none',
    queries: [{ expr: `sum(up{${ofJob}})`, legend: 'up' }],
  },
  {
    kind: 'stat',
    title: 'Targets down',
    description: 'Agents that answered within the last hour and no longer do. The alert AlexDown watches the same.',
    unit: 'none',
    thresholds: [
      { value: null, color: 'green' },
      { value: 1, color: 'red' },
    ],
    queries: [
      { expr: `count(up{${ofJob}} == 0 and max_over_time(up{${ofJob}}[1h]) == 1) or vector(0)`, legend: 'down' },
    ],
  },
  {
    kind: 'stat',
    title: 'Dropped telemetry',
    description: 'What was not recorded or delivered in the time range. The panel below says which and why.',
    unit: 'short',
    thresholds: [
      { value: null, color: 'green' },
      { value: 1, color: 'orange' },
    ],
    queries: [{ expr: `sum(increase(alex_obs_dropped_total{${ofJob}}[$__range]))`, legend: 'dropped' }],
  },
  {
    kind: 'stat',
    title: 'Configuration errors',
    description: 'Keys that run on their default because their value is wrong: alex-obs config check names them.',
    unit: 'none',
    thresholds: [
      { value: null, color: 'green' },
      { value: 1, color: 'red' },
    ],
    queries: [{ expr: `sum(alex_obs_config_errors{${ofJob}})`, legend: 'errors' }],
  },
];

const losses: readonly Panel[] = [
  {
    kind: 'timeseries',
    title: 'Dropped by reason',
    description: 'Telemetry per second that was not recorded or not delivered, by signal and reason.',
    unit: 'ops',
    min: 0,
    queries: [
      {
        expr: `sum by (signal, reason) (rate(alex_obs_dropped_total{${ofJob}}[$__rate_interval]))`,
        legend: '{{signal}}: {{reason}}',
      },
    ],
  },
  {
    kind: 'timeseries',
    title: 'Spans delivered and failed',
    description: 'Spans per second that the backend accepted, and those that could not be delivered.',
    unit: 'ops',
    min: 0,
    queries: [
      { expr: `sum(rate(alex_obs_spans_exported_total{${ofJob}}[$__rate_interval]))`, legend: 'delivered' },
      {
        expr: `sum by (reason) (rate(alex_obs_spans_failed_total{${ofJob}}[$__rate_interval]))`,
        legend: 'failed: {{reason}}',
      },
    ],
  },
  {
    kind: 'timeseries',
    title: 'Queue of spans',
    description: 'Spans that wait for export, in the fullest process. A queue that never empties will drop.',
    unit: 'short',
    min: 0,
    queries: [{ expr: `max by (job) (alex_obs_queue_spans{${ofJob}})`, legend: '{{job}}' }],
  },
  {
    kind: 'timeseries',
    title: 'Memory of the queue',
    description: 'Estimated size of the spans that wait, in the fullest process.',
    unit: 'bytes',
    min: 0,
    queries: [{ expr: `max by (job) (alex_obs_queue_bytes{${ofJob}})`, legend: '{{job}}' }],
  },
];

const cost: readonly Panel[] = [
  {
    kind: 'bars',
    title: 'Largest families',
    description: 'Series of the ten largest families. At metrics.limits.series (2000) new series become one: overflow.',
    unit: 'short',
    min: 0,
    max: 2000,
    thresholds: [
      { value: null, color: 'green' },
      { value: 1200, color: 'yellow' },
      { value: 1600, color: 'red' },
    ],
    queries: [{ expr: `topk(10, max by (family) (alex_obs_series{${ofJob}}))`, legend: '{{family}}' }],
  },
  {
    kind: 'timeseries',
    title: 'Series',
    description: 'Series of all families together, by job.',
    unit: 'short',
    min: 0,
    queries: [{ expr: `sum by (job) (alex_obs_series{${ofJob}})`, legend: '{{job}}' }],
  },
  {
    kind: 'timeseries',
    title: 'Scrape time',
    description: 'p95 of the time to collect and render, inside the agent, and the whole scrape as Prometheus sees it.',
    unit: 's',
    min: 0,
    queries: [
      { expr: quantile(0.95, 'alex_obs_scrape_duration_seconds', ofJob), legend: 'rendering p95' },
      { expr: `max by (job) (scrape_duration_seconds{${ofJob}})`, legend: '{{job}} scrape' },
    ],
  },
  {
    kind: 'timeseries',
    title: 'Export time',
    description: 'p95 of the time that a push of spans or metrics takes, failed ones included.',
    unit: 's',
    min: 0,
    queries: [{ expr: quantile(0.95, 'alex_obs_export_duration_seconds', ofJob), legend: 'p95' }],
  },
  {
    kind: 'timeseries',
    title: 'Time to first token',
    description: 'p95 of the wait for the first piece of a streamed answer, by model.',
    unit: 's',
    min: 0,
    queries: [
      { expr: quantile(0.95, 'alex_llm_time_to_first_token_seconds', ofModel, ['model']), legend: '{{model}}' },
    ],
  },
  {
    kind: 'table',
    title: 'Versions',
    description: 'Which version of @alex/obs runs in how many processes.',
    unit: 'none',
    columns: ['job', 'version'],
    queries: [{ expr: `count by (job, version) (alex_obs_build_info{${ofJob}})`, legend: 'Processes' }],
  },
];

/** Whether the telemetry itself can be trusted. */
export const telemetryDashboard: Dashboard = dashboard({
  uid: 'alex-telemetry',
  title: 'ALEX - Telemetry health',
  description: 'Whether what the other dashboards show is complete: drops, queues, cardinality, scrape time, targets.',
  tags: ['alex', 'telemetry'],
  variables: [jobVariable, modelVariable],
  rows: [{ panels: health }, { title: 'Losses', panels: losses }, { title: 'What it costs', panels: cost }],
});
