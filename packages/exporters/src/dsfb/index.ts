export { command } from './command/command.ts';
export type { ClosedSpan, MotifEngineVariant } from './engine/channel-tracker.ts';
export { LiveMotifEngine, type LiveMotifEngineOptions, type OpenEpisode } from './engine/live-motif-engine.ts';
export { MotifEngine, type MotifEngineOptions } from './engine/motif-engine.ts';
export {
  type AllMotifParameters,
  defaultMotifParameters,
  type MotifParameters,
  parseMotifParameters,
} from './engine/motif-parameters.ts';
export { type PushOutcome, StreamingIngestor, type StreamingIngestorOptions } from './engine/streaming-ingestor.ts';
export { anonymousChannel, type Episode } from './episode.ts';
export { type PlacedRecord, readInput } from './input/read-input.ts';
export type { InputRecord } from './input/records.ts';
export type { DatabaseSpan } from './input/span.ts';
export { LiveSpanResiduals, spansToResiduals } from './input/span-residuals.ts';
export { DsfbMonitor, type MonitorOptions, type RejectReason, type Sourced } from './live/monitor.ts';
export { DsfbMetrics } from './metrics.ts';
export { type Motif, motifOf, motifs, type ResidualClass, residualClasses } from './motif.ts';
export { type DsfbRenderOptions, renderDsfb, renderOpenMetrics } from './render.ts';
export {
  cacheHitResidual,
  cardinalityResidual,
  chainChannel,
  type Histogram,
  ioChannel,
  ioTimeResidual,
  planChangeChannel,
  planChangeImpulse,
  planRegressionResidual,
  workloadPhaseResidual,
} from './residuals.ts';
export { type ResidualSample, sampleFault } from './sample.ts';
export { MetricsSnapshot, type SnapshotFields, type StreamingCounters } from './snapshot.ts';
export { createDsfbHandler, type DsfbHandlerOptions } from './wiring/handler.ts';
export { type DsfbServer, type ServeDsfbOptions, serveDsfb } from './wiring/serve.ts';
export { startTextfile, type TextfileOptions, writeTextfile } from './wiring/textfile.ts';
