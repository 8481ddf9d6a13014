import { alex } from './alex/index.ts';
import { deploymentFiles, type GeneratedFile } from './files.ts';
import type { System } from './system.ts';

/** Every system of the product. */
export const systems: readonly System[] = [alex];

/** Every file that the mixin writes. */
export function generatedFiles(): readonly GeneratedFile[] {
  return deploymentFiles(systems);
}

export { type Expression, expressionsOf } from './expressions.ts';
export { dashboard } from './grafana.ts';
export { lintSystems } from './lint.ts';
export type { DashboardDescription, Panel, PanelKind, Query, Row, Threshold, ValueText, Variable } from './panel.ts';
export { type AlertDescription, alert, group, type RecordingDescription, recording } from './rules.ts';
export type { Dashboard, Rule, RuleGroup, System } from './system.ts';
export { deploymentFiles, type GeneratedFile };
