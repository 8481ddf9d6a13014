import { dashboard } from '../grafana.ts';
import type { Panel } from '../panel.ts';
import type { Dashboard } from '../system.ts';
import { inRange, lines, quantile, rate, ratio, stat, tags, total, variables } from './queries.ts';

const snapshots: readonly Panel[] = [
  stat(
    { title: 'Snapshots kept', description: 'At most ten for each entity.', unit: 'short' },
    total('allsource_snapshots_total'),
  ),
  lines({ title: 'Snapshots created', description: 'Per second, automatic ones included.', unit: 'ops' }, [
    { expr: rate('allsource_snapshots_created_total'), legend: 'created' },
  ]),
  lines({ title: 'Snapshot duration', description: 'Time to create a snapshot.', unit: 's' }, [
    { expr: quantile(0.99, 'allsource_snapshot_creation_duration_seconds'), legend: 'p99' },
  ]),
];

const replays: readonly Panel[] = [
  lines({ title: 'Replays', description: 'Started, completed and failed, in the time range.', unit: 'short' }, [
    { expr: inRange('allsource_replays_started_total'), legend: 'started' },
    { expr: inRange('allsource_replays_completed_total'), legend: 'completed' },
    { expr: inRange('allsource_replays_failed_total'), legend: 'failed' },
  ]),
  stat(
    {
      title: 'Completed replays',
      description: 'Share of those started in the time range. Alert: ReplayFailed.',
      unit: 'percentunit',
    },
    ratio(inRange('allsource_replays_completed_total'), inRange('allsource_replays_started_total')),
  ),
  lines({ title: 'Replayed events', description: 'Events fed to projections again, per second.', unit: 'ops' }, [
    { expr: rate('allsource_replay_events_processed'), legend: 'events' },
  ]),
  stat(
    { title: 'Replay duration', description: 'On average, in the time range.', unit: 's' },
    ratio(inRange('allsource_replay_duration_seconds_sum'), inRange('allsource_replay_duration_seconds_count')),
  ),
];

const storage: readonly Panel[] = [
  lines(
    {
      title: 'Files',
      description: 'Log files wait to become segments; many of them mean that segments fail. Alert: WalSegmentsHigh.',
      unit: 'short',
    },
    [
      { expr: total('allsource_wal_segments_total'), legend: 'log files' },
      { expr: total('allsource_parquet_files_total'), legend: 'segments' },
    ],
  ),
  lines({ title: 'Compactions', description: 'In the time range.', unit: 'short' }, [
    { expr: inRange('allsource_compactions_total'), legend: 'compactions' },
    { expr: inRange('allsource_compaction_files_merged'), legend: 'files merged' },
  ]),
  stat(
    { title: 'Bytes saved per compaction', description: 'On average, in the time range.', unit: 'bytes' },
    ratio(inRange('allsource_compaction_bytes_saved'), inRange('allsource_compactions_total')),
    { noValue: 'none' },
  ),
  lines({ title: 'Compaction duration', description: 'Time of a compaction.', unit: 's' }, [
    {
      expr: ratio(
        inRange('allsource_compaction_duration_seconds_sum'),
        inRange('allsource_compaction_duration_seconds_count'),
      ),
      legend: 'mean',
    },
  ]),
];

const sockets: readonly Panel[] = [
  lines({ title: 'WebSocket connections', description: 'Open ones, and new ones per second.', unit: 'short' }, [
    { expr: total('allsource_websocket_connections_active'), legend: 'open' },
    { expr: rate('allsource_websocket_connections_total'), legend: 'new per second' },
  ]),
  lines(
    { title: 'WebSocket messages per connection', description: 'Frames per second and open connection.', unit: 'ops' },
    [
      {
        expr: ratio(rate('allsource_websocket_messages_sent'), total('allsource_websocket_connections_active')),
        legend: 'messages',
      },
    ],
  ),
  lines(
    {
      title: 'WebSocket errors',
      description: 'Failed sends, protocol errors, clients that lagged. Alert: WebSocketErrors.',
      unit: 'ops',
    },
    [{ expr: rate('allsource_websocket_errors_total'), legend: 'errors' }],
  ),
];

const http: readonly Panel[] = [
  lines({ title: 'HTTP requests', description: 'Of the core, by route, per second.', unit: 'reqps' }, [
    { expr: rate('allsource_http_requests_total', { by: ['endpoint'] }), legend: '{{endpoint}}' },
  ]),
  lines(
    {
      title: 'HTTP error ratio',
      description: 'Share of answers from 400 on. Alert: HighHttpErrorRatio past 5 % from 500 on.',
      unit: 'percentunit',
    },
    [
      {
        expr: ratio(
          `(${rate('allsource_http_requests_total', { where: 'status=~"[45].."' })} or vector(0))`,
          rate('allsource_http_requests_total'),
        ),
        legend: 'errors',
      },
    ],
  ),
  lines({ title: 'HTTP latency', description: 'p95 of the core, by route.', unit: 's' }, [
    { expr: quantile(0.95, 'allsource_http_request_duration_seconds', ['endpoint']), legend: '{{endpoint}}' },
  ]),
  lines({ title: 'HTTP requests in flight', description: 'Being answered right now.', unit: 'short' }, [
    { expr: total('allsource_http_requests_in_flight'), legend: 'core' },
    { expr: total('control_plane_http_requests_in_flight'), legend: 'control plane' },
  ]),
];

const controlPlane: readonly Panel[] = [
  lines({ title: 'Control plane requests', description: 'By route, per second.', unit: 'reqps' }, [
    { expr: rate('control_plane_http_requests_total', { by: ['path'] }), legend: '{{path}}' },
  ]),
  lines({ title: 'Control plane latency', description: 'All routes together.', unit: 's' }, [
    { expr: quantile(0.99, 'control_plane_http_request_duration_seconds'), legend: 'p99' },
  ]),
  lines(
    {
      title: 'Health checks',
      description: 'Share of the checks of the core that found it healthy.',
      unit: 'percentunit',
    },
    [
      {
        expr: ratio(
          rate('control_plane_core_health_checks_total', { where: 'status="success"' }),
          rate('control_plane_core_health_checks_total'),
        ),
        legend: 'healthy',
      },
    ],
  ),
  lines({ title: 'Health check duration', description: 'Round trip to the core.', unit: 's' }, [
    { expr: quantile(0.95, 'control_plane_core_health_check_duration_seconds'), legend: 'p95' },
  ]),
  lines(
    {
      title: 'Operations',
      description: 'Snapshot and replay requests that the core accepted, in the time range.',
      unit: 'short',
    },
    [
      { expr: inRange('control_plane_snapshot_operations_total'), legend: 'snapshots' },
      { expr: inRange('control_plane_replay_operations_total'), legend: 'replays' },
    ],
  ),
];

/** What the operator sees to. */
export const operationsDashboard: Dashboard = dashboard({
  uid: 'allsource-operations',
  title: 'AllSource - Operations',
  description: 'Snapshots, replays, files, streams, HTTP and the control plane.',
  tags,
  variables,
  rows: [
    { title: 'Snapshots', panels: snapshots },
    { title: 'Replays', panels: replays },
    { title: 'Storage', panels: storage },
    { title: 'WebSocket', panels: sockets },
    { title: 'HTTP', panels: http },
    { title: 'Control plane', panels: controlPlane },
  ],
});
