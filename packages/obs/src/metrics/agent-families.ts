import type { CounterCell, HistogramCell, Registry, UpDownCounterCell } from '@alex/openmetrics';
import { catalog } from '../catalog.ts';
import type { Configuration } from '../config/configuration.ts';
import type { Status } from '../record.ts';
import { StatusCells, usualStatuses } from './status-cells.ts';

/** All cells that one LLM request touches. */
export interface LlmCells {
  readonly requests: CounterCell;
  readonly latency: HistogramCell;
  readonly input: CounterCell;
  readonly output: CounterCell;
  readonly cacheRead: CounterCell;
  readonly cacheWrite: CounterCell;
  readonly reasoning: CounterCell;
  readonly cost: CounterCell;
  readonly saved: CounterCell;
  readonly unpriced: CounterCell;
  readonly usageMissing: CounterCell;
}

/** All cells that one tool execution touches. */
interface ToolCells {
  readonly executions: CounterCell;
  readonly duration: HistogramCell;
}

/** All cells that the end of a task touches. */
interface TaskCells {
  readonly tasks: CounterCell;
  readonly duration: HistogramCell;
}

/** The cells of an agent's metrics. */
export interface AgentFamilies {
  readonly llm: StatusCells<LlmCells>;
  readonly tool: StatusCells<ToolCells>;
  readonly task: (status: Status) => TaskCells;
  readonly timeToFirstToken: (model: string) => HistogramCell;
  readonly taskIterations: HistogramCell;
  readonly taskCost: HistogramCell;
  readonly sessionsActive: UpDownCounterCell;
}

type Dropped = (reason: 'invalid_name' | 'invalid_status') => void;

type MetricsConfiguration = Pick<Configuration['metrics'], 'buckets' | 'limits'>;

function declareLlm(registry: Registry, config: MetricsConfiguration, dropped: Dropped): StatusCells<LlmCells> {
  const labelNames = ['model', 'status'] as const;
  const byModel = ['model'] as const;
  const requests = registry.counter(catalog.llmRequests);
  const latency = registry.histogram({ ...catalog.llmLatency, buckets: config.buckets.llm_latency });
  const joint = registry.joint({
    labelNames,
    families: {
      requests: { family: requests, labels: labelNames },
      input: { family: registry.counter(catalog.llmInputTokens), labels: byModel },
      output: { family: registry.counter(catalog.llmOutputTokens), labels: byModel },
      latency: { family: latency, labels: labelNames },
      cost: { family: registry.counter(catalog.cost), labels: byModel },
      cacheRead: { family: registry.counter(catalog.llmCacheReadTokens), labels: byModel },
      cacheWrite: { family: registry.counter(catalog.llmCacheWriteTokens), labels: byModel },
      reasoning: { family: registry.counter(catalog.llmReasoningTokens), labels: byModel },
      saved: { family: registry.counter(catalog.costSaved), labels: byModel },
      unpriced: { family: registry.counter(catalog.costUnpricedRequests), labels: byModel },
      usageMissing: { family: registry.counter(catalog.llmUsageMissingRequests), labels: byModel },
    },
  });
  return new StatusCells({
    limit: config.limits.label_values,
    create: (model, status) => joint.labels(model, status),
    declare: (model) => requests.declareSeries(...usualStatuses.map((status): [string, string] => [model, status])),
    dropped,
  });
}

function declareTool(registry: Registry, config: MetricsConfiguration, dropped: Dropped): StatusCells<ToolCells> {
  const labelNames = ['tool_name', 'status'] as const;
  const executions = registry.counter(catalog.toolExecutions);
  const duration = registry.histogram({ ...catalog.toolDuration, buckets: config.buckets.tool_duration });
  const joint = registry.joint({
    labelNames,
    families: {
      executions: { family: executions, labels: labelNames },
      duration: { family: duration, labels: ['tool_name'] as const },
    },
  });
  return new StatusCells({
    limit: config.limits.label_values,
    create: (tool, status) => joint.labels(tool, status),
    declare: (tool) => executions.declareSeries(...usualStatuses.map((status): [string, string] => [tool, status])),
    dropped,
  });
}

/** Declares an agent's metrics on a registry, in the order of the catalogue. Series of a known status exist with 0. */
export function declareAgentFamilies(
  registry: Registry,
  config: MetricsConfiguration,
  dropped: Dropped,
): AgentFamilies {
  const llm = declareLlm(registry, config, dropped);
  const timeToFirstToken = registry.histogram(catalog.llmTimeToFirstToken);
  const tool = declareTool(registry, config, dropped);
  const sessionsActive = registry.upDownCounter(catalog.sessionsActive).labels();
  const tasks = registry.counter(catalog.tasks);
  tasks.declareSeries(...usualStatuses.map((status): [string] => [status]));
  const duration = registry.histogram(catalog.taskDuration);
  return {
    llm,
    tool,
    task: (status) => ({ tasks: tasks.labels(status), duration: duration.labels(status) }),
    timeToFirstToken: (model) => timeToFirstToken.labels(model),
    taskIterations: registry.histogram(catalog.taskIterations).labels(),
    taskCost: registry.histogram(catalog.taskCost).labels(),
    sessionsActive,
  };
}
