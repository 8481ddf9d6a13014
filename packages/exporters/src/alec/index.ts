export { command } from './command.ts';
export { type ReadOptions, readSensorCsv, SensorCsvError } from './csv/read-sensor-csv.ts';
export { type RejectReason, SensorDataset } from './csv/sensor-dataset.ts';
export {
  csvLines,
  type DatasetOptions,
  type DatasetRow,
  type GeneratedDataset,
  generateDataset,
} from './dataset/generate.ts';
export { type FaultKind, type Injection, parseInjection } from './dataset/injection.ts';
export type { PresetName } from './dataset/presets.ts';
export type { AnomalyEvent, BrokenEdge, EventDetails, EventType, Severity } from './engine/anomaly-event.ts';
export type { Baseline, BaselineState, Field, FieldValues } from './engine/baseline.ts';
export { AlecEngine, type ComputedSnapshot, type Sample } from './engine/engine.ts';
export { gaussianEntropy, resilienceIndex, resilienceZone, type Zone } from './engine/entropy.ts';
export type { AlecEngineOptions, AnomalyOptions, BaselineOptions, Resolution } from './engine/options.ts';
export { byteEntropy, type PayloadEncoding } from './engine/payload.ts';
export type { MomentState, RunningMoments } from './engine/running-moments.ts';
export type { Scores } from './engine/scores.ts';
export type { Signal, SignalReason } from './engine/signal.ts';
export { type Edge, structureSummary } from './engine/structure.ts';
export { AlecExporter, type AlecExporterOptions } from './exporter.ts';
export { type PrometheusSource, type QueryFailure, samplePrometheus } from './live/prometheus-sampler.ts';
export type { Rejection } from './metrics.ts';
export { Replay, type ReplayOptions } from './replay/replay.ts';
export type { ReplayStatus, Status, ZoneName } from './status.ts';
export { statusOf } from './status.ts';
