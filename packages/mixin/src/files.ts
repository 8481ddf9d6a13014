import { stringify } from 'yaml';
import type { System } from './system.ts';

/** A file that is generated and committed; `path` is relative to the root of the repository. */
export interface GeneratedFile {
  readonly path: string;
  readonly content: string;
}

const folder = 'deployments/observability';

/** The dashboards (JSON) and the rule file (YAML) of each system, as they stand in `deployments`. */
export function deploymentFiles(systems: readonly System[]): GeneratedFile[] {
  return systems.flatMap(({ name, dashboards, rules }) => [
    ...dashboards.map(({ file, json }) => ({
      path: `${folder}/grafana/dashboards/${file}.json`,
      content: `${JSON.stringify(json, null, 2)}\n`,
    })),
    ...(rules.length === 0
      ? []
      : [{ path: `${folder}/prometheus/rules/${name}.yml`, content: stringify({ groups: rules }, { lineWidth: 0 }) }]),
  ]);
}
