import { catalog } from '@alex/exporters/lead-factory/catalog';
import { processCatalog } from '@alex/openmetrics/process';
import type { System } from '../system.ts';
import { costBudgetDashboard } from './dashboard.ts';
import { rules } from './rules.ts';

/** The cost ledger and its gate. */
export const leadFactory: System = {
  name: 'lead-factory',
  catalogue: catalog,
  alsoEmits: processCatalog,
  dashboards: [costBudgetDashboard],
  rules,
};
