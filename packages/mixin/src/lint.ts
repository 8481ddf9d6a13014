import { knownMetrics } from './known-metrics.ts';
import { lintDashboard } from './lint-dashboard.ts';
import { lintRuleGroups } from './lint-rules.ts';
import type { System } from './system.ts';

export interface Finding {
  /** The dashboard, panel, query or rule. */
  readonly where: string;
  /** The rule of the lint that it breaks. */
  readonly rule: string;
  readonly message: string;
}

/** Everything that is wrong with the dashboards and rules of the systems, exemptions aside. Empty when all is well. */
export function lintSystems(systems: readonly System[]): Finding[] {
  const known = knownMetrics(systems);
  return systems.flatMap((system) =>
    [...system.dashboards.flatMap((dashboard) => lintDashboard(dashboard, known)), ...lintRuleGroups(system)].filter(
      ({ where, rule }) => !(`${where}: ${rule}` in (system.exempt ?? {})),
    ),
  );
}

/** Exemptions that exempt nothing. */
export function staleExemptions(systems: readonly System[]): string[] {
  const findings = lintSystems(systems.map(({ exempt: _, ...system }) => system));
  const broken = new Set(findings.map(({ where, rule }) => `${where}: ${rule}`));
  return systems.flatMap(({ exempt = {} }) => Object.keys(exempt).filter((key) => !broken.has(key)));
}
