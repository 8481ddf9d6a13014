import type { Meter, SpanContext } from '@opentelemetry/api';
import type { AgentMetrics, LLMRequest, StatusInput, ToolExecution } from '../api.ts';
import type { Cost, RecordListener, Status, Usage } from '../record.ts';
import type { AgentFamilies, LlmCells, ToolCells } from './agent-families.ts';
import type { AgentRecorder } from './agent-recorder.ts';
import type { SelfMetrics } from './self-metrics.ts';
import { isAmount, isDuration, isTokenCount } from './sound-values.ts';

/** Watches what a function returned until it is over, and returns what the caller shall get. */
export type Watch = <Result>(result: Result, over: (error: unknown, failed: boolean) => void) => Result;

export interface AgentMetricsOptions {
  readonly families: Pick<AgentFamilies, 'tool' | 'llm'>;
  readonly recorder: AgentRecorder;
  readonly self: SelfMetrics;
  readonly meter: Meter;
  /** The active span, if it is sampled; absent when exemplars are off. */
  readonly spanContext: (() => SpanContext | undefined) | undefined;
  readonly watch: Watch;
}

const statuses: readonly unknown[] = ['success', 'error', 'cancelled'] satisfies Status[];

function toStatus(status: unknown): Status {
  return statuses.includes(status) ? (status as Status) : 'other';
}

function nameOf(value: unknown): string {
  return typeof value === 'string' && value !== '' ? value.slice(0, 256) : 'unknown';
}

function durationOf(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0 ? value : undefined;
}

function usageOf(request: LLMRequest): Usage | undefined {
  const { inputTokens, outputTokens, cacheReadInputTokens, cacheWriteInputTokens, reasoningTokens, costUsd } = request;
  if (inputTokens === undefined && outputTokens === undefined) return undefined;
  return {
    inputTokens: inputTokens ?? 0,
    outputTokens: outputTokens ?? 0,
    cacheReadInputTokens,
    cacheWriteInputTokens,
    reasoningTokens,
    costUsd,
  };
}

/** Records what code measured by itself. Total: nothing that is handed in makes it throw. */
export class RecordingAgentMetrics implements AgentMetrics {
  readonly meter: Meter;
  private listener: RecordListener | undefined = undefined;
  private isActive = true;
  /** Active and without a listener: the cells are all that a record goes to. */
  private usual = true;
  private readonly recorder: AgentRecorder;
  private readonly self: SelfMetrics;
  private readonly spanContext: (() => SpanContext | undefined) | undefined;
  private readonly watch: Watch;
  // The cells of the usual records, at hand: each step on the way to a cell costs more than what the cell does.
  private readonly toolSuccess: Map<unknown, ToolCells>;
  private readonly toolError: Map<unknown, ToolCells>;
  private readonly llmSuccess: Map<unknown, LlmCells>;
  private readonly llmError: Map<unknown, LlmCells>;

  constructor({ families, recorder, self, meter, spanContext, watch }: AgentMetricsOptions) {
    this.meter = meter;
    this.recorder = recorder;
    this.self = self;
    this.spanContext = spanContext;
    this.watch = watch;
    this.toolSuccess = families.tool.success;
    this.toolError = families.tool.error;
    this.llmSuccess = families.llm.success;
    this.llmError = families.llm.error;
  }

  /** False after a shutdown: every call does nothing. */
  get active(): boolean {
    return this.isActive;
  }

  set active(active: boolean) {
    this.isActive = active;
    this.usual = active && this.listener === undefined;
  }

  /** Whoever listens gets every record. */
  setListener(listener: RecordListener | undefined): void {
    this.listener = listener;
    this.usual = this.isActive && listener === undefined;
  }

  recordToolExecution(first: string | ToolExecution, status?: StatusInput, durationMs?: number): void {
    try {
      const known = status === 'success' ? this.toolSuccess : status === 'error' ? this.toolError : undefined;
      const cells = known?.get(first);
      if (cells !== undefined && this.usual && isDuration(durationMs)) {
        cells.executions.add(1, this.spanContext);
        cells.duration.observe(durationMs / 1000, this.spanContext);
      } else if (typeof first === 'object' && first !== null) {
        this.tool(first.toolName, first.status, first.durationMs);
      } else {
        this.tool(first, status, durationMs);
      }
    } catch {
      this.self.dropped('metrics', 'invalid_value');
    }
  }

  recordLLMRequest(request: LLMRequest): void {
    try {
      if (!this.usual || !this.usualLlm(request)) this.llm(request);
    } catch {
      this.self.dropped('metrics', 'invalid_value');
    }
  }

