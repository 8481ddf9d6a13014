import { catalog } from '@alex/obs/catalog';
import type { System } from './system.ts';

/** The agent SDK. */
export const alex: System = { name: 'alex', catalogue: catalog, dashboards: [], rules: [] };
