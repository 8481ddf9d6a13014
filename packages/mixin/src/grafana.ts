import {
  type Dashboard as ClassicDashboard,
  DashboardBuilder,
  DashboardCursorSync,
  DatasourceVariableBuilder,
  MappingType,
  PanelBuilder,
  QueryVariableBuilder,
  RowBuilder,
  ThresholdsConfigBuilder,
  ThresholdsMode,
  type ValueMap,
  VariableRefresh,
  VariableSort,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { DataqueryBuilder, PromQueryFormat } from '@grafana/grafana-foundation-sdk/prometheus';
import { flow, type Position } from './layout.ts';
import { look } from './look.ts';
import type { DashboardDescription, Panel, Query, Row, ValueText, Variable } from './panel.ts';
import type { Dashboard } from './system.ts';

const datasource = { type: 'prometheus', uid: '$datasource' } as const;
const refIds = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ';

/** Builds a dashboard as classic JSON (schema version 42), which Grafana 10 to 13 load. */
export function dashboard(description: DashboardDescription): Dashboard {
  const builder = new DashboardBuilder(description.title)
    .uid(description.uid)
    .description(description.description)
    .tags([...description.tags])
    .readonly()
    .tooltip(DashboardCursorSync.Crosshair)
    .refresh(description.refresh ?? '30s')
    .time({ from: description.from ?? 'now-1h', to: 'now' })
    .withVariable(new DatasourceVariableBuilder('datasource').label('Data source').type('prometheus'));
  for (const one of description.variables) builder.withVariable(variable(one));
  addRows(builder, description.rows);
  return { file: description.file ?? description.uid, json: plain(builder.build()) };
}

/** The SDK writes keys of an interval into every variable and no list of annotations, which Grafana's own schema refuses. */
function plain(built: ClassicDashboard): Readonly<Record<string, unknown>> {
  const drop = new Set(['auto', 'auto_min', 'auto_count']);
  const text = JSON.stringify(built, (key, value: unknown) => (drop.has(key) ? undefined : value));
  const json = JSON.parse(text) as Record<string, unknown>;
  return { ...json, annotations: { list: [] }, links: [] };
}

function variable({ name, title, label = name, metric }: Variable): QueryVariableBuilder {
  const query = `label_values(${metric}, ${label})`;
  return new QueryVariableBuilder(name)
    .label(title)
    .datasource(datasource)
    .query({ qryType: 1, query, refId: 'PrometheusVariableQueryEditor-VariableQuery' })
    .refresh(VariableRefresh.OnTimeRangeChanged)
    .sort(VariableSort.AlphabeticalCaseInsensitiveAsc)
    .multi(true)
    .includeAll(true)
    .allValue('.*')
    .current({ selected: true, text: ['All'], value: ['$__all'] });
}

function addRows(builder: DashboardBuilder, rows: readonly Row[]): void {
  let id = 1;
  let top = 0;
  for (const { title, collapsed = false, panels } of rows) {
    const row = title === undefined ? undefined : new RowBuilder(title).id(id++).collapsed(collapsed);
    row?.gridPos({ x: 0, y: top, w: 24, h: 1 });
    const { positions, bottom } = flow(panels, row ? top + 1 : top);
    const built = panels.map((one, index) => panel(one, id++, positions[index]!));
    if (row) builder.withRow(collapsed ? built.reduce((all, one) => all.withPanel(one), row) : row);
    if (!collapsed) for (const one of built) builder.withPanel(one);
    top = collapsed ? top + 1 : bottom;
  }
}

function panel(description: Panel, id: number, gridPos: Position): PanelBuilder {
  const { title, unit, thresholds, texts } = description;
  const { type, options, custom, transformations } = look(description);
  const builder = new PanelBuilder()
    .type(type)
    .id(id)
    .title(title)
    .description(description.description)
    .datasource(datasource)
    .gridPos(gridPos)
    .options(options)
    .custom(custom)
    .unit(unit)
    .targets(description.queries.map((query, index) => target(description, query, refIds[index]!)));
  if (transformations.length > 0) builder.transformations([...transformations]);
  if (description.min !== undefined) builder.min(description.min);
  if (description.max !== undefined) builder.max(description.max);
  if (description.decimals !== undefined) builder.decimals(description.decimals);
  if (description.timeFrom !== undefined) builder.timeFrom(description.timeFrom);
  if (description.noValue !== undefined) builder.noValue(description.noValue);
  if (texts) builder.mappings([valueMapping(texts)]);
  if (thresholds)
    builder.thresholds(new ThresholdsConfigBuilder().mode(ThresholdsMode.Absolute).steps([...thresholds]));
  return builder;
}

function valueMapping(texts: readonly ValueText[]): ValueMap {
  return {
    type: MappingType.ValueToText,
    options: Object.fromEntries(
      texts.map(({ value, text, color }, index) => [String(value), { text, index, ...(color ? { color } : {}) }]),
    ),
  };
}

function target({ kind }: Panel, query: Query, refId: string): DataqueryBuilder {
  const series = kind === 'timeseries' || kind === 'heatmap' || kind === 'states';
  const builder = new DataqueryBuilder().datasource(datasource).refId(refId).expr(query.expr);
  const instant = query.instant ?? !series;
  if (instant) builder.instant();
  else builder.range();
  builder.exemplar(query.exemplar ?? (kind !== 'states' && series && /_bucket\b/.test(query.expr)));
  builder.format(
    kind === 'table'
      ? PromQueryFormat.Table
      : kind === 'heatmap'
        ? PromQueryFormat.Heatmap
        : PromQueryFormat.TimeSeries,
  );
  return builder.legendFormat(query.legend ?? '__auto');
}
