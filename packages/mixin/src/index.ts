import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { alex } from './alex/index.ts';
import { allsource } from './allsource/index.ts';
import { deploymentFiles, type GeneratedFile } from './files.ts';
import { linuxPrometheus } from './linux.ts';
import type { System } from './system.ts';

/** Every system of the product. */
export const systems: readonly System[] = [alex, allsource];

/** Every file that the mixin writes. */
export function generatedFiles(root: string): readonly GeneratedFile[] {
  const folder = 'deployments/observability/prometheus';
  const base = readFileSync(join(root, folder, 'prometheus.yml'), 'utf8');
  return [...deploymentFiles(systems), { path: `${folder}/prometheus.linux.yml`, content: linuxPrometheus(base) }];
}

export { type Expression, expressionsOf } from './expressions.ts';
export { dashboard } from './grafana.ts';
export { lintSystems } from './lint.ts';
export type { DashboardDescription, Panel, PanelKind, Query, Row, Threshold, ValueText, Variable } from './panel.ts';
export { type AlertDescription, alert, group, type RecordingDescription, recording } from './rules.ts';
export type { Dashboard, Rule, RuleGroup, System } from './system.ts';
export { deploymentFiles, type GeneratedFile };
