import { catalog } from '@alex/exporters/dsfb/catalog';
import type { System } from '../system.ts';
import { episodesDashboard } from './episodes-dashboard.ts';
import { rules } from './rules.ts';

/** Structural episodes of database telemetry. */
export const dsfb: System = { name: 'dsfb', catalogue: catalog, dashboards: [episodesDashboard], rules };
