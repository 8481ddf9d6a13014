/**
 * Everything that happens to an agent becomes one bounded record. Metrics, spans, log lines, the live view, the cost
 * ledger and `obs.observe` listeners all read it, so that the signals can never disagree.
 */

/** How a task, a request or a tool execution ended. `other` stands for any word that is none of the three. */
export type Status = 'success' | 'error' | 'cancelled' | 'other';

/** Token totals as the provider reports them: `inputTokens` includes cached ones, `outputTokens` includes reasoning. */
export interface Usage {
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly cacheReadInputTokens?: number | undefined;
  readonly cacheWriteInputTokens?: number | undefined;
  readonly reasoningTokens?: number | undefined;
  /** What the provider itself says the call cost, US dollars. */
  readonly costUsd?: number | undefined;
}

/** Where a price came from. `default` is the configured `metrics.pricing.default`, `none` means unpriced. */
export type PriceSource = 'reported' | 'config' | 'library' | 'seed' | 'default' | 'none';

/** What a request cost. An unpriced one has `usd` 0 and `source` `none`: it is counted, never guessed. */
export interface Cost {
  readonly usd: number;
  /** What reading from the cache saved against the fresh input price, US dollars. */
  readonly savedUsd: number;
  readonly source: PriceSource;
}

/** Prices requests to one model. Never throws. */
export interface ModelPricing {
  /** Whether any price is known. */
  readonly priced: boolean;
  /** The US dollars of `cost` where nothing else is reported; both counts must be safe integers from 0 on. Allocates nothing. */
  usd(inputTokens: number, outputTokens: number): number;
  cost(usage: Usage): Cost;
}

/** Prices a request by its response model, then by its requested model. Never throws. */
export type PriceRequest = (
  models: { readonly requested: string; readonly response?: string | undefined },
  usage: Usage,
) => Cost;

/** Prices of every model that is known. */
export interface Prices extends PriceRequest {
  /** By requested model alone: to be kept where the numbers of the model are, so that a record looks nothing up. */
  model(requested: string): ModelPricing;
}

interface RecordBase {
  /** `start` when the work begins, `end` once it is over; work that is recorded after the fact has only an `end`. */
  readonly phase: 'start' | 'end';
  /** Unix milliseconds of the event. */
  readonly timeMs: number;
  readonly sessionId?: string | undefined;
  readonly traceId?: string | undefined;
  readonly spanId?: string | undefined;
  readonly parentSpanId?: string | undefined;
  /** Whether the span is sampled: only then may an exemplar point to it. */
  readonly sampled?: boolean | undefined;
  /** Present on `end`. */
  readonly status?: Status | undefined;
  /** Present on `end`, milliseconds. */
  readonly durationMs?: number | undefined;
  /** A redacted, shortened message, when `status` is `error`. */
  readonly error?: string | undefined;
}

export interface TaskRecord extends RecordBase {
  readonly kind: 'task';
  readonly agent?: string | undefined;
  /** False for a task inside another one (a sub-agent), which is no session of its own. */
  readonly root: boolean;
  /** On `end`: what happened in the task itself, sub-agents not added up. */
  readonly iterations?: number | undefined;
  readonly costUsd?: number | undefined;
}

export interface IterationRecord extends RecordBase {
  readonly kind: 'iteration';
  readonly iteration: number;
}

export interface LlmRecord extends RecordBase {
  readonly kind: 'llm';
  readonly provider?: string | undefined;
  /** The model that was asked for: the metric label. */
  readonly model: string;
  readonly responseModel?: string | undefined;
  /** Absent on `end` when the answer did not report any. */
  readonly usage?: Usage | undefined;
  readonly cost?: Cost | undefined;
  readonly streamed?: boolean | undefined;
  readonly timeToFirstTokenMs?: number | undefined;
  readonly finishReason?: string | undefined;
}

export interface ToolRecord extends RecordBase {
  readonly kind: 'tool';
  readonly toolName: string;
  readonly callId?: string | undefined;
  /** Length of the result as text, characters. */
  readonly resultLength?: number | undefined;
}

export type ObsRecord = TaskRecord | IterationRecord | LlmRecord | ToolRecord;

export type RecordListener = (record: ObsRecord) => void;

/** Receives the cost of each LLM call, for instance a ledger on disk. Rejections are counted, never thrown on. */
export interface CostSink {
  append(entry: {
    readonly timeMs: number;
    readonly model: string;
    readonly provider?: string | undefined;
    readonly sessionId?: string | undefined;
    readonly usd: number;
    readonly usage?: Usage | undefined;
  }): void | Promise<void>;
  close?(): void | Promise<void>;
}
