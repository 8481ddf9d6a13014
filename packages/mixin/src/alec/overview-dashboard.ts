import { dashboard } from '../grafana.ts';
import type { Panel, Query, Threshold } from '../panel.ts';
import type { Dashboard } from '../system.ts';
import { channelPanels, dataPanels } from './data-panels.ts';
import { newest, newestOf, ofJob } from './queries.ts';

const zones: readonly Threshold[] = [
  { value: null, color: 'red' },
  { value: 0.2, color: 'yellow' },
  { value: 0.5, color: 'green' },
];

const bits = (title: string, metric: string, description: string): Panel => ({
  kind: 'stat',
  title,
  description,
  unit: 'none',
  decimals: 2,
  width: 4,
  queries: [{ expr: newest(metric), legend: '{{instance}}' }],
});

/** The zone, or -1 where resilience is not that of the newest row. */
const knownZone = `(${newest('alec_resilience_zone')} and on (instance) ${newest('alec_resilience_valid')} == 1) or ((${newest('alec_resilience_valid')} == 0) - 1)`;

const health: readonly Panel[] = [
  {
    kind: 'stat',
    title: 'System Status',
    description: 'The zone of the newest row; "Not known" while resilience cannot be computed.',
    unit: 'none',
    width: 4,
    texts: [
      { value: -1, text: 'Not known', color: 'text' },
      { value: 0, text: 'Healthy', color: 'green' },
      { value: 1, text: 'Warning', color: 'yellow' },
      { value: 2, text: 'Critical', color: 'red' },
    ],
    queries: [{ expr: knownZone, legend: '{{instance}}' }],
  },
  {
    kind: 'gauge',
    title: 'Resilience Index',
    description: 'R = TC / ΣH, 0 to 1: how much of the entropy is shared. Healthy from 0.5, critical below 0.2.',
    unit: 'none',
    decimals: 3,
    min: 0,
    max: 1,
    width: 4,
    thresholds: zones,
    queries: [{ expr: newest('alec_resilience_index'), legend: '{{instance}}' }],
  },
  bits('Total Correlation', 'alec_total_correlation_bits', 'Bits that the channels share.'),
  bits('Joint Entropy', 'alec_joint_entropy_bits', 'Bits of all channels together.'),
  bits('Payload Entropy', 'alec_payload_entropy_bits', 'Bits per byte of the newest frame, 8 at most.'),
  {
    kind: 'stat',
    title: 'Samples Processed',
    description: 'Rows since the exporter started.',
    unit: 'short',
    width: 4,
    queries: [{ expr: newest('alec_exporter_samples_total'), legend: '{{instance}}' }],
  },
];

const overTime: readonly Panel[] = [
  {
    kind: 'timeseries',
    title: 'Signal Entropy Metrics',
    description: 'ΣH is what TC and H_joint add up to. Held while there is no valid signal.',
    unit: 'none',
    queries: [
      { expr: newest('alec_total_correlation_bits'), legend: 'TC {{instance}}' },
      { expr: newest('alec_joint_entropy_bits'), legend: 'H_joint {{instance}}' },
      { expr: newest('alec_sum_entropy_bits'), legend: 'Sum H {{instance}}' },
    ],
  },
  {
    kind: 'timeseries',
    title: 'Resilience Index Over Time',
    description: 'Healthy from 0.5, critical below 0.2.',
    unit: 'none',
    min: 0,
    max: 1,
    thresholds: zones,
    queries: [{ expr: newest('alec_resilience_index'), legend: 'R {{instance}}' }],
  },
];

const quantities = [
  ['TC', 'tc'],
  ['H_joint', 'h_joint'],
  ['H_bytes', 'h_bytes'],
  ['R', 'r'],
] as const;
const ofQuantities = (prefix: string): readonly Query[] =>
  quantities.map(([name, suffix]) => ({ expr: newest(`${prefix}_${suffix}`), legend: `${name} {{instance}}` }));

const complexity: readonly Panel[] = [
  {
    kind: 'stat',
    title: 'Baseline Status',
    description: 'Deviations are scored once it is locked.',
    unit: 'none',
    width: 4,
    height: 8,
    texts: [
      { value: 0, text: 'Learning', color: 'yellow' },
      { value: 1, text: 'Locked', color: 'green' },
    ],
    queries: [{ expr: newest('alec_baseline_locked'), legend: '{{instance}}' }],
  },
  {
    kind: 'gauge',
    title: 'Baseline Progress',
    description: 'How much of the baseline is learned.',
    unit: 'percent',
    min: 0,
    max: 100,
    width: 4,
    height: 8,
    thresholds: [
      { value: null, color: 'red' },
      { value: 50, color: 'yellow' },
      { value: 90, color: 'green' },
    ],
    queries: [{ expr: `${newest('alec_baseline_progress')} * 100`, legend: '{{instance}}' }],
  },
  {
    kind: 'timeseries',
    title: 'Z-Scores',
    description: 'Distance from the baseline in standard deviations: 2 is worth a look, 3 is an anomaly.',
    unit: 'none',
    width: 16,
    thresholds: [
      { value: null, color: 'green' },
      { value: 2, color: 'yellow' },
      { value: 3, color: 'red' },
    ],
    queries: ofQuantities('alec_zscore'),
  },
  {
    kind: 'timeseries',
    title: 'Deltas',
    description: 'Distance from the baseline in bits (R: without unit), smoothed.',
    unit: 'none',
    width: 24,
    queries: ofQuantities('alec_delta'),
  },
];

const events: readonly Panel[] = [
  {
    kind: 'timeseries',
    title: 'Anomaly Events',
    description: 'Events in five minutes by type and severity.',
    unit: 'short',
    min: 0,
    stacked: true,
    queries: [
      {
        expr: newestOf('event_type, severity', `increase(alec_anomaly_events_total{${ofJob}}[5m])`, 'sum'),
        legend: '{{event_type}} ({{severity}})',
      },
    ],
  },
  {
    kind: 'bars',
    title: 'Anomaly Events by Type',
    description: 'Events in the time range.',
    unit: 'short',
    min: 0,
    thresholds: [
      { value: null, color: 'green' },
      { value: 10, color: 'yellow' },
      { value: 50, color: 'red' },
    ],
    queries: [
      {
        expr: newestOf('event_type, severity', `increase(alec_anomaly_events_total{${ofJob}}[$__range])`, 'sum'),
        legend: '{{event_type}} ({{severity}})',
      },
    ],
  },
];

/** Everything about sensor streams on one page. */
export const overviewDashboard: Dashboard = dashboard({
  uid: 'alec-overview',
  title: 'ALEC Overview',
  description: 'Entropy, correlation and resilience of sensor streams, and what deviates from its baseline.',
  tags: ['alec', 'iot', 'entropy', 'monitoring'],
  refresh: '5s',
  from: 'now-15m',
  variables: [{ name: 'job', title: 'Job', metric: 'alec_signal_valid' }],
  rows: [
    { title: 'System Health', panels: health },
    { title: 'Entropy Metrics Over Time', panels: overTime },
    { title: 'Complexity Analysis', panels: complexity },
    { title: 'Per-Channel Analysis', panels: channelPanels },
    { title: 'Anomaly Events', panels: events },
    { title: 'Data', panels: dataPanels },
  ],
});
