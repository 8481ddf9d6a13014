import { dashboard } from '../grafana.ts';
import type { Panel } from '../panel.ts';
import type { Dashboard } from '../system.ts';
import { inRange, lines, ofTarget, quantile, rate, ratio, stat, tags, total, variables } from './queries.ts';

const ingested = 'allsource_events_ingested_total';
const errors = 'allsource_ingestion_errors_total';
const upTexts = [
  { value: 0, text: 'down', color: 'red' },
  { value: 1, text: 'up', color: 'green' },
];

const now: readonly Panel[] = [
  stat(
    { title: 'Core', description: 'Whether the core answers its scrapes. Alert: CoreDown.', unit: 'none' },
    'min(up{job=~"$job",job="allsource-core"})',
    { texts: upTexts, width: 3 },
  ),
  stat(
    { title: 'Control plane', description: 'Whether it answers its scrapes. Alert: ControlPlaneDown.', unit: 'none' },
    'min(up{job=~"$job",job="allsource-control-plane"})',
    { texts: upTexts, width: 3 },
  ),
  stat(
    { title: 'Events', description: 'Events that are held.', unit: 'short' },
    total('allsource_storage_events_total'),
    {
      width: 3,
    },
  ),
  stat(
    { title: 'Entities', description: 'Entities that have an event.', unit: 'short' },
    total('allsource_storage_entities_total'),
    { width: 3 },
  ),
  stat(
    { title: 'Storage', description: 'Bytes of log and segments on disk.', unit: 'bytes' },
    total('allsource_storage_size_bytes'),
    { width: 3 },
  ),
  stat(
    { title: 'Pipelines', description: 'Registered pipelines.', unit: 'none' },
    total('allsource_pipelines_registered_total'),
    { width: 3 },
  ),
  stat(
    { title: 'Projections', description: 'Registered projections; two are built in.', unit: 'none' },
    total('allsource_projections_total'),
    { width: 3 },
  ),
  stat(
    { title: 'WebSocket clients', description: 'Open connections.', unit: 'none' },
    total('allsource_websocket_connections_active'),
    { width: 3 },
  ),
  stat(
    { title: 'Core uptime', description: 'Since the core started.', unit: 's' },
    `time() - max(process_start_time_seconds{${ofTarget},job="allsource-core"})`,
  ),
  stat(
    { title: 'Control plane uptime', description: 'Since the control plane started.', unit: 's' },
    `max(control_plane_uptime_seconds{${ofTarget}})`,
  ),
  stat(
    {
      title: 'Core health checks',
      description: 'Share of the checks of the core that found it healthy, in the time range. Alert: CoreUnhealthy.',
      unit: 'percentunit',
    },
    ratio(
      inRange('control_plane_core_health_checks_total', { where: 'status="success"' }),
      inRange('control_plane_core_health_checks_total'),
    ),
  ),
  stat(
    {
      title: 'Refused events',
      description: 'Share of the events that were refused or could not be stored. Alert: HighIngestionErrorRatio.',
      unit: 'percentunit',
    },
    ratio(inRange(errors), `${inRange(ingested)} + ${inRange(errors)}`).replace(/\/ \((.*) > 0\)$/, '/ (($1) > 0)'),
  ),
];

const traffic: readonly Panel[] = [
  lines({ title: 'Ingestion', description: 'Events that were stored, per second.', unit: 'ops' }, [
    { expr: rate(ingested), legend: 'stored' },
    { expr: rate(errors), legend: 'refused' },
  ]),
  lines({ title: 'Queries', description: 'Queries of clients per second.', unit: 'ops' }, [
    { expr: rate('allsource_queries_total'), legend: 'queries' },
  ]),
  lines({ title: 'Ingestion latency', description: 'Until an event is durable.', unit: 's' }, [
    { expr: quantile(0.95, 'allsource_ingestion_duration_seconds'), legend: 'p95' },
  ]),
  lines({ title: 'Query latency', description: 'Time of a query.', unit: 's' }, [
    { expr: quantile(0.95, 'allsource_query_duration_seconds'), legend: 'p95' },
  ]),
];

/** The whole store at a glance. */
export const overviewDashboard: Dashboard = dashboard({
  uid: 'allsource-overview',
  title: 'AllSource - Overview',
  description: 'Core and control plane of the event store at a glance.',
  tags,
  variables,
  rows: [{ panels: now }, { title: 'Traffic', panels: traffic }],
});
