import type { Catalog } from '@alex/openmetrics';

/**
 * Every metric that `@alex/obs` emits: OTel names and units. On the wire they are translated by
 * `UnderscoreEscapingWithSuffixes`, for instance `alex.llm.latency` in `s` to `alex_llm_latency_seconds`.
 * Bucket bounds are in the unit of the metric.
 */
export const catalog = {
  llmRequests: {
    type: 'counter',
    name: 'alex.llm.requests.total',
    unit: '{request}',
    help: 'LLM requests by model and outcome.',
    labelNames: ['model', 'status'],
  },
  llmInputTokens: {
    type: 'counter',
    name: 'alex.llm.tokens.input',
    unit: '{token}',
    help: 'Input tokens as the provider totals them, cached ones included.',
    labelNames: ['model'],
  },
  llmOutputTokens: {
    type: 'counter',
    name: 'alex.llm.tokens.output',
    unit: '{token}',
    help: 'Output tokens as the provider totals them, reasoning included.',
    labelNames: ['model'],
  },
  llmLatency: {
    type: 'histogram',
    name: 'alex.llm.latency',
    unit: 's',
    help: 'Time from an LLM request to the last piece of its answer.',
    labelNames: ['model', 'status'],
    buckets: [0.1, 0.25, 0.5, 1, 2, 5, 10, 20, 30, 60, 120, 300],
  },
  cost: {
    type: 'counter',
    name: 'alex.cost.total',
    unit: '{USD}',
    help: 'Estimated or reported cost of LLM requests in US dollars.',
    labelNames: ['model'],
  },
  toolExecutions: {
    type: 'counter',
    name: 'alex.tool.executions.total',
    unit: '{execution}',
    help: 'Tool executions by tool and outcome.',
    labelNames: ['tool_name', 'status'],
  },
  toolDuration: {
    type: 'histogram',
    name: 'alex.tool.duration',
    unit: 's',
    help: 'Duration of tool executions.',
    labelNames: ['tool_name'],
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300],
  },
  sessionsActive: {
    type: 'updowncounter',
    name: 'alex.sessions.active',
    unit: '{session}',
    help: 'Sessions that are working right now.',
  },
  llmCacheReadTokens: {
    type: 'counter',
    name: 'alex.llm.tokens.cache_read',
    unit: '{token}',
    help: 'Input tokens that were read from the provider cache.',
    labelNames: ['model'],
  },
  llmCacheWriteTokens: {
    type: 'counter',
    name: 'alex.llm.tokens.cache_write',
    unit: '{token}',
    help: 'Input tokens that were written to the provider cache.',
    labelNames: ['model'],
  },
  llmReasoningTokens: {
    type: 'counter',
    name: 'alex.llm.tokens.reasoning',
    unit: '{token}',
    help: 'Output tokens that the model spent on reasoning.',
    labelNames: ['model'],
  },
  costSaved: {
    type: 'counter',
    name: 'alex.cost.saved',
    unit: '{USD}',
    help: 'US dollars saved by reading input from the provider cache.',
    labelNames: ['model'],
  },
  costUnpricedRequests: {
    type: 'counter',
    name: 'alex.cost.unpriced_requests',
    unit: '{request}',
    help: 'Requests to a model that has no known price; their cost is not in the total.',
    labelNames: ['model'],
  },
  llmUsageMissingRequests: {
    type: 'counter',
    name: 'alex.llm.usage_missing_requests',
    unit: '{request}',
    help: 'Requests whose answer did not report token usage.',
    labelNames: ['model'],
  },
  llmTimeToFirstToken: {
    type: 'histogram',
    name: 'alex.llm.time_to_first_token',
    unit: 's',
    help: 'Time from a streamed LLM request to the first piece of its answer.',
    labelNames: ['model'],
    buckets: [0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10, 20, 30, 60],
  },
  tasks: {
    type: 'counter',
    name: 'alex.tasks.total',
    unit: '{task}',
    help: 'Tasks that agents have finished, by outcome.',
    labelNames: ['status'],
  },
  taskDuration: {
    type: 'histogram',
    name: 'alex.task.duration',
    unit: 's',
    help: 'Time that a task took from start to end.',
    labelNames: ['status'],
    buckets: [0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600, 1800, 3600],
  },
  taskIterations: {
    type: 'histogram',
    name: 'alex.task.iterations',
    unit: '{iteration}',
    help: 'ReAct iterations that a task needed.',
    buckets: [1, 2, 3, 5, 8, 13, 21, 34, 55],
  },
  taskCost: {
    type: 'histogram',
    name: 'alex.task.cost',
    unit: '{USD}',
    help: 'Cost of a task in US dollars.',
    buckets: [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10, 50],
  },
  dropped: {
    type: 'counter',
    name: 'alex.obs.dropped',
    unit: '{item}',
    help: 'Telemetry that was not recorded or not delivered, by signal and reason.',
    labelNames: ['signal', 'reason'],
  },
  spansExported: {
    type: 'counter',
    name: 'alex.obs.spans_exported',
    unit: '{span}',
    help: 'Spans that a backend has accepted.',
  },
  spansFailed: {
    type: 'counter',
    name: 'alex.obs.spans_failed',
    unit: '{span}',
    help: 'Spans that could not be delivered, by reason.',
    labelNames: ['reason'],
  },
  queueSpans: { type: 'gauge', name: 'alex.obs.queue.spans', unit: '{span}', help: 'Spans that wait for export.' },
  queueBytes: { type: 'gauge', name: 'alex.obs.queue', unit: 'By', help: 'Estimated size of the spans that wait.' },
  exportDuration: {
    type: 'histogram',
    name: 'alex.obs.export.duration',
    unit: 's',
    help: 'Time that a telemetry export took, failed ones included.',
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
  },
  scrapeDuration: {
    type: 'histogram',
    name: 'alex.obs.scrape.duration',
    unit: 's',
    help: 'Time to collect and render the metrics of one scrape.',
    buckets: [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1],
  },
  series: {
    type: 'gauge',
    name: 'alex.obs.series',
    unit: '{series}',
    help: 'Series per metric family.',
    labelNames: ['family'],
  },
  configErrors: {
    type: 'gauge',
    name: 'alex.obs.config_errors',
    unit: '{error}',
    help: 'Errors in the configuration that is in force; each bad key runs on its default.',
  },
  buildInfo: {
    type: 'gauge',
    name: 'alex.obs.build_info',
    help: 'Always 1; the label tells the version of @alex/obs.',
    labelNames: ['version'],
  },
} as const;
catalog satisfies Catalog;

/** Why telemetry was dropped: the values of the label `reason` of `alex_obs_dropped_total`. */
export const dropReasons = [
  'invalid_value',
  'invalid_name',
  'invalid_status',
  'invalid_attribute',
  'series_limit',
  'queue_full',
  'span_too_large',
  'export_failed',
  'shut_down',
  'listener_error',
  'write_failed',
] as const;

export type DropReason = (typeof dropReasons)[number];

/** The signals that telemetry is dropped from: the values of the label `signal`. */
export const signals = ['metrics', 'traces', 'logs', 'records'] as const;

export type Signal = (typeof signals)[number];

/** The four spans of an agent, as the founding document of ALEX names them. */
export const spanNames = {
  task: 'alex.session.solve_task',
  iteration: 'alex.react.iteration',
  generate: 'alex.llm.generate',
  tool: 'alex.tool.execute',
} as const;
