import { describe, expect, it } from 'vitest';
import { classic, panelsOf } from './classic.ts';
import { goodQuery, panel, system } from './fixture.ts';
import { dashboard } from './grafana.ts';
import type { Panel, PanelKind } from './panel.ts';

const frame = { uid: 'demo', title: 'Demo', description: 'For tests.', tags: ['demo'], variables: [] } as const;
const panels = (count: number, parts: Partial<Panel> = {}): Panel[] =>
  Array.from({ length: count }, (_, index) => panel(goodQuery, { title: `Panel ${index}`, ...parts }));

describe('a dashboard', () => {
  it('is read-only classic JSON of schema version 42', () => {
    const { editable, schemaVersion, uid } = classic(dashboard({ ...frame, rows: [{ panels: panels(1) }] }));
    expect({ editable, schemaVersion, uid }).toEqual({ editable: false, schemaVersion: 42, uid: 'demo' });
  });

  it('begins with a variable for the data source', () => {
    const [first, second] = classic(system(panels(1)).dashboards[0]!).templating!.list!;
    expect(first).toMatchObject({ name: 'datasource', type: 'datasource', query: 'prometheus' });
    expect(second).toMatchObject({
      name: 'job',
      type: 'query',
      refresh: 2,
      query: { query: 'label_values(demo_queue_total, job)' },
    });
  });

  it('puts two panels of half width side by side and the third below', () => {
    const positions = panelsOf(dashboard({ ...frame, rows: [{ panels: panels(3) }] })).map(({ gridPos }) => gridPos);
    expect(positions).toEqual([
      { x: 0, y: 0, w: 12, h: 8 },
      { x: 12, y: 0, w: 12, h: 8 },
      { x: 0, y: 8, w: 12, h: 8 },
    ]);
  });

  it('titles a row and puts the next one below its panels', () => {
    const built = dashboard({
      ...frame,
      rows: [
        { title: 'A', panels: panels(1) },
        { title: 'B', panels: panels(1) },
      ],
    });
    const [a, first, b, second] = classic(built).panels!;
    expect([a?.type, b?.type]).toEqual(['row', 'row']);
    expect([a, first, b, second].map((one) => one?.gridPos?.y)).toEqual([0, 1, 9, 10]);
  });

  it('keeps the panels of a collapsed row inside of it', () => {
    const built = dashboard({
      ...frame,
      rows: [{ title: 'A', collapsed: true, panels: panels(2) }, { panels: panels(1) }],
    });
    expect(classic(built).panels).toHaveLength(2);
    expect(panelsOf(built)).toHaveLength(3);
  });
});

describe('a panel', () => {
  it.each<[PanelKind, string]>([
    ['timeseries', 'timeseries'],
    ['stat', 'stat'],
    ['gauge', 'gauge'],
    ['bars', 'bargauge'],
    ['pie', 'piechart'],
    ['table', 'table'],
    ['heatmap', 'heatmap'],
    ['states', 'state-timeline'],
  ])('of kind %s is a %s of Grafana', (kind, type) => {
    const [built] = panelsOf(dashboard({ ...frame, rows: [{ panels: panels(1, { kind }) }] }));
    expect(built).toMatchObject({ type, fieldConfig: { defaults: { unit: 'reqps' } } });
  });

  it('marks exemplars where it draws the buckets of a histogram', () => {
    const expr =
      'histogram_quantile(0.5, sum by (le) (rate(demo_duration_seconds_bucket{job=~"$job"}[$__rate_interval])))';
    const target = (kind: PanelKind) =>
      panelsOf(dashboard({ ...frame, rows: [{ panels: [panel({ expr }, { kind })] }] }))[0]!.targets![0]!;
    expect([target('timeseries').exemplar, target('stat').exemplar]).toEqual([true, false]);
  });

  it('that is a table shows its columns and its values under their legends', () => {
    const [built] = panelsOf(
      dashboard({
        ...frame,
        rows: [{ panels: [panel({ ...goodQuery, legend: 'Rate' }, { kind: 'table', columns: ['route'] })] }],
      }),
    );
    expect(JSON.stringify(built)).toContain('"renameByName":{"Value":"Rate"}');
  });
});
