import { dashboard } from '../grafana.ts';
import type { Panel } from '../panel.ts';
import type { Dashboard } from '../system.ts';
import { lines, percentiles, quantile, rate, ratio, stat, tags, total, variables } from './queries.ts';

const byName = { by: ['pipeline_name'] };
const byProjection = { by: ['projection_name'] };

const pipelines: readonly Panel[] = [
  stat(
    { title: 'Active pipelines', description: 'Registered pipelines.', unit: 'none' },
    total('allsource_pipelines_registered_total'),
  ),
  lines({ title: 'Processed', description: 'Events that ran through without an error, per second.', unit: 'ops' }, [
    { expr: rate('allsource_pipeline_events_processed', byName), legend: '{{pipeline_name}}' },
  ]),
  lines({ title: 'Filtered', description: 'Events that an operator dropped, per second.', unit: 'ops' }, [
    { expr: rate('allsource_pipeline_events_filtered', byName), legend: '{{pipeline_name}}' },
  ]),
  lines(
    { title: 'Filter ratio', description: 'Share of the processed events that were dropped.', unit: 'percentunit' },
    [
      {
        expr: ratio(
          rate('allsource_pipeline_events_filtered', byName),
          rate('allsource_pipeline_events_processed', byName),
        ),
        legend: '{{pipeline_name}}',
      },
    ],
  ),
  lines(
    {
      title: 'Pipeline errors',
      description: 'Events at which an operator failed, per second. Alert: PipelineErrors.',
      unit: 'ops',
    },
    [{ expr: rate('allsource_pipeline_errors_total', byName), legend: '{{pipeline_name}}' }],
  ),
  lines({ title: 'Pipeline duration', description: 'p95 of one pipeline for one event.', unit: 's' }, [
    {
      expr: quantile(0.95, 'allsource_pipeline_processing_duration_seconds', ['pipeline_name']),
      legend: '{{pipeline_name}}',
    },
  ]),
  lines(
    { title: 'All pipelines together', description: 'Time of all pipelines for one event.', unit: 's' },
    percentiles('allsource_pipeline_duration_seconds'),
  ),
];

const projections: readonly Panel[] = [
  stat(
    { title: 'Projections', description: 'Registered projections.', unit: 'none' },
    total('allsource_projections_total'),
  ),
  lines({ title: 'Projected', description: 'Events that a projection took in, per second.', unit: 'ops' }, [
    { expr: rate('allsource_projection_events_processed', byProjection), legend: '{{projection_name}}' },
  ]),
  lines(
    {
      title: 'Projection errors',
      description: 'Events at which a projection failed, per second. Alert: ProjectionErrors.',
      unit: 'ops',
    },
    [{ expr: rate('allsource_projection_errors_total', byProjection), legend: '{{projection_name}}' }],
  ),
  lines({ title: 'Projection duration', description: 'p95 of one projection for one event.', unit: 's' }, [
    {
      expr: quantile(0.95, 'allsource_projection_processing_duration_seconds', ['projection_name']),
      legend: '{{projection_name}}',
    },
  ]),
  lines(
    { title: 'All projections together', description: 'Time of all projections for one event.', unit: 's' },
    percentiles('allsource_projection_duration_seconds'),
  ),
];

/** What happens to events after they are stored. */
export const pipelinesDashboard: Dashboard = dashboard({
  uid: 'allsource-pipelines',
  title: 'AllSource - Pipelines',
  description: 'What pipelines and projections make of the events.',
  tags,
  variables,
  rows: [
    { title: 'Pipelines', panels: pipelines },
    { title: 'Projections', panels: projections },
  ],
});