  sessionStarted(): () => void {
    if (!this.active) return () => {};
    this.recorder.sessionStarted();
    let ended = false;
    return () => {
      if (!ended) this.recorder.sessionEnded();
      ended = true;
    };
  }

  incrementActiveSessions(): void {
    if (this.active) this.recorder.sessionStarted();
  }

  decrementActiveSessions(): void {
    if (this.active) this.recorder.sessionEnded();
  }

  time<Result>(toolName: string, fn: () => Result): Result {
    // What is no function counts as its own result.
    if (typeof fn !== 'function') return fn;
    const start = performance.now();
    const over = (error: unknown, failed: boolean): void => {
      const aborted = failed && (error as Error | null | undefined)?.name === 'AbortError';
      const status = aborted ? 'cancelled' : failed ? 'error' : 'success';
      this.recordToolExecution(toolName, status, performance.now() - start);
    };
    let result: Result;
    try {
      result = fn();
    } catch (error) {
      over(error, true);
      throw error;
    }
    return this.watch(result, over);
  }

  private tool(name: unknown, status: unknown, durationMs: unknown): void {
    if (!this.isActive) return;
    const span = this.spanContext === undefined ? undefined : this.spanContext();
    this.recorder.tool(name, status, durationMs, span);
    if (this.listener !== undefined) this.emitTool({ name, status, durationMs }, span);
  }

  /** Records a priced request with whole token counts and nothing beside them; returns false for any other. */
  private usualLlm(request: LLMRequest): boolean {
    const { status, latencyMs, inputTokens, outputTokens } = request;
    const known = status === 'success' ? this.llmSuccess : status === 'error' ? this.llmError : undefined;
    const cells = known?.get(request.model);
    const pricing = cells?.pricing;
    if (cells === undefined || pricing?.priced !== true || hasDetails(request)) return false;
    if (!isDuration(latencyMs) || !isTokenCount(inputTokens) || !isTokenCount(outputTokens)) return false;
    cells.requests.add(1, this.spanContext);
    cells.latency.observe(latencyMs / 1000, this.spanContext);
    cells.input.add(inputTokens);
    cells.output.add(outputTokens);
    if (status === 'success') {
      const usd = pricing.usd(inputTokens, outputTokens);
      if (usd > 0 && isAmount(usd)) cells.cost.add(usd, this.spanContext);
    }
    return true;
  }

  private llm(request: LLMRequest): void {
    if (!this.isActive) return;
    const span = this.spanContext?.();
    const cost = this.recorder.llm(request, span);
    if (this.listener !== undefined) this.emitLlm(request, cost, span);
  }

  private emitTool(
    { name, status, durationMs }: Readonly<Record<'name' | 'status' | 'durationMs', unknown>>,
    span: SpanContext | undefined,
  ): void {
    this.listener?.({
      kind: 'tool',
      phase: 'end',
      timeMs: Date.now(),
      toolName: nameOf(name),
      status: toStatus(status),
      durationMs: durationOf(durationMs),
      ...ids(span),
    });
  }

  private emitLlm(request: LLMRequest, cost: Cost | undefined, span: SpanContext | undefined): void {
    this.listener?.({
      kind: 'llm',
      phase: 'end',
      timeMs: Date.now(),
      model: nameOf(request.model),
      status: toStatus(request.status),
      durationMs: durationOf(request.latencyMs),
      usage: usageOf(request),
      cost,
      ...ids(span),
    });
  }
}

function hasDetails(request: LLMRequest): boolean {
  return (
    request.costUsd !== undefined ||
    request.cacheReadInputTokens !== undefined ||
    request.cacheWriteInputTokens !== undefined ||
    request.reasoningTokens !== undefined
  );
}

function ids(span: SpanContext | undefined): { traceId?: string; parentSpanId?: string; sampled?: boolean } {
  return span === undefined ? {} : { traceId: span.traceId, parentSpanId: span.spanId, sampled: true };
}

/** Metrics that are switched off: every call does nothing, whatever it is given. */
export function createSilentAgentMetrics(meter: () => Meter): AgentMetrics {
  const nothing = (): void => {};
  return {
    get meter() {
      return meter();
    },
    recordToolExecution: nothing,
    recordLLMRequest: nothing,
    sessionStarted: () => nothing,
    incrementActiveSessions: nothing,
    decrementActiveSessions: nothing,
    time: (_toolName, fn) => (typeof fn === 'function' ? fn() : fn),
  };
}
