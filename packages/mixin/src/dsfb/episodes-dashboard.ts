import { dashboard } from '../grafana.ts';
import type { Panel } from '../panel.ts';
import type { Dashboard } from '../system.ts';

const ofJob = 'job=~"$job"';

const episodes: readonly Panel[] = [
  {
    kind: 'stat',
    title: 'Open episodes',
    description: 'Faults that go on right now. GET /episodes of the exporter names their channels.',
    unit: 'none',
    thresholds: [
      { value: null, color: 'green' },
      { value: 1, color: 'orange' },
    ],
    queries: [{ expr: `sum(dsfb_episodes_open{${ofJob}})`, legend: 'Open' }],
  },
  {
    kind: 'stat',
    title: 'Sources that cannot be read',
    description: 'Databases and views of which nothing is known. The log of the exporter says why.',
    unit: 'none',
    thresholds: [
      { value: null, color: 'green' },
      { value: 1, color: 'red' },
    ],
    queries: [{ expr: `count(dsfb_source_up{${ofJob}}) - sum(dsfb_source_up{${ofJob}})`, legend: 'Down' }],
    noValue: '0',
  },
  {
    kind: 'bars',
    title: 'Episodes by motif',
    description: 'Episodes that have closed in the time range.',
    unit: 'none',
    width: 12,
    height: 8,
    min: 0,
    queries: [{ expr: `sum by (motif) (increase(dsfb_episodes_total{${ofJob}}[$__range]))`, legend: '{{motif}}' }],
  },
  {
    kind: 'timeseries',
    title: 'Open episodes by motif',
    description: 'How many channels are out of their envelope. The alert DsfbEpisodeOpen fires after a minute.',
    unit: 'none',
    min: 0,
    stacked: true,
    queries: [{ expr: `sum by (motif) (dsfb_episodes_open{${ofJob}})`, legend: '{{motif}}' }],
  },
  {
    kind: 'timeseries',
    title: 'Last peak',
    description: 'Largest absolute residual of the latest closed episode of each motif.',
    unit: 'none',
    min: 0,
    queries: [{ expr: `max by (motif) (dsfb_episode_peak_last{${ofJob}})`, legend: '{{motif}}' }],
  },
  {
    kind: 'timeseries',
    title: 'Last trust sum',
    description: 'Has to stay between 0.99 and 1.01, or the observer is wrong: DsfbTrustSumOutOfRange.',
    unit: 'none',
    min: 0.98,
    max: 1.02,
    thresholds: [
      { value: null, color: 'red' },
      { value: 0.99, color: 'green' },
      { value: 1.01, color: 'red' },
    ],
    queries: [{ expr: `max by (motif) (dsfb_episode_trust_sum_last{${ofJob}})`, legend: '{{motif}}' }],
  },
];

const stream: readonly Panel[] = [
  {
    kind: 'timeseries',
    title: 'Residuals per second',
    description: 'Residuals that went from the reorder buffer into the ordered stream.',
    unit: 'ops',
    min: 0,
    queries: [
      {
        expr: `sum by (instance) (rate(dsfb_streaming_residuals_flushed_total{${ofJob}}[$__rate_interval]))`,
        legend: '{{instance}}',
      },
    ],
  },
  {
    kind: 'timeseries',
    title: 'Residuals that wait',
    description: 'What is in the reorder buffer; it holds one window of each source.',
    unit: 'none',
    min: 0,
    queries: [{ expr: `sum by (instance) (dsfb_streaming_residuals_staged{${ofJob}})`, legend: '{{instance}}' }],
  },
  {
    kind: 'timeseries',
    title: 'Residuals that were lost',
    description: 'Too late for the window, or no residuals at all. Above 0 the telemetry pipeline needs a look.',
    unit: 'ops',
    min: 0,
    queries: [
      {
        expr: `sum(rate(dsfb_streaming_residuals_dropped_out_of_window_total{${ofJob}}[$__rate_interval]))`,
        legend: 'too late',
      },
      {
        expr: `sum by (reason) (rate(dsfb_streaming_rejected_total{${ofJob}}[$__rate_interval]))`,
        legend: '{{reason}}',
      },
    ],
  },
  {
    kind: 'timeseries',
    title: 'Channels',
    description: 'Channels that are observed, and those that were forgotten for want of room in an hour.',
    unit: 'none',
    min: 0,
    queries: [
      { expr: `sum by (motif) (dsfb_channels{${ofJob}})`, legend: '{{motif}}' },
      { expr: `sum(increase(dsfb_channels_evicted_total{${ofJob}}[1h]))`, legend: 'forgotten' },
    ],
  },
  {
    kind: 'table',
    title: 'Sources',
    description: 'Whether each source can be read, and how often it could not in the time range.',
    unit: 'none',
    columns: ['source'],
    queries: [
      { expr: `max by (source) (dsfb_source_up{${ofJob}})`, legend: 'Up' },
      { expr: `sum by (source) (increase(dsfb_source_errors_total{${ofJob}}[$__range]))`, legend: 'Errors' },
    ],
  },
  {
    kind: 'timeseries',
    title: 'Age of the latest residual',
    description: 'Seconds since each source has given a residual.',
    unit: 's',
    min: 0,
    queries: [
      {
        expr: `time() - max by (source) (dsfb_source_last_sample_timestamp_seconds{${ofJob}})`,
        legend: '{{source}}',
      },
    ],
  },
  {
    kind: 'table',
    title: 'Versions',
    description: 'Which version of the exporter runs in how many processes.',
    unit: 'none',
    columns: ['job', 'version'],
    queries: [{ expr: `count by (job, version) (dsfb_build_info{${ofJob}})`, legend: 'Processes' }],
  },
];

/** The episodes, and the stream that they are found in. */
export const episodesDashboard: Dashboard = dashboard({
  uid: 'dsfb-episodes',
  title: 'DSFB - Episodes',
  description:
    'Structural episodes of database telemetry: plan regressions, lock pile-ups, cache collapses and their like.',
  tags: ['dsfb', 'database'],
  variables: [{ name: 'job', title: 'Job', metric: 'dsfb_build_info' }],
  rows: [{ panels: episodes }, { title: 'The stream of residuals', panels: stream }],
});
