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
export { type ErrorCode, ObsError } from './errors.ts';
