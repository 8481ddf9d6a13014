/**
 * The snapshot model: what a registry holds at one moment, what the renderers print and the parser returns.
 * It is OpenMetrics 1.0's own data model (family, series, point); names are names on the wire without suffixes.
 */

/** A label name with its value, as exposed. */
export type Label = readonly [name: string, value: string];

/** A trace reference on a sample: at most 128 characters of names and values; `timestamp` in Unix seconds. */
export interface Exemplar {
  readonly labels: readonly Label[];
  readonly value: number;
  readonly timestamp?: number;
}

export interface CounterPoint {
  readonly value: number;
  /** When the series began, Unix seconds. */
  readonly created?: number;
  readonly exemplar?: Exemplar | undefined;
}

export interface GaugePoint {
  readonly value: number;
}

export interface HistogramPoint {
  /** Upper bounds, ascending, without +Inf. */
  readonly bounds: readonly number[];
  /** Observations per bucket, not cumulated; one more than `bounds`, the last for +Inf. */
  readonly counts: ArrayLike<number>;
  readonly sum?: number | undefined;
  readonly created?: number;
  /** By bucket index; holes are `undefined`. */
  readonly exemplars?: readonly (Exemplar | undefined)[] | undefined;
}

export interface SummaryPoint {
  readonly count?: number;
  readonly sum?: number;
  readonly created?: number;
  readonly quantiles: readonly { readonly quantile: number; readonly value: number }[];
}

/** The labels that make up an info metric, beside the labels of its series. */
export interface InfoPoint {
  readonly info: readonly Label[];
}

export interface StateSetPoint {
  readonly states: readonly { readonly name: string; readonly enabled: boolean }[];
}

export interface Series<Point> {
  readonly labels: readonly Label[];
  readonly point: Point;
  /** Unix seconds; only from parsed text, a registry never sets it. */
  readonly timestamp?: number;
}

interface Family<Type extends string, Point> {
  /** The family's name: without `_total`, `_bucket` and the like, with its unit. */
  readonly name: string;
  readonly type: Type;
  readonly help: string;
  /** As `# UNIT` prints it, for instance `seconds`; empty for none. */
  readonly unit: string;
  readonly series: Iterable<Series<Point>>;
}

export interface CounterFamily extends Family<'counter', CounterPoint> {
  /** The name of its samples where that is not the family's name with `_total`: such a counter is no OpenMetrics 1.0. */
  readonly sampleName?: string | undefined;
}
export type GaugeFamily = Family<'gauge' | 'unknown', GaugePoint>;
export type HistogramFamily = Family<'histogram' | 'gaugehistogram', HistogramPoint>;
export type SummaryFamily = Family<'summary', SummaryPoint>;
export type InfoFamily = Family<'info', InfoPoint>;
export type StateSetFamily = Family<'stateset', StateSetPoint>;

export type MetricFamily = CounterFamily | GaugeFamily | HistogramFamily | SummaryFamily | InfoFamily | StateSetFamily;

export type MetricType = MetricFamily['type'];

export interface Snapshot {
  readonly families: Iterable<MetricFamily>;
}
