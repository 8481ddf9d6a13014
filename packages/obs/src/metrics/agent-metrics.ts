import type { Meter, SpanContext } from '@opentelemetry/api';
import type { AgentMetrics, LLMRequest, StatusInput, ToolExecution } from '../api.ts';
import type { Cost, RecordListener, Status, Usage } from '../record.ts';
import type { AgentRecorder } from './agent-recorder.ts';
import type { SelfMetrics } from './self-metrics.ts';

/** Watches what a function returned until it is over, and returns what the caller shall get. */
export type Watch = <Result>(result: Result, over: (error: unknown, failed: boolean) => void) => Result;

export interface AgentMetricsOptions {
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
  /** Gets every record, as long as somebody listens. */
  listener: RecordListener | undefined = undefined;
  /** False after a shutdown: every call does nothing. */
  active = true;
  private readonly recorder: AgentRecorder;
  private readonly self: SelfMetrics;
  private readonly spanContext: (() => SpanContext | undefined) | undefined;
  private readonly watch: Watch;

  constructor({ recorder, self, meter, spanContext, watch }: AgentMetricsOptions) {
    this.meter = meter;
    this.recorder = recorder;
    this.self = self;
    this.spanContext = spanContext;
    this.watch = watch;
  }

  recordToolExecution(first: string | ToolExecution, status?: StatusInput, durationMs?: number): void {
    if (!this.active) return;
    try {
      if (typeof first === 'object' && first !== null) this.tool(first.toolName, first.status, first.durationMs);
      else this.tool(first, status, durationMs);
    } catch {
      this.self.dropped('metrics', 'invalid_value');
    }
  }

  recordLLMRequest(request: LLMRequest): void {
    if (!this.active) return;
    try {
      const span = this.spanContext?.();
      const cost = this.recorder.llm(request, span);
      if (this.listener !== undefined) this.emitLlm(request, cost, span);
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
    const span = this.spanContext === undefined ? undefined : this.spanContext();
    this.recorder.tool(name, status, durationMs, span);
    if (this.listener !== undefined) this.emitTool({ name, status, durationMs }, span);
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

function ids(span: SpanContext | undefined): { traceId?: string; parentSpanId?: string; sampled?: boolean } {
  return span === undefined ? {} : { traceId: span.traceId, parentSpanId: span.spanId, sampled: true };
}

/** Metrics that are switched off: every call does nothing, whatever it is given. */
export function createSilentAgentMetrics(meter: Meter): AgentMetrics {
  const nothing = (): void => {};
  return {
    meter,
    recordToolExecution: nothing,
    recordLLMRequest: nothing,
    sessionStarted: () => nothing,
    incrementActiveSessions: nothing,
    decrementActiveSessions: nothing,
    time: (_toolName, fn) => (typeof fn === 'function' ? fn() : fn),
  };
}
