export type {
  AgentMetrics,
  AgentTracer,
  Call,
  Deadline,
  Failure,
  Generation,
  LLMRequest,
  LlmCall,
  Obs,
  ObsOptions,
  Started,
  StatusInput,
  Task,
  ToolCall,
  ToolExecution,
} from './api.ts';
export type {
  ConfigProblem,
  Configuration,
  ModelPrice,
  Origin,
  PartialConfiguration,
  ResolvedConfiguration,
} from './config/configuration.ts';
export { formatConfiguration, type ShownValue, showConfiguration } from './config/format.ts';
export { alexHome } from './config/home.ts';
export { type ConfigurationOptions, configFilePath, loadConfig, resolveConfiguration } from './config/resolve.ts';
export { initConfiguration, saveConfiguration } from './config/save.ts';
export { priceTable } from './cost/prices.generated.ts';
export { estimateCost } from './cost/pricing.ts';
export { type ErrorCode, ObsError } from './errors.ts';
export { createObs, obs } from './obs.ts';
export type {
  Cost,
  CostSink,
  IterationRecord,
  LlmRecord,
  ObsRecord,
  PriceSource,
  RecordListener,
  Status,
  TaskRecord,
  ToolRecord,
  Usage,
} from './record.ts';
