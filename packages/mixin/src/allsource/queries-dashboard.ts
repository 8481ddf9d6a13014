import { dashboard } from '../grafana.ts';
import type { Panel } from '../panel.ts';
import type { Dashboard } from '../system.ts';
import { inRange, lines, percentiles, rate, ratio, tags, variables } from './queries.ts';

const queries = 'allsource_queries_total';
const duration = 'allsource_query_duration_seconds';
const byType = { by: ['query_type'] };

const panels: readonly Panel[] = [
  lines({ title: 'Queries by type', description: 'By the index they use, per second.', unit: 'ops' }, [
    { expr: rate(queries, byType), legend: '{{query_type}}' },
  ]),
  lines(
    { title: 'Latency by type', description: 'Time of a query. Alert: SlowQueries past 1 s.', unit: 's' },
    percentiles(duration, ['query_type'], '{{query_type}}'),
  ),
  // One for each type: a heat map adds nothing up, so that buckets of two types would stand over one another.
  ...['entity', 'type', 'full_scan'].map(
    (type): Panel => ({
      kind: 'heatmap',
      title: `Latency heat map: ${type}`,
      description: `How many queries of the type ${type} took how long.`,
      unit: 's',
      width: 8,
      queries: [
        {
          expr: rate(`${duration}_bucket`, { by: ['le', 'query_type'], where: `query_type="${type}"` }),
          legend: '{{le}}',
        },
      ],
    }),
  ),
  lines({ title: 'Results per query', description: 'Events that a query returns, on average.', unit: 'short' }, [
    { expr: ratio(rate('allsource_query_results_total', byType), rate(queries, byType)), legend: '{{query_type}}' },
  ]),
  {
    kind: 'pie',
    title: 'Share of query types',
    description: 'In the time range. Full scans read everything: give an entity or a type.',
    unit: 'short',
    queries: [{ expr: inRange(queries, byType), legend: '{{query_type}}' }],
  },
  lines({ title: 'Share of full scans', description: 'Of all queries.', unit: 'percentunit' }, [
    { expr: ratio(rate(queries, { where: 'query_type="full_scan"' }), rate(queries)), legend: 'full scans' },
  ]),
];

/** What is asked, and how long it takes. */
export const queriesDashboard: Dashboard = dashboard({
  uid: 'allsource-queries',
  title: 'AllSource - Queries',
  description: 'What is asked of the event store, and how long it takes.',
  tags,
  variables,
  rows: [{ panels }],
});
