export { defaultBuckets } from './buckets.ts';
export type { Catalog, FamilyDeclaration, TranslationStrategy } from './declaration.ts';
export type { DropListener, DropReason } from './drops.ts';
export type { ExemplarReference, ExemplarSource } from './exemplar.ts';
export type {
  Counter,
  CounterCell,
  DynamicInstrument,
  FamilyOptions,
  FamilyStatus,
  Gauge,
  GaugeCell,
  Histogram,
  HistogramCell,
  Info,
  InfoCell,
  Instrument,
  LabelNames,
  LabelValues,
  StateSet,
  StateSetCell,
  UpDownCounter,
  UpDownCounterCell,
} from './instrument.ts';
export type { Joint } from './joint.ts';
export { type LintExemptions, lint } from './lint.ts';
export { lintExemptions } from './lint-exemptions.ts';
export { type Finding, type LintRule, lintRules } from './lint-rules.ts';
export type {
  CounterFamily,
  CounterPoint,
  Exemplar,
  GaugeFamily,
  GaugePoint,
  HistogramFamily,
  HistogramPoint,
  InfoFamily,
  InfoPoint,
  Label,
  MetricFamily,
  MetricType,
  Series,
  Snapshot,
  StateSetFamily,
  StateSetPoint,
  SummaryFamily,
  SummaryPoint,
} from './model.ts';
export { encodingQuality, type Negotiated, negotiate } from './negotiate.ts';
export { OpenMetricsSyntaxError } from './parse-error.ts';
export { parseOpenMetrics } from './parse-openmetrics.ts';
export { parsePrometheusText } from './parse-prometheus-text.ts';
export { type JointFamily, Registry, type RegistryOptions } from './registry.ts';
export {
  type RenderChunksOptions,
  type RenderFormat,
  type RenderOptions,
  renderChunks,
  renderOpenMetrics,
  renderPrometheusText,
} from './render.ts';
export {
  isLegalLabelName,
  isLegalMetricName,
  translateLabelName,
  translateName,
  type WireName,
} from './translation.ts';
