import { existsSync } from 'node:fs';
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

/** A strict validator made of one of Grafana's own types. */
function validator(path: string, type: string): (value: unknown) => unknown[] {
  const schema = createGenerator({
    path: `${types}/${path}`,
    type,
    skipTypeCheck: true,
    additionalProperties: false,
  }).createSchema(type);
  const validate = new Ajv({ strict: false, allErrors: true }).compile(schema as object);
  return (value) =>
    validate(value)
      ? []
      : (validate.errors ?? []).map(({ instancePath, message, params }) => ({ instancePath, message, params }));
}

describe('Grafana’s own types', () => {
  it('accept every dashboard', () => {
    const check = validator('dashboard/x/types.gen.d.ts', 'Dashboard');
    for (const { file, json } of dashboards) expect(check(json), file).toEqual([]);
    expect(check({ ...dashboards[0]!.json, panls: [] })).toHaveLength(1);
  });

  it('accept the options of every panel', () => {
    const folders: Record<string, string> = { 'state-timeline': 'statetimeline' };
    const panels = dashboards.flatMap((one) =>
      panelsOf(one).map((built) => ({ where: `${one.file} / ${built.title}`, built })),
    );
    for (const type of new Set(panels.map(({ built }) => built.type))) {
      const path = `composable/${folders[type] ?? type}/panelcfg/x/types.gen.d.ts`;
      expect(existsSync(`${types}/${path}`), path).toBe(true);
      const check = validator(path, 'Options');
      for (const { where, built } of panels.filter((one) => one.built.type === type))
        expect(check((built as { options?: unknown }).options), where).toEqual([]);
    }
  });
});
