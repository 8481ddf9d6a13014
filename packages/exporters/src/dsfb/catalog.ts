import type { Catalog } from '@alex/openmetrics';

/** Every family of DSFB: the six of the metrics snapshot first, then those of the running exporter. */
export const catalog = {
  episodes: {
    type: 'counter',
    name: 'dsfb_episodes',
    help: 'Episodes that have closed since the process started.',
    labelNames: ['motif'],
  },
  episodePeakLast: {
    type: 'gauge',
    name: 'dsfb_episode_peak_last',
    help: 'Largest absolute residual of the latest closed episode; NaN before the first one.',
    labelNames: ['motif'],
  },
  episodeTrustSumLast: {
    type: 'gauge',
    name: 'dsfb_episode_trust_sum_last',
    help: 'Sum of the trust weights when the latest episode closed; outside of 0.99 to 1.01 the observer is wrong.',
    labelNames: ['motif'],
  },
  residualsStaged: {
    type: 'gauge',
    name: 'dsfb_streaming_residuals_staged',
    help: 'Residuals that wait in the reorder buffer.',
  },
  residualsFlushed: {
    type: 'counter',
    name: 'dsfb_streaming_residuals_flushed',
    help: 'Residuals that went from the reorder buffer into the ordered stream.',
  },
  residualsDropped: {
    type: 'counter',
    name: 'dsfb_streaming_residuals_dropped_out_of_window',
    help: 'Residuals that came too late for the reorder window and were discarded.',
  },
  episodesOpen: {
    type: 'gauge',
    name: 'dsfb_episodes_open',
    help: 'Episodes that have begun and not ended.',
    labelNames: ['motif'],
  },
  channels: {
    type: 'gauge',
    name: 'dsfb_channels',
    help: 'Channels that are observed.',
    labelNames: ['motif'],
  },
  channelsEvicted: {
    type: 'counter',
    name: 'dsfb_channels_evicted',
    help: 'Channels that were forgotten because there were too many; the longest idle one goes first.',
    labelNames: ['motif'],
  },
  residualsRejected: {
    type: 'counter',
    name: 'dsfb_streaming_rejected',
    help: 'Input that is no residual, by reason.',
    labelNames: ['reason'],
  },
  sourceUp: {
    type: 'gauge',
    name: 'dsfb_source_up',
    help: 'Whether a source could be read the last time: 1 or 0.',
    labelNames: ['source'],
    labelLimits: { source: 100 },
  },
  sourceErrors: {
    type: 'counter',
    name: 'dsfb_source_errors',
    help: 'Failed attempts to read a source.',
    labelNames: ['source'],
    labelLimits: { source: 100 },
  },
  sourceNewest: {
    type: 'gauge',
    name: 'dsfb_source_last_sample_timestamp',
    unit: 's',
    help: 'When the latest residual of a source arrived, in Unix seconds.',
    labelNames: ['source'],
    labelLimits: { source: 100 },
  },
  buildInfo: {
    type: 'info',
    name: 'dsfb_build',
    help: 'The version of the exporter.',
    labelNames: ['version'],
  },
} as const;
catalog satisfies Catalog;
