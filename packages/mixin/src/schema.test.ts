import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Ajv } from 'ajv';
import { createGenerator } from 'ts-json-schema-generator';
import { describe, expect, it } from 'vitest';
import { panelsOf } from './classic.ts';
import { goodQuery, panel, system } from './fixture.ts';
import { systems } from './index.ts';
import type { PanelKind } from './panel.ts';

const types = fileURLToPath(import.meta.resolve('@grafana/schema')).replace(
  /@grafana\/schema\/.*$/,
  '@grafana/schema/dist/types/raw',
);
const kinds: readonly PanelKind[] = ['timeseries', 'stat', 'gauge', 'bars', 'pie', 'table', 'heatmap', 'states'];
const everyKind = system(kinds.map((kind) => panel(goodQuery, { kind, title: kind })));
const dashboards = [...systems, everyKind].flatMap((one) => one.dashboards);
const panels = dashboards.flatMap((one) =>
  panelsOf(one).map((built) => ({ where: `${one.file} / ${built.title}`, built })),
);
const panelTypes = [...new Set(panels.map(({ built }) => built.type))];

/** Strict validators made of Grafana's own types, in one pass of the compiler: `Dashboard`, and the options of each panel. */
function validators(): (name: string) => (value: unknown) => unknown[] {
  const folder = mkdtempSync(join(tmpdir(), 'alex-grafana-types-'));
  const sources = [
    ['Dashboard', 'Dashboard', `${types}/dashboard/x/types.gen.d.ts`],
    ...panelTypes.map((type) => [
      type,
      'Options',
      `${types}/composable/${type.replace('-', '')}/panelcfg/x/types.gen.d.ts`,
    ]),
  ];
  const imports = sources.map(([, type, from], index) => `import type { ${type} as T${index} } from '${from}';`);
  const members = sources.map(([name], index) => `'${name}': T${index};`);
  const path = join(folder, 'all.ts');
  writeFileSync(path, `${imports.join('\n')}\nexport interface All { ${members.join(' ')} }\n`);
  const schema = createGenerator({
    path,
    type: 'All',
    skipTypeCheck: true,
    additionalProperties: false,
    expose: 'none',
  }).createSchema();
  rmSync(folder, { recursive: true });
  const ajv = new Ajv({ strict: false, allErrors: true }).addSchema(schema as object, 'all');
  return (name) => {
    const validate = ajv.compile({ $ref: `all#/definitions/All/properties/${name}` });
    return (value) =>
      validate(value)
        ? []
        : (validate.errors ?? []).map(({ instancePath, message, params }) => ({ instancePath, message, params }));
  };
}

describe('Grafana’s own types', () => {
  it('accept every dashboard and the options of every panel, and nothing else', { timeout: 120_000 }, () => {
    const validator = validators();
    const check = validator('Dashboard');
    for (const { file, json } of dashboards) expect(check(json), file).toEqual([]);
    expect(check({ ...dashboards[0]!.json, panls: [] })).toHaveLength(1);
    for (const type of panelTypes) {
      const checkOptions = validator(type);
      for (const { where, built } of panels.filter((one) => one.built.type === type))
        expect(checkOptions((built as { options?: unknown }).options), where).toEqual([]);
      expect(checkOptions({ surprise: 1 }).length, type).toBeGreaterThan(0);
    }
  });
});
