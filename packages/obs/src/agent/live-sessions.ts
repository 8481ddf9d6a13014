import type { LlmRecord, ObsRecord, Status, TaskRecord } from '../record.ts';

/** A session at work or lately finished, as plain JSON. */
interface LiveSession {
  readonly sessionId: string;
  readonly agent?: string | undefined;
  /** `active` while a root task of it is open, then how the last one ended. */
  readonly status: 'active' | Status;
  /** ISO 8601. */
  readonly startedAt: string;
  readonly endedAt?: string | undefined;
  /** Milliseconds since the start, or how long it took. */
  readonly durationMs: number;
  readonly iteration: number;
  /** What it waits for right now; of several, the one that began last. */
  readonly currentTool?: string | undefined;
  readonly currentModel?: string | undefined;
  readonly llmRequests: number;
  readonly toolExecutions: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  /** Output tokens of the last answer by the time it took. */
  readonly tokensPerSecond: number;
  readonly costUsd: number;
  readonly errors: number;
  readonly lastError?: string | undefined;
}

/** All sessions that are kept, as plain JSON. */
export interface LiveSnapshot {
  /** Newest first. */
  readonly active: readonly LiveSession[];
  readonly finished: readonly LiveSession[];
}

/** Bounds of what is kept. */
export interface LiveSessionsOptions {
  /** Sessions that are kept while active; past it the oldest is forgotten. Default 1000. */
  readonly maximumActive?: number;
  /** Finished sessions that are kept. Default 50. */
  readonly maximumFinished?: number;
}

interface State {
  readonly sessionId: string;
  agent: string | undefined;
  status: Status | undefined;
  readonly startedMs: number;
  endedMs: number | undefined;
  openTasks: number;
  iteration: number;
  /** What is under way, by span id: bounded by what a session can do at once. */
  readonly tools: Map<string, string>;
  readonly models: Map<string, string>;
  llmRequests: number;
  toolExecutions: number;
  inputTokens: number;
  outputTokens: number;
  tokensPerSecond: number;
  costUsd: number;
  errors: number;
  lastError: string | undefined;
}

const maximumUnderWay = 100;

/** Keeps a bounded live state of sessions from the records; `accept` costs a map look-up. Never throws. */
export class LiveSessions {
  readonly #active = new Map<string, State>();
  readonly #finished = new Map<string, State>();
  readonly #maximumActive: number;
  readonly #maximumFinished: number;

  constructor(options: LiveSessionsOptions = {}) {
    this.#maximumActive = options.maximumActive ?? 1000;
    this.#maximumFinished = options.maximumFinished ?? 50;
  }

  /** Takes the next record. Those of no known session (work outside of any task) are passed over. */
  accept(record: ObsRecord): void {
    const { sessionId } = record;
    if (sessionId === undefined) return;
    if (record.kind === 'task' && record.root && record.phase === 'start') this.#open(sessionId, record);
    const state = this.#active.get(sessionId) ?? this.#finished.get(sessionId);
    if (state === undefined) return;
    apply(state, record);
    if (record.kind === 'task' && record.root && record.phase === 'end') this.#close(state, record);
  }

  snapshot(nowMs: number = Date.now()): LiveSnapshot {
    const list = (states: Map<string, State>): LiveSession[] =>
      [...states.values()].reverse().map((state) => describe(state, nowMs));
    return { active: list(this.#active), finished: list(this.#finished) };
  }

  #open(sessionId: string, record: TaskRecord): void {
    // A session may hold many tasks: the next one goes on with what the last has counted.
    const state = this.#active.get(sessionId) ?? this.#finished.get(sessionId) ?? newState(sessionId, record.timeMs);
    this.#finished.delete(sessionId);
    state.openTasks += 1;
    state.status = undefined;
    state.endedMs = undefined;
    this.#active.set(sessionId, state);
    trim(this.#active, this.#maximumActive);
  }

  #close(state: State, record: TaskRecord): void {
    state.openTasks = Math.max(0, state.openTasks - 1);
    if (state.openTasks > 0) return;
    state.status = record.status ?? 'other';
    state.endedMs = record.timeMs;
    this.#active.delete(state.sessionId);
    this.#finished.delete(state.sessionId);
    this.#finished.set(state.sessionId, state);
    trim(this.#finished, this.#maximumFinished);
  }
}

function trim(states: Map<string, State>, maximum: number): void {
  for (const oldest of states.keys()) {
    if (states.size <= maximum) return;
    states.delete(oldest);
  }
}

function newState(sessionId: string, startedMs: number): State {
  return {
    sessionId,
    agent: undefined,
    status: undefined,
    startedMs,
    endedMs: undefined,
    openTasks: 0,
    iteration: 0,
    tools: new Map(),
    models: new Map(),
    llmRequests: 0,
    toolExecutions: 0,
    inputTokens: 0,
    outputTokens: 0,
    tokensPerSecond: 0,
    costUsd: 0,
    errors: 0,
    lastError: undefined,
  };
}

function apply(state: State, record: ObsRecord): void {
  if (record.phase === 'end' && record.status === 'error' && record.kind !== 'iteration') {
    if (record.kind !== 'task') state.errors += 1;
    state.lastError = record.error;
  }
  if (record.kind === 'task' && record.root) state.agent = record.agent ?? state.agent;
  if (record.kind === 'iteration' && record.phase === 'start') state.iteration = record.iteration;
  if (record.kind === 'tool') {
    underWay(state.tools, record, record.toolName);
    if (record.phase === 'end') state.toolExecutions += 1;
  }
  if (record.kind === 'llm') {
    underWay(state.models, record, record.model);
    if (record.phase === 'end') addRequest(state, record);
  }
}

function underWay(current: Map<string, string>, record: ObsRecord, name: string): void {
  if (record.spanId === undefined) return;
  if (record.phase === 'end') current.delete(record.spanId);
  else if (current.size < maximumUnderWay) current.set(record.spanId, name);
}

function addRequest(state: State, record: LlmRecord): void {
  state.llmRequests += 1;
  state.costUsd += record.cost?.usd ?? 0;
  if (record.usage === undefined) return;
  state.inputTokens += record.usage.inputTokens;
  state.outputTokens += record.usage.outputTokens;
  if (record.durationMs !== undefined && record.durationMs > 0) {
    state.tokensPerSecond = (record.usage.outputTokens / record.durationMs) * 1000;
  }
}

function describe(state: State, nowMs: number): LiveSession {
  return {
    sessionId: state.sessionId,
    agent: state.agent,
    status: state.status ?? 'active',
    startedAt: new Date(state.startedMs).toISOString(),
    endedAt: state.endedMs === undefined ? undefined : new Date(state.endedMs).toISOString(),
    durationMs: Math.max(0, (state.endedMs ?? nowMs) - state.startedMs),
    iteration: state.iteration,
    currentTool: [...state.tools.values()].at(-1),
    currentModel: [...state.models.values()].at(-1),
    llmRequests: state.llmRequests,
    toolExecutions: state.toolExecutions,
    inputTokens: state.inputTokens,
    outputTokens: state.outputTokens,
    tokensPerSecond: state.tokensPerSecond,
    costUsd: state.costUsd,
    errors: state.errors,
    lastError: state.lastError,
  };
}
