import { dashboard } from './grafana.ts';
import type { Panel, Query } from './panel.ts';
import { alert, group, recording } from './rules.ts';
import type { RuleGroup, System } from './system.ts';

const catalogue = {
  requests: { type: 'counter', name: 'demo.requests', unit: '{request}', help: 'Requests.', labelNames: ['route'] },
  duration: { type: 'histogram', name: 'demo.duration', unit: 's', help: 'Time.', labelNames: ['route'] },
  queue: { type: 'gauge', name: 'demo_queue_total', help: 'A gauge with a misleading name.', literal: true },
} as const;

/** A panel with one query, for tests. */
export function panel(query: Query, parts: Partial<Panel> = {}): Panel {
  return {
    kind: 'timeseries',
    title: 'Requests',
    description: 'Requests per second.',
    unit: 'reqps',
    ...parts,
    queries: [query],
  };
}

/** A system with one dashboard of these panels, for tests. */
export function system(panels: readonly Panel[], parts: Partial<System> = {}): System {
  return {
    name: 'demo',
    catalogue,
    dashboards: [
      dashboard({
        uid: 'demo-overview',
        title: 'Demo',
        description: 'For tests.',
        tags: ['demo'],
        variables: [{ name: 'job', title: 'Job', metric: 'demo_queue_total' }],
        rows: [{ panels }],
      }),
    ],
    rules: [],
    ...parts,
  };
}

export const goodQuery: Query = {
  expr: 'sum by (route) (rate(demo_requests_total{job=~"$job"}[$__rate_interval]))',
  legend: '{{route}}',
};

/** A rule group that is fine. */
export const goodRules: RuleGroup = group('demo', [
  recording({ record: 'job:demo_requests:rate5m', expr: 'sum by (job) (rate(demo_requests_total[5m]))' }),
  alert({
    name: 'DemoSlow',
    expr: 'histogram_quantile(0.95, sum by (job, le) (rate(demo_duration_seconds_bucket[5m]))) > 5',
    for: '5m',
    severity: 'warning',
    summary: 'The demo is slow.',
    description: 'p95 is {{ $value }} s.',
    runbook: 'demo',
  }),
]);
