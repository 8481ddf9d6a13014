import { catalog } from '@alex/obs/catalog';
import { processCatalog } from '@alex/openmetrics/process';
import type { System } from '../system.ts';
import { agentDashboard } from './agent-dashboard.ts';
import { costDashboard } from './cost-dashboard.ts';
import { rules } from './rules.ts';
import { telemetryDashboard } from './telemetry-dashboard.ts';
import { toolsDashboard } from './tools-dashboard.ts';

/** The agent SDK. */
export const alex: System = {
  name: 'alex',
  catalogue: catalog,
  alsoEmits: processCatalog,
  dashboards: [agentDashboard, costDashboard, toolsDashboard, telemetryDashboard],
  rules,
};
