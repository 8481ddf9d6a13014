import { classic, panelsOf } from './classic.ts';
import type { Dashboard, System } from './system.ts';

export interface Expression {
  /** `dashboard / panel / refId`, `dashboard / $variable`, or the rule's name. */
  readonly where: string;
  readonly expr: string;
  readonly legend?: string;
}

/** Every PromQL expression of a system: of its panels, of its variables and of its rules. */
export function expressionsOf(system: System): Expression[] {
  return [
    ...system.dashboards.flatMap(expressionsOfDashboard),
    ...system.rules.flatMap(({ rules }) =>
      rules.map((rule) => ({ where: 'alert' in rule ? rule.alert : rule.record, expr: rule.expr })),
    ),
  ];
}

function expressionsOfDashboard(dashboard: Dashboard): Expression[] {
  const ofPanels = panelsOf(dashboard).flatMap((panel) =>
    (panel.targets ?? []).map(({ expr, refId, legendFormat }) => ({
      where: `${dashboard.file} / ${panel.title} / ${refId}`,
      expr,
      ...(legendFormat && panel.type !== 'table' ? { legend: legendFormat } : {}),
    })),
  );
  const ofVariables = (classic(dashboard).templating?.list ?? []).flatMap(({ name, query }) => {
    const text = (query as { query?: string } | undefined)?.query ?? '';
    const match = /^label_values\((.*), (\w+)\)$/.exec(text);
    return match ? [{ where: `${dashboard.file} / $${name}`, expr: `group by (${match[2]}) (${match[1]})` }] : [];
  });
  return [...ofPanels, ...ofVariables];
}
