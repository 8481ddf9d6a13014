import { dashboard } from '../grafana.ts';
import type { Panel } from '../panel.ts';
import type { Dashboard } from '../system.ts';
import { lines, ofTarget, percentiles, rate, ratio, tags, total, variables } from './queries.ts';

const ingested = 'allsource_events_ingested_total';
const errors = 'allsource_ingestion_errors_total';
const duration = 'allsource_ingestion_duration_seconds';

const panels: readonly Panel[] = [
  lines({ title: 'Event ingestion rate', description: 'Events that were stored, per second.', unit: 'ops' }, [
    { expr: rate(ingested), legend: 'events' },
  ]),
  lines(
    { title: 'By event type', description: 'The ten most frequent types, per second.', unit: 'ops' },
    [
      {
        expr: `topk(10, ${rate('allsource_events_ingested_by_type', { by: ['event_type'] })})`,
        legend: '{{event_type}}',
      },
    ],
    { stacked: true },
  ),
  lines(
    { title: 'Ingestion latency', description: 'From the request until the event is durable.', unit: 's' },
    percentiles(duration),
  ),
  {
    kind: 'heatmap',
    title: 'Ingestion latency heat map',
    description: 'How many attempts took how long.',
    unit: 's',
    queries: [{ expr: rate(`${duration}_bucket`, { by: ['le'] }), legend: '{{le}}' }],
  },
  lines(
    { title: 'Ingestion errors', description: 'Events that were refused or not stored, per second.', unit: 'ops' },
    [{ expr: rate(errors), legend: 'errors' }],
  ),
  lines(
    {
      title: 'Ingestion error ratio',
      description: 'Share of all attempts. Alert: HighIngestionErrorRatio past 1 %.',
      unit: 'percentunit',
    },
    [{ expr: ratio(rate(errors), rate(`${duration}_count`)), legend: 'errors' }],
  ),
  lines({ title: 'Events held', description: 'Events and entities in the store.', unit: 'short' }, [
    { expr: total('allsource_storage_events_total'), legend: 'events' },
    { expr: total('allsource_storage_entities_total'), legend: 'entities' },
  ]),
  {
    kind: 'timeseries',
    title: 'Storage growth',
    description:
      'Bytes an hour, over the last hour; below 0 after a compaction. A gauge: its derivative, not its rate.',
    unit: 'bytes',
    queries: [{ expr: `sum(deriv(allsource_storage_size_bytes{${ofTarget}}[1h])) * 3600`, legend: 'bytes an hour' }],
  },
  lines({ title: 'Schema validations', description: 'Validations per second, by result.', unit: 'ops' }, [
    { expr: rate('allsource_schema_validations_total', { by: ['result'] }), legend: '{{result}}' },
  ]),
  lines(
    { title: 'Schema validation latency', description: 'Time of a validation.', unit: 's' },
    percentiles('allsource_schema_validation_duration_seconds'),
  ),
  lines({ title: 'Schemas registered', description: 'New versions per second.', unit: 'ops' }, [
    { expr: rate('allsource_schemas_registered_total'), legend: 'versions' },
  ]),
  lines({ title: 'Projection throughput', description: 'Events that projections took in, per second.', unit: 'ops' }, [
    { expr: rate('allsource_projection_events_processed', { by: ['projection_name'] }), legend: '{{projection_name}}' },
  ]),
];

/** How events come in. */
export const ingestionDashboard: Dashboard = dashboard({
  uid: 'allsource-ingestion',
  title: 'AllSource - Ingestion',
  description: 'How many events come in, how fast they are stored, and what is refused.',
  tags,
  variables,
  rows: [{ panels }],
});
