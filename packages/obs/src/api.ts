import type { Attributes, Context, Meter, Span, Tracer } from '@opentelemetry/api';
import type { Logger } from 'pino';
import type { PartialConfiguration, ResolvedConfiguration } from './config/configuration.ts';
import type { RecordListener, Status, Usage } from './record.ts';

/** A status that code may hand in: any word; one that is not known counts as `other`. */
export type StatusInput = Status | (string & {});

/** What a helper's callback receives. Every method is total: it never throws. */
export interface Call {
  /** The span of this call. */
  readonly span: Span;
  /** A logger whose lines carry the ids of this call. */
  readonly logger: Logger;
  setAttributes(attributes: Attributes): void;
  /** Ends the call as `error` (or as told), although the callback returns normally. */
  fail(reason?: unknown, status?: 'error' | 'cancelled'): void;
}

/** The handle of an LLM call. */
export interface LlmCall extends Call {
  /** Reports token usage where the answer does not carry it in a known shape. Wins over what is read from the answer. */
  usage(usage: Usage): void;
}

/** `sessionId` defaults to that of the surrounding session, else to a new one. */
export interface Task {
  readonly sessionId?: string;
  readonly agent?: string;
  readonly attributes?: Attributes;
}

export interface Generation {
  /** `openai`, `anthropic`, ...: `gen_ai.provider.name`. */
  readonly provider?: string;
  readonly model: string;
  /** Prompt or messages; recorded only as far as `content` allows. */
  readonly input?: unknown;
  readonly attributes?: Attributes;
}

export interface ToolCall<Result = unknown> {
  readonly name: string;
  readonly callId?: string;
  /** Recorded only as far as `content` allows, redacted. */
  readonly arguments?: unknown;
  /** Whether a result that was returned normally is an error. Default: `isError === true`, or an `error` that says something. */
  readonly isError?: (result: Result) => boolean;
  readonly attributes?: Attributes;
}

export interface ToolExecution {
  readonly toolName: string;
  readonly status: StatusInput;
  /** Milliseconds. */
  readonly durationMs: number;
}

export interface LLMRequest {
  readonly model: string;
  readonly status: StatusInput;
  /** Milliseconds to the last piece of the answer. */
  readonly latencyMs: number;
  readonly inputTokens?: number;
  readonly outputTokens?: number;
  readonly cacheReadInputTokens?: number;
  readonly cacheWriteInputTokens?: number;
  readonly reasoningTokens?: number;
  /** What the provider says it cost; otherwise the cost is computed from the price table. */
  readonly costUsd?: number;
}

/** The seed's metrics, for code that measures by itself. Every method is total: bad input is dropped and counted. */
export interface AgentMetrics {
  recordToolExecution(toolName: string, status: StatusInput, durationMs: number): void;
  recordToolExecution(execution: ToolExecution): void;
  recordLLMRequest(request: LLMRequest): void;
  /** One more active session, until the returned function is called; further calls of it do nothing. */
  sessionStarted(): () => void;
  incrementActiveSessions(): void;
  decrementActiveSessions(): void;
  /** Times a function as an execution of a tool. What it returns or throws passes through. */
  time<Result>(toolName: string, fn: () => Result): Result;
  /** For metrics of your own, on the same endpoint with the same limits and exemplars. */
  readonly meter: Meter;
}

/** An OpenTelemetry tracer with one method more. */
export interface AgentTracer extends Tracer {
  /** Runs `fn` inside a new active span, records what it throws, ends the span. Streams end it when they end. */
  withSpan<Result>(name: string, fn: (span: Span) => Result): Result;
  withSpan<Result>(name: string, attributes: Attributes, fn: (span: Span) => Result): Result;
}

/** What did not work while flushing or shutting down. */
export interface Failure {
  readonly part: 'traces' | 'metrics' | 'logs' | 'server' | 'ledger';
  readonly message: string;
}

export interface Deadline {
  /** Default 3000. */
  readonly timeoutMs?: number;
}

/** What a running instance says about itself. */
export interface Started {
  /** Where metrics can be scraped, for instance `http://127.0.0.1:9090/metrics`. */
  readonly metricsUrl: string | undefined;
}

/** Observability of one agent process. */
export interface Obs {
  /**
   * Opens the metrics endpoint and the exporters. Idempotent; never rejects because of telemetry. Before it metrics count
   * and spans wait in a queue of bounded size; a process that never calls it sends nothing.
   */
  start(): Promise<Started>;
  /** Sends what waits. Resolves with what failed; never rejects. */
  flush(deadline?: Deadline): Promise<readonly Failure[]>;
  /**
   * Flushes and closes everything; afterwards every call is a no-op until `start` is called again. Observed clients and
   * tools record again then; what was taken from `tracer`, `logger` and `metrics` before is to be taken anew.
   */
  shutdown(deadline?: Deadline): Promise<readonly Failure[]>;

  /** Span `alex.session.solve_task`; the session id holds for everything below. */
  solveTask<Result>(task: Task, fn: (call: Call) => Result): Result;
  /** Span `alex.react.iteration`. */
  iteration<Result>(iteration: number, fn: (call: Call) => Result): Result;
  /** Span `alex.llm.generate`, LLM metrics and cost; usage is read from what `fn` returns. */
  generate<Result>(generation: Generation, fn: (call: LlmCall) => Result): Result;
  /** Span `alex.tool.execute` and tool metrics. */
  executeTool<Result>(tool: ToolCall<Awaited<Result>>, fn: (call: Call) => Result): Result;

  /** Wraps an LLM client (OpenAI's, Anthropic's or one like them); the same object when it is wrapped already. */
  observeClient<Client extends object>(client: Client): Client;
  /** Wraps a tool executor: a function, an object with `execute`, or a map of tools. */
  observeTools<Tools extends object>(tools: Tools): Tools;

  /** Every record as it happens, until the returned function is called. */
  observe(listener: RecordListener): () => void;
  /** Writes the W3C trace context of the active span into HTTP headers, which are returned. */
  inject<Headers extends Record<string, string>>(headers: Headers): Headers;
  /** The context that incoming headers carry; pass it to `obs.tracer` or `runWith`. */
  extract(headers: Readonly<Record<string, string | readonly string[] | undefined>>): Context;
  /** Runs `fn` with that context active. */
  runWith<Result>(context: Context, fn: () => Result): Result;
  /** Runs `fn` in a session without a task span. */
  withSession<Result>(sessionId: string, fn: () => Result): Result;

  readonly metrics: AgentMetrics;
  readonly tracer: AgentTracer;
  readonly logger: Logger;
  readonly config: ResolvedConfiguration;
}

export interface ObsOptions {
  /** Wins over environment and file. */
  readonly config?: PartialConfiguration;
  /** The file to read instead of `~/.alex/config.yaml`; `false` reads none. */
  readonly configPath?: string | false;
  /** Instead of `process.env`. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Register OTel globals at start. Default false; the shared `obs` does. */
  readonly registerGlobals?: boolean;
  /** Flush on these signals, then let them take their course. Default none. */
  readonly signals?: readonly NodeJS.Signals[];
}
