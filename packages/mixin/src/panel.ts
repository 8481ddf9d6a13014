/** One PromQL query of a panel. */
export interface Query {
  /** PromQL; use `$__rate_interval` in rates and the dashboard's variables in matchers. */
  readonly expr: string;
  /** The legend, for instance `{{model}}`; in a table the title of the value's column. */
  readonly legend?: string;
  /** Marks exemplars. Default: on where a time series or heatmap reads the buckets of a histogram. */
  readonly exemplar?: boolean;
  /** Asks for the newest value alone. Default: on in stat, gauge, bars, pie and table. */
  readonly instant?: boolean;
}

/** From this value on, the colour. The first step's value is `null`: from minus infinity. */
export interface Threshold {
  readonly value: number | null;
  readonly color: 'green' | 'yellow' | 'orange' | 'red' | 'blue' | 'purple' | 'text';
}

/** A text and a colour for one value, for instance of a state. */
export interface ValueText {
  readonly value: number | string;
  readonly text: string;
  readonly color?: string;
}

/** How a panel draws what its queries give. */
export type PanelKind = 'timeseries' | 'stat' | 'gauge' | 'bars' | 'pie' | 'table' | 'heatmap' | 'states';

/** A panel, in the words that dashboards need. Panels flow from left to right in 24 columns. */
export interface Panel {
  readonly kind: PanelKind;
  readonly title: string;
  /** What it shows and what to do about it; shown at the panel's (i). */
  readonly description: string;
  /** A Grafana unit id: `reqps`, `s`, `currencyUSD`, `percentunit`, `bytes`, `short`, `none`, ... */
  readonly unit: string;
  readonly queries: readonly Query[];
  /** Columns, 1 to 24. Default: 12; stat and gauge 6. */
  readonly width?: number;
  /** Grid units of 30 pixels. Default: 8; stat and gauge 4. */
  readonly height?: number;
  readonly min?: number;
  readonly max?: number;
  readonly decimals?: number;
  readonly thresholds?: readonly Threshold[];
  readonly texts?: readonly ValueText[];
  /** Time series lie on top of one another. */
  readonly stacked?: boolean;
  /** `table` adds mean, maximum and last value of each series. Default: `list`; pie `table`. */
  readonly legend?: 'list' | 'table' | 'hidden';
  /** A time range of its own, for instance `now/d`: since midnight. */
  readonly timeFrom?: string;
  /** What is shown instead of nothing. */
  readonly noValue?: string;
  /** Labels that a table shows, in this order, before the values; others are hidden. */
  readonly columns?: readonly string[];
}

/** Panels under a common title; without one they stand at the top. */
export interface Row {
  readonly title?: string;
  readonly collapsed?: boolean;
  readonly panels: readonly Panel[];
}

/** A drop-down of the values of a label; it always offers All and several at once. */
export interface Variable {
  readonly name: string;
  readonly title: string;
  /** The label whose values it lists. Default: its name. */
  readonly label?: string;
  /** The metric, with matchers where it depends on other variables, whose label is listed. */
  readonly metric: string;
}

/** A dashboard; the variable `datasource` is always there and comes first. */
export interface DashboardDescription {
  /** The name of the file without its ending. Default: the uid. */
  readonly file?: string;
  /** Stable, at most 40 characters. */
  readonly uid: string;
  readonly title: string;
  readonly description: string;
  readonly tags: readonly string[];
  readonly variables: readonly Variable[];
  readonly rows: readonly Row[];
  /** Default: `30s`. */
  readonly refresh?: string;
  /** Default: `now-1h`. */
  readonly from?: string;
}
