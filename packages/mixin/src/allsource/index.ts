import { controlPlaneCatalog, coreCatalog } from '@alex/event-store/catalog';
import type { Catalog } from '@alex/openmetrics';
import { processCatalog } from '@alex/openmetrics/process';
import type { System } from '../system.ts';
import { ingestionDashboard } from './ingestion-dashboard.ts';
import { operationsDashboard } from './operations-dashboard.ts';
import { overviewDashboard } from './overview-dashboard.ts';
import { pipelinesDashboard } from './pipelines-dashboard.ts';
import { queriesDashboard } from './queries-dashboard.ts';
import { rules } from './rules.ts';

/** Both have families of HTTP requests: keys of the control plane get a prefix. */
const ofControlPlane: Catalog = Object.fromEntries(
  Object.entries(controlPlaneCatalog).map(([key, family]) => [`controlPlane.${key}`, family]),
);

/** The event store and its control plane. */
export const allsource: System = {
  name: 'allsource',
  catalogue: { ...coreCatalog, ...ofControlPlane },
  alsoEmits: processCatalog,
  dashboards: [overviewDashboard, ingestionDashboard, queriesDashboard, pipelinesDashboard, operationsDashboard],
  rules,
};
