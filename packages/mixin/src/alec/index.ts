import { catalog } from '@alex/exporters/alec/catalog';
import { processCatalog } from '@alex/openmetrics/process';
import type { System } from '../system.ts';
import { overviewDashboard } from './overview-dashboard.ts';
import { rules } from './rules.ts';

/** The exporter of sensor streams. */
export const alec: System = {
  name: 'alec',
  catalogue: catalog,
  alsoEmits: processCatalog,
  dashboards: [overviewDashboard],
  rules,
};
