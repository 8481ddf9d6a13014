import type { ExemplarReference } from '@alex/openmetrics';
import type { LLMRequest } from '../api.ts';
import type { Cost, LlmRecord, ObsRecord, PriceRequest, TaskRecord, ToolRecord, Usage } from '../record.ts';
import type { AgentFamilies, LlmCells } from './agent-families.ts';
import type { SelfMetrics } from './self-metrics.ts';

/** Longer than any call: beyond it sums lose their meaning. 31 years in milliseconds. */
const maximumDurationMs = 1e12;

/** More than any call costs, and than any count of iterations. */
const maximumAmount = 1e9;

type Exemplar = ExemplarReference | undefined;

export interface AgentRecorderOptions {
  readonly families: AgentFamilies;
  readonly price: PriceRequest;
  readonly self: SelfMetrics;
  /** Whether records of sampled spans get exemplars: not while nobody exports the spans. */
  readonly exemplars: boolean;
}

/** Writes what happened to an agent into its cells. Bad fields are dropped and counted, the rest of the record counts. */
export class AgentRecorder {
  private readonly families: AgentFamilies;
  private readonly price: PriceRequest;
  private readonly self: SelfMetrics;
  private readonly exemplars: boolean;
  private sessions = 0;

  constructor({ families, price, self, exemplars }: AgentRecorderOptions) {
    this.exemplars = exemplars;
    this.families = families;
    this.price = price;
    this.self = self;
  }

  tool(name: unknown, status: unknown, durationMs: unknown, exemplar: Exemplar): void {
    const cells = this.families.tool.get(name, status);
    cells.executions.add(1, exemplar);
    if (this.isDuration(durationMs)) cells.duration.observe(durationMs / 1000, exemplar);
  }

  /** Prices a request that did not fail by itself, unless it says what it cost. Returns the cost, if there is any. */
  llm(request: LLMRequest, exemplar: Exemplar): Cost | undefined {
    const { status, latencyMs } = request;
    const cells = this.families.llm.get(request.model, status);
    cells.requests.add(1, exemplar);
    if (this.isDuration(latencyMs)) cells.latency.observe(latencyMs / 1000, exemplar);
    if (request.inputTokens === undefined && request.outputTokens === undefined) {
      if (status === 'success') cells.usageMissing.add(1);
    } else {
      this.usage(cells, request);
      if (status !== 'error' || request.costUsd !== undefined) return this.priced(cells, request, exemplar);
    }
    return request.costUsd === undefined ? undefined : this.priced(cells, request, exemplar);
  }

  /** One record of the agent helpers: its end, and the start of a root task. */
  record(record: ObsRecord): void {
    if (record.phase === 'start') {
      if (record.kind === 'task' && record.root) this.sessionStarted();
      return;
    }
    const exemplar = this.exemplars ? exemplarOf(record) : undefined;
    if (record.kind === 'llm') this.llmRecord(record, exemplar);
    else if (record.kind === 'tool') this.toolRecord(record, exemplar);
    else if (record.kind === 'task') this.taskRecord(record, exemplar);
  }

  sessionStarted(): void {
    this.sessions += 1;
    this.families.sessionsActive.add(1);
  }

  /** Never below 0: one end too many is dropped. */
  sessionEnded(): void {
    if (this.sessions === 0) {
      this.drop();
      return;
    }
    this.sessions -= 1;
    this.families.sessionsActive.add(-1);
  }

  private toolRecord({ toolName, status, durationMs }: ToolRecord, exemplar: Exemplar): void {
    this.tool(toolName, status, durationMs, exemplar);
  }

  private llmRecord(record: LlmRecord, exemplar: Exemplar): void {
    const { model, status, durationMs, usage, cost, timeToFirstTokenMs } = record;
    const cells = this.families.llm.get(model, status);
    cells.requests.add(1, exemplar);
    if (this.isDuration(durationMs)) cells.latency.observe(durationMs / 1000, exemplar);
    if (usage !== undefined) this.usage(cells, usage);
    else if (status === 'success') cells.usageMissing.add(1);
    if (cost !== undefined) this.cost(cells, cost, exemplar);
    if (timeToFirstTokenMs !== undefined && this.isDuration(timeToFirstTokenMs)) {
      this.families.timeToFirstToken(this.families.llm.labelOf(model)).observe(timeToFirstTokenMs / 1000, exemplar);
    }
  }

  private taskRecord(record: TaskRecord, exemplar: Exemplar): void {
    const { tasks, duration } = this.families.task(this.families.llm.statusOf(record.status));
    tasks.add(1, exemplar);
    if (this.isDuration(record.durationMs)) duration.observe(record.durationMs / 1000, exemplar);
    const { iterations, costUsd } = record;
    if (iterations !== undefined) this.families.taskIterations.observe(this.amount(iterations), exemplar);
    if (costUsd !== undefined) this.families.taskCost.observe(this.amount(costUsd), exemplar);
    if (record.root) this.sessionEnded();
  }

  private usage(cells: LlmCells, usage: Partial<Usage>): void {
    const input = this.tokens(usage.inputTokens);
    const output = this.tokens(usage.outputTokens);
    cells.input.add(input);
    cells.output.add(output);
    if (
      usage.cacheReadInputTokens !== undefined ||
      usage.cacheWriteInputTokens !== undefined ||
      usage.reasoningTokens !== undefined
    ) {
      cells.cacheRead.add(Math.min(this.tokens(usage.cacheReadInputTokens), input));
      cells.cacheWrite.add(Math.min(this.tokens(usage.cacheWriteInputTokens), input));
      cells.reasoning.add(Math.min(this.tokens(usage.reasoningTokens), output));
    }
  }

  private priced(cells: LlmCells, request: LLMRequest, exemplar: Exemplar): Cost {
    const { costUsd } = request;
    if (costUsd !== undefined && !(costUsd >= 0 && costUsd <= maximumAmount)) this.drop();
    const cost = this.price({ requested: request.model }, request as Usage);
    this.cost(cells, cost, exemplar);
    return cost;
  }

  private cost(cells: LlmCells, { usd, savedUsd, source }: Cost, exemplar: Exemplar): void {
    if (source === 'none') cells.unpriced.add(1);
    else if (usd > 0 && usd <= maximumAmount) cells.cost.add(usd, exemplar);
    if (savedUsd > 0) cells.saved.add(savedUsd);
  }

  private tokens(value: unknown): number {
    if (typeof value === 'number' && value >= 0 && value <= Number.MAX_SAFE_INTEGER) return Math.floor(value);
    if (value !== undefined) this.drop();
    return 0;
  }

  /** Not a number, which every cell drops and counts, for what is no sensible amount. */
  private amount(value: unknown): number {
    return typeof value === 'number' && value >= 0 && value <= maximumAmount ? value : Number.NaN;
  }

  private isDuration(value: unknown): value is number {
    if (typeof value === 'number' && value >= 0 && value <= maximumDurationMs) return true;
    this.drop();
    return false;
  }

  private drop(): void {
    this.self.dropped('metrics', 'invalid_value');
  }
}

function exemplarOf({ sampled, traceId, spanId, timeMs }: ObsRecord): Exemplar {
  if (sampled !== true || traceId === undefined || spanId === undefined) return undefined;
  return { traceId, spanId, timestampMs: timeMs };
}
