import { alert, group } from '../rules.ts';
import type { RuleGroup } from '../system.ts';

const runbook = 'dsfb';

const episodes: RuleGroup = group('dsfb-episodes', [
  alert({
    name: 'DsfbEpisode',
    expr: 'increase(dsfb_episodes_total[5m]) > 0',
    for: '0m',
    severity: 'info',
    summary: 'A {{ $labels.motif }} has ended.',
    description: 'About {{ printf "%.0f" $value }} episodes have closed in the last 5 minutes.',
    runbook,
  }),
  alert({
    name: 'DsfbEpisodeOpen',
    expr: 'dsfb_episodes_open > 0',
    for: '1m',
    severity: 'warning',
    summary: 'A {{ $labels.motif }} is going on.',
    description: '{{ $value }} channels have been out of their envelope for a minute.',
    runbook,
  }),
  alert({
    name: 'DsfbTrustSumOutOfRange',
    expr: 'dsfb_episode_trust_sum_last < 0.99 or dsfb_episode_trust_sum_last > 1.01',
    for: '0m',
    severity: 'critical',
    summary: 'The observer of {{ $labels.motif }} is wrong.',
    description: 'Its trust weights add up to {{ $value }} instead of 1: its episodes cannot be relied on.',
    runbook,
  }),
]);

const ingest: RuleGroup = group('dsfb-ingest', [
  alert({
    name: 'DsfbDown',
    expr: 'up{job="dsfb"} == 0',
    for: '2m',
    severity: 'critical',
    summary: 'The DSFB exporter at {{ $labels.instance }} does not answer its scrapes.',
    description: 'Nothing is known of the databases that it watches.',
    runbook,
  }),
  alert({
    name: 'DsfbSourceDown',
    expr: 'dsfb_source_up == 0',
    for: '2m',
    severity: 'warning',
    summary: '{{ $labels.source }} cannot be read.',
    description: 'The log of the exporter names the reason and the setting that helps.',
    runbook,
  }),
  alert({
    name: 'DsfbResidualsDropped',
    expr: 'increase(dsfb_streaming_residuals_dropped_out_of_window_total[5m]) > 0',
    for: '0m',
    severity: 'warning',
    summary: 'Residuals come too late at {{ $labels.instance }}.',
    description: 'About {{ printf "%.0f" $value }} were discarded in the last 5 minutes.',
    runbook,
  }),
  alert({
    name: 'DsfbInputRejected',
    expr: 'increase(dsfb_streaming_rejected_total[10m]) > 0',
    for: '0m',
    severity: 'warning',
    summary: 'Input at {{ $labels.instance }} is no residual: {{ $labels.reason }}.',
    description: 'About {{ printf "%.0f" $value }} records were refused in the last 10 minutes.',
    runbook,
  }),
  alert({
    name: 'DsfbReorderBufferGrowing',
    expr: 'deriv(dsfb_streaming_residuals_staged[15m]) > 1',
    for: '15m',
    severity: 'warning',
    summary: 'The reorder buffer of {{ $labels.instance }} grows.',
    description: 'It has grown by {{ printf "%.1f" $value }} residuals per second for half an hour.',
    runbook,
  }),
  alert({
    name: 'DsfbIngestStalled',
    expr: 'rate(dsfb_streaming_residuals_flushed_total[10m]) == 0 and dsfb_streaming_residuals_staged > 0',
    for: '10m',
    severity: 'warning',
    summary: 'Residuals wait at {{ $labels.instance }} and none goes on.',
    description: 'For 10 minutes none has left the reorder buffer.',
    runbook,
  }),
  alert({
    name: 'DsfbChannelsEvicted',
    expr: 'increase(dsfb_channels_evicted_total[1h]) > 0',
    for: '5m',
    severity: 'info',
    summary: 'There are too many channels of {{ $labels.motif }}.',
    description: 'About {{ printf "%.0f" $value }} were forgotten in the last hour.',
    runbook,
  }),
]);

/** What is worth waking somebody for. */
export const rules: readonly RuleGroup[] = [episodes, ingest];
