import type { Dashboard } from './system.ts';

/** What the lint and the tests read of a classic dashboard's JSON. */
export interface ClassicTarget {
  readonly refId: string;
  readonly expr: string;
  readonly legendFormat?: string;
  readonly exemplar?: boolean;
  readonly format?: string;
  readonly datasource?: { readonly uid?: string };
}

export interface ClassicPanel {
  readonly id: number;
  readonly type: string;
  readonly title?: string;
  readonly description?: string;
  readonly datasource?: { readonly uid?: string };
  readonly gridPos?: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly fieldConfig?: { readonly defaults?: { readonly unit?: string } };
  readonly targets?: readonly ClassicTarget[];
  readonly panels?: readonly ClassicPanel[];
}

interface ClassicVariable {
  readonly name: string;
  readonly type: string;
  readonly refresh?: number;
  readonly query?: unknown;
}

export interface ClassicDashboard {
  readonly uid?: string;
  readonly title?: string;
  readonly editable?: boolean;
  readonly schemaVersion?: number;
  readonly panels?: readonly ClassicPanel[];
  readonly templating?: { readonly list?: readonly ClassicVariable[] };
}

/** The JSON of a dashboard under names that the compiler knows. */
export function classic(dashboard: Dashboard): ClassicDashboard {
  return dashboard.json as ClassicDashboard;
}

/** All panels with those of collapsed rows, rows left out. */
export function panelsOf(dashboard: Dashboard): ClassicPanel[] {
  return (classic(dashboard).panels ?? []).flatMap((panel) =>
    panel.type === 'row' ? [...(panel.panels ?? [])] : [panel],
  );
}
