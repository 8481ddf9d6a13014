import { alert, group } from '../rules.ts';
import type { RuleGroup } from '../system.ts';

const runbook = 'alec';
const each = (metric: string): string => `max by (job, instance) (${metric})`;
const valid = `and on (job, instance) ${each('alec_signal_valid')} == 1`;
const resilient = `${valid} and on (job, instance) ${each('alec_resilience_valid')} == 1`;

const streams: RuleGroup = group('alec-streams', [
  alert({
    name: 'AlecResilienceCritical',
    expr: `${each('alec_resilience_zone')} == 2 ${resilient}`,
    for: '5m',
    severity: 'critical',
    summary: 'The sensors of {{ $labels.instance }} hardly back one another up.',
    description: 'Resilience has been in the critical zone (below 0.2) for 5 minutes.',
    runbook,
  }),
  alert({
    name: 'AlecResilienceWarning',
    expr: `${each('alec_resilience_zone')} == 1 ${resilient}`,
    for: '10m',
    severity: 'warning',
    summary: 'The sensors of {{ $labels.instance }} back one another up less than they should.',
    description: 'Resilience has been in the middle zone (0.2 to 0.5) for 10 minutes.',
    runbook,
  }),
  alert({
    name: 'AlecZScoreHigh',
    expr: `(${['tc', 'h_joint', 'h_bytes'].map((field) => `${each(`alec_zscore_${field}`)} > 3`).join(' or ')}) ${valid}`,
    for: '2m',
    severity: 'warning',
    summary: 'The complexity of {{ $labels.instance }} is far above its baseline.',
    description: 'It is {{ printf "%.1f" $value }} standard deviations above.',
    runbook,
  }),
  alert({
    name: 'AlecRedundancyDrop',
    expr: `${each('alec_zscore_r')} < -3 ${resilient}`,
    for: '2m',
    severity: 'critical',
    summary: 'Sensors of {{ $labels.instance }} no longer agree as they did.',
    description: 'Resilience is {{ printf "%.1f" $value }} standard deviations from its baseline.',
    runbook,
  }),
  alert({
    name: 'AlecCriticalAnomaly',
    expr: 'sum by (job, instance, event_type) (increase(alec_anomaly_events_total{severity="critical"}[5m])) > 0',
    for: '0m',
    severity: 'critical',
    summary: '{{ $labels.event_type }} at {{ $labels.instance }}.',
    description: 'The engine reported a critical anomaly within the last 5 minutes.',
    runbook,
  }),
]);

const exporter: RuleGroup = group('alec-exporter', [
  alert({
    name: 'AlecReplayStalled',
    expr: `max by (job, instance) (changes(alec_exporter_samples_total[5m])) == 0 and on (job, instance) ${each('alec_exporter_replay_total_samples')} > 0 and on (job, instance) ${each('alec_exporter_replay_running')} == 1`,
    for: '5m',
    severity: 'warning',
    summary: 'The replay of {{ $labels.instance }} stands still.',
    description: 'No row was processed for 5 minutes, though a dataset is being replayed.',
    runbook,
  }),
  alert({
    name: 'AlecExporterDown',
    expr: 'up{job="alec"} == 0',
    for: '1m',
    severity: 'critical',
    summary: 'The ALEC exporter at {{ $labels.instance }} does not answer.',
    description: 'Its last scrapes failed.',
    runbook,
  }),
]);

/** What is worth waking somebody for. */
export const rules: readonly RuleGroup[] = [streams, exporter];
