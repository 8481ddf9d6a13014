import { type AlertDescription, alert, group, recording } from '../rules.ts';
import type { Rule, RuleGroup } from '../system.ts';

const recorded: RuleGroup = group('allsource-recording', [
  recording({
    record: 'allsource:ingest:rate5m',
    expr: 'sum by (job, instance) (rate(allsource_events_ingested_total[5m]))',
  }),
  recording({
    record: 'allsource:ingest_errors:ratio5m',
    expr: 'sum by (job, instance) (rate(allsource_ingestion_errors_total[5m])) / ((sum by (job, instance) (rate(allsource_events_ingested_total[5m])) + sum by (job, instance) (rate(allsource_ingestion_errors_total[5m]))) > 0)',
  }),
  recording({
    record: 'allsource:ingestion_duration_seconds:p95_5m',
    expr: 'histogram_quantile(0.95, sum by (job, instance, le) (rate(allsource_ingestion_duration_seconds_bucket[5m])))',
  }),
  recording({
    record: 'allsource:queries:rate5m',
    expr: 'sum by (job, instance, query_type) (rate(allsource_queries_total[5m]))',
  }),
  recording({
    record: 'allsource:query_duration_seconds:p95_5m',
    expr: 'histogram_quantile(0.95, sum by (job, instance, query_type, le) (rate(allsource_query_duration_seconds_bucket[5m])))',
  }),
  recording({
    record: 'allsource:query_duration_seconds:p99_5m',
    expr: 'histogram_quantile(0.99, sum by (job, instance, query_type, le) (rate(allsource_query_duration_seconds_bucket[5m])))',
  }),
  recording({
    record: 'allsource:pipeline:filter_ratio5m',
    expr: 'sum by (job, instance, pipeline_name) (rate(allsource_pipeline_events_filtered[5m])) / (sum by (job, instance, pipeline_name) (rate(allsource_pipeline_events_processed[5m])) > 0)',
  }),
  recording({
    record: 'allsource:schema_validation:success_ratio5m',
    expr: 'sum by (job, instance) (rate(allsource_schema_validations_total{result="success"}[5m])) / (sum by (job, instance) (rate(allsource_schema_validations_total[5m])) > 0)',
  }),
  recording({
    record: 'allsource:http:error_ratio5m',
    expr: 'sum by (job, instance) (rate(allsource_http_requests_total{status=~"5.."}[5m])) / (sum by (job, instance) (rate(allsource_http_requests_total[5m])) > 0)',
  }),
  recording({
    record: 'control_plane:core_health:success_ratio5m',
    expr: 'sum by (job, instance) (rate(control_plane_core_health_checks_total{status="success"}[5m])) / (sum by (job, instance) (rate(control_plane_core_health_checks_total[5m])) > 0)',
  }),
]);

const warn = (description: Omit<AlertDescription, 'severity' | 'runbook'>): Rule =>
  alert({ ...description, severity: 'warning', runbook: 'allsource' });
const page = (description: Omit<AlertDescription, 'severity' | 'runbook'>): Rule =>
  alert({ ...description, severity: 'critical', runbook: 'allsource' });

const availability: readonly Rule[] = [
  page({
    name: 'CoreDown',
    expr: 'up{job="allsource-core"} == 0',
    for: '1m',
    summary: 'The event store at {{ $labels.instance }} is down.',
    description: 'The core has not answered its scrapes for 1 minute.',
  }),
  page({
    name: 'ControlPlaneDown',
    expr: 'up{job="allsource-control-plane"} == 0',
    for: '1m',
    summary: 'Control plane is down',
    description: 'Control plane has been down for 1 minute',
  }),
  page({
    name: 'CoreUnhealthy',
    expr: 'sum by (job, instance) (rate(control_plane_core_health_checks_total{status="error"}[5m])) / (sum by (job, instance) (rate(control_plane_core_health_checks_total[5m])) > 0) > 0.5',
    for: '2m',
    summary: 'The control plane finds the core unhealthy.',
    description: '{{ $value | humanizePercentage }} of its health checks failed.',
  }),
];

