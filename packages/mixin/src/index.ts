import { alex } from './alex.ts';
import { deploymentFiles, type GeneratedFile } from './files.ts';
import type { System } from './system.ts';

/** Every system of the product. */
export const systems: readonly System[] = [alex];

/** Every file that the mixin writes. */
export function generatedFiles(): readonly GeneratedFile[] {
  return deploymentFiles(systems);
}

export type { Dashboard, Rule, RuleGroup, System } from './system.ts';
export { deploymentFiles, type GeneratedFile };
