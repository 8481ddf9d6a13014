import type { Panel, PanelKind } from './panel.ts';

/** What a kind of panel is in Grafana: the plug-in's id and its options. */
export interface Look {
  readonly type: string;
  readonly options: Readonly<Record<string, unknown>>;
  readonly custom: Readonly<Record<string, unknown>>;
  readonly transformations: readonly Transformation[];
}

interface Transformation {
  readonly id: string;
  readonly options: Readonly<Record<string, unknown>>;
}

const newest = { calcs: ['lastNotNull'], fields: '', values: false };
const tooltip = { mode: 'multi', sort: 'desc' };

const looks: Readonly<Record<PanelKind, (panel: Panel) => Omit<Look, 'transformations'>>> = {
  timeseries: (panel) => ({
    type: 'timeseries',
    options: { legend: seriesLegend(panel), tooltip },
    custom: {
      drawStyle: 'line',
      lineWidth: 1,
      fillOpacity: panel.stacked ? 30 : 10,
      showPoints: 'never',
      spanNulls: false,
      ...(panel.min === 0 ? { axisSoftMin: 0 } : {}),
      stacking: { mode: panel.stacked ? 'normal' : 'none', group: 'A' },
      thresholdsStyle: { mode: panel.thresholds ? 'dashed' : 'off' },
    },
  }),
  stat: (panel) => ({
    type: 'stat',
    options: {
      reduceOptions: newest,
      orientation: 'auto',
      textMode: 'auto',
      wideLayout: true,
      colorMode: panel.thresholds ? 'background' : 'value',
      graphMode: 'none',
      justifyMode: 'auto',
      showPercentChange: false,
      percentChangeColorMode: 'standard',
    },
    custom: {},
  }),
  gauge: () => ({
    type: 'gauge',
    options: {
      reduceOptions: newest,
      orientation: 'auto',
      shape: 'gauge',
      barShape: 'flat',
      barWidthFactor: 0.5,
      segmentCount: 1,
      segmentSpacing: 0.3,
      effects: { barGlow: false, centerGlow: false, gradient: false },
      showThresholdLabels: false,
      showThresholdMarkers: true,
      sizing: 'auto',
      minVizWidth: 75,
      minVizHeight: 75,
    },
    custom: {},
  }),
  bars: () => ({
    type: 'bargauge',
    options: {
      reduceOptions: newest,
      orientation: 'horizontal',
      displayMode: 'gradient',
      valueMode: 'color',
      namePlacement: 'auto',
      showUnfilled: true,
      sizing: 'auto',
      minVizWidth: 8,
      minVizHeight: 16,
      maxVizHeight: 300,
      legend: { showLegend: false, displayMode: 'list', placement: 'bottom', calcs: [] },
    },
    custom: {},
  }),
  pie: (panel) => ({
    type: 'piechart',
    options: {
      reduceOptions: newest,
      pieType: 'pie',
      sort: 'desc',
      displayLabels: ['percent'],
      legend: {
        ...seriesLegend({ ...panel, legend: panel.legend ?? 'table' }),
        calcs: [],
        values: ['value', 'percent'],
      },
      tooltip: { mode: 'single', sort: 'none' },
      orientation: 'auto',
    },
    custom: {},
  }),
  table: () => ({
    type: 'table',
    options: { frameIndex: 0, showHeader: true, cellHeight: 'sm' },
    custom: { align: 'auto', inspect: false },
  }),
  heatmap: () => ({
    type: 'heatmap',
    options: {
      calculate: false,
      color: { mode: 'scheme', scheme: 'Oranges', fill: 'dark-orange', exponent: 0.5, steps: 64, reverse: false },
      filterValues: { le: 1e-9 },
      showValue: 'never',
      cellGap: 1,
      yAxis: {},
      legend: { show: true },
      tooltip: { mode: 'single', yHistogram: false, showColorScale: true },
      exemplars: { color: 'rgba(255,0,255,0.7)' },
      selectionMode: 'x',
    },
    custom: {},
  }),
  states: () => ({
    type: 'state-timeline',
    options: {
      showValue: 'auto',
      rowHeight: 0.9,
      mergeValues: true,
      alignValue: 'left',
      legend: { showLegend: true, displayMode: 'list', placement: 'bottom', calcs: [] },
      tooltip: { mode: 'single', sort: 'none' },
      perPage: 20,
    },
    custom: { lineWidth: 0, fillOpacity: 70 },
  }),
};

function seriesLegend({ legend = 'list' }: Panel): Readonly<Record<string, unknown>> {
  return {
    showLegend: legend !== 'hidden',
    displayMode: legend === 'table' ? 'table' : 'list',
    placement: 'bottom',
    calcs: legend === 'table' ? ['mean', 'max', 'lastNotNull'] : [],
  };
}

/** The look of a panel. */
export function look(panel: Panel): Look {
  return { ...looks[panel.kind](panel), transformations: panel.kind === 'table' ? tableColumns(panel) : [] };
}

/** One row per label set, the labels first, each value under its query's legend. */
function tableColumns({ queries, columns = [] }: Panel): Transformation[] {
  const value = (index: number) => (queries.length === 1 ? 'Value' : `Value #${String.fromCharCode(65 + index)}`);
  const shown = [...columns, ...queries.map((_, index) => value(index))];
  return [
    { id: 'merge', options: {} },
    { id: 'filterFieldsByName', options: { include: { names: shown } } },
    {
      id: 'organize',
      options: {
        excludeByName: {},
        indexByName: Object.fromEntries(shown.map((name, index) => [name, index])),
        renameByName: Object.fromEntries(queries.map(({ legend = '' }, index) => [value(index), legend])),
      },
    },
  ];
}
