import type { Panel } from '../panel.ts';
import { newest, newestOf, ofJob } from './queries.ts';

const entropyOfChannel = newestOf('channel', `alec_channel_entropy_bits{${ofJob}}`);

/** What each sensor contributes. Entropies can be negative, which bars show and a pie cannot. */
export const channelPanels: readonly Panel[] = [
  {
    kind: 'timeseries',
    title: 'Per-Channel Entropy',
    description: 'Bits of each channel. A flat channel has 0.',
    unit: 'none',
    queries: [{ expr: entropyOfChannel, legend: '{{channel}}' }],
  },
  {
    kind: 'bars',
    title: 'Channel Entropy Distribution',
    description: 'Bits of each channel right now.',
    unit: 'none',
    width: 6,
    queries: [{ expr: entropyOfChannel, legend: '{{channel}}' }],
  },
  {
    kind: 'bars',
    title: 'Channel Criticality Ranking',
    description: 'Rank by the resilience that is lost without the channel; 1 is the most critical.',
    unit: 'none',
    min: 0,
    width: 6,
    thresholds: [
      { value: null, color: 'red' },
      { value: 3, color: 'orange' },
      { value: 5, color: 'yellow' },
      { value: 7, color: 'green' },
    ],
    queries: [{ expr: newestOf('channel', `alec_channel_criticality{${ofJob}}`, 'max'), legend: '{{channel}}' }],
  },
];

/** Where the rows come from and how many count. */
export const dataPanels: readonly Panel[] = [
  {
    kind: 'timeseries',
    title: 'Window',
    description: 'Rows and channels in the window, and whether they make a signal (1) or not (0).',
    unit: 'none',
    min: 0,
    queries: [
      { expr: newest('alec_signal_window_rows'), legend: 'rows {{instance}}' },
      { expr: newest('alec_signal_channels'), legend: 'channels {{instance}}' },
      { expr: newest('alec_signal_valid'), legend: 'valid {{instance}}' },
    ],
  },
  {
    kind: 'timeseries',
    title: 'Rejected Readings',
    description: 'Readings that count as missing and rows that were refused, per second.',
    unit: 'cps',
    min: 0,
    queries: [
      {
        expr: newestOf('reason', `rate(alec_exporter_rejected_values_total{${ofJob}}[$__rate_interval])`, 'sum'),
        legend: '{{reason}}',
      },
    ],
  },
  {
    kind: 'timeseries',
    title: 'Replay Position',
    description: 'Rows completed in this pass, and rows of the dataset.',
    unit: 'short',
    min: 0,
    queries: [
      { expr: newest('alec_exporter_replay_position'), legend: 'position {{instance}}' },
      { expr: newest('alec_exporter_replay_total_samples'), legend: 'rows {{instance}}' },
    ],
  },
  {
    kind: 'stat',
    title: 'Replay',
    description: 'Whether a dataset is replayed.',
    unit: 'none',
    width: 4,
    height: 8,
    texts: [
      { value: 0, text: 'Not running', color: 'text' },
      { value: 1, text: 'Running', color: 'green' },
    ],
    queries: [{ expr: newest('alec_exporter_replay_running'), legend: '{{instance}}' }],
  },
  {
    kind: 'stat',
    title: 'Replay Speed',
    description: 'How many times faster than real.',
    unit: 'none',
    width: 4,
    height: 8,
    queries: [{ expr: newest('alec_exporter_replay_speed'), legend: '{{instance}}' }],
  },
  {
    kind: 'stat',
    title: 'Passes and Version',
    description: 'Passes of the dataset completed in the time range, and the version of the exporter.',
    unit: 'short',
    width: 4,
    height: 8,
    queries: [
      {
        expr: newestOf('instance', `increase(alec_exporter_replay_loops_total{${ofJob}}[$__range])`),
        legend: 'passes {{instance}}',
      },
      { expr: `count by (version) (alec_exporter_build_info{${ofJob}})`, legend: 'version {{version}}' },
    ],
  },
];