const ingestion: readonly Rule[] = [
  warn({
    name: 'HighIngestionErrorRate',
    expr: 'rate(allsource_ingestion_errors_total[5m]) > 0.01',
    for: '5m',
    summary: 'High ingestion error rate',
    description: 'Event ingestion error rate is {{ $value }} errors/sec',
  }),
  warn({
    name: 'HighIngestionErrorRatio',
    expr: 'allsource:ingest_errors:ratio5m > 0.01',
    for: '5m',
    summary: 'Events are refused at {{ $labels.instance }}.',
    description: '{{ $value | humanizePercentage }} of the events were refused or could not be stored.',
  }),
  warn({
    name: 'HighIngestionLatency',
    expr: 'allsource:ingestion_duration_seconds:p95_5m > 0.1',
    for: '5m',
    summary: 'Events are stored slowly at {{ $labels.instance }}.',
    description: 'p95 is {{ $value | humanizeDuration }}.',
  }),
  warn({
    name: 'SchemaValidationFailures',
    expr: '1 - allsource:schema_validation:success_ratio5m > 0.05',
    for: '10m',
    summary: 'Payloads do not match their schemas.',
    description: '{{ $value | humanizePercentage }} of the validations failed.',
  }),
];

const work: readonly Rule[] = [
  warn({
    name: 'SlowQueries',
    expr: 'allsource:query_duration_seconds:p95_5m > 1',
    for: '10m',
    summary: 'Slow query performance',
    description: 'P95 query latency is {{ $value }}s',
  }),
  page({
    name: 'PipelineErrors',
    expr: 'rate(allsource_pipeline_errors_total[5m]) > 0',
    for: '5m',
    summary: 'Pipeline processing errors',
    description: 'Pipeline {{ $labels.pipeline_name }} has errors',
  }),
  warn({
    name: 'ProjectionErrors',
    expr: 'rate(allsource_projection_errors_total[5m]) > 0',
    for: '5m',
    summary: 'Projection {{ $labels.projection_name }} has errors.',
    description: 'It failed at {{ $value }} events per second.',
  }),
  warn({
    name: 'ReplayFailed',
    expr: 'increase(allsource_replays_failed_total[15m]) > 0',
    for: '0m',
    summary: 'A replay failed at {{ $labels.instance }}.',
    description: 'About {{ printf "%.0f" $value }} failed in the last 15 minutes.',
  }),
  warn({
    name: 'WebSocketErrors',
    expr: 'rate(allsource_websocket_errors_total[5m]) > 0',
    for: '5m',
    summary: 'Streams of {{ $labels.instance }} have errors.',
    description: 'Sends failed, or clients were dropped because they lagged.',
  }),
  warn({
    name: 'HighHttpErrorRatio',
    expr: 'allsource:http:error_ratio5m > 0.05',
    for: '5m',
    summary: 'The core at {{ $labels.instance }} answers with errors.',
    description: '{{ $value | humanizePercentage }} of its answers are 5xx.',
  }),
];

const storage: readonly Rule[] = [
  warn({
    name: 'WalSegmentsHigh',
    expr: 'allsource_wal_segments_total > 100',
    for: '10m',
    summary: 'Log files of {{ $labels.instance }} pile up.',
    description: '{{ $value }} log files wait to become segments.',
  }),
  warn({
    name: 'StorageGrowth',
    expr: 'predict_linear(allsource_storage_size_bytes[6h], 86400) > 100e9',
    for: '30m',
    summary: 'The store at {{ $labels.instance }} outgrows its disk.',
    description: 'In a day it will have {{ $value | humanize1024 }}B, at the pace of the last 6 hours.',
  }),
];

/** What is recorded, and the alerts. */
export const rules: readonly RuleGroup[] = [
  recorded,
  group('allsource', [...availability, ...ingestion, ...work, ...storage], '30s'),
];
