import type { LlmRecord, ObsRecord, TaskRecord, ToolRecord } from '@alex/obs';

/** What one session is doing, or did. */
export interface SessionRow {
  readonly sessionId: string;
  readonly startedAtMs: number;
  endedAtMs: number | undefined;
  status: string | undefined;
  /** `model gpt-4o` or `tool read_file`; empty between two steps. */
  activity: string;
  step: number;
  model: string;
  inputTokens: number;
  outputTokens: number;
  costUsd: number;
  errors: number;
  lastError: string | undefined;
}

export interface Tally {
  calls: number;
  errors: number;
  durationMs: number;
  inputTokens: number;
  outputTokens: number;
  costUsd: number;
}

export interface Totals {
  sessions: number;
  succeeded: number;
  errors: number;
  inputTokens: number;
  outputTokens: number;
  costUsd: number;
}

const windowMs = 10_000;
const maximumFinished = 6;

/** Adds up records as they happen, for the live view and the summary. Its size is bounded by sessions that run. */
export class Board {
  readonly totals: Totals = { sessions: 0, succeeded: 0, errors: 0, inputTokens: 0, outputTokens: 0, costUsd: 0 };
  readonly models: Map<string, Tally> = new Map();
  readonly tools: Map<string, Tally> = new Map();
  readonly #running = new Map<string, SessionRow>();
  readonly #finished: SessionRow[] = [];
  #recent: { readonly timeMs: number; readonly tokens: number }[] = [];

  /** Takes a record; those of no session are ignored. */
  add(record: ObsRecord): void {
    if (record.sessionId === undefined) return;
    if (record.kind === 'task') {
      if (record.root) this.#addTask(record, record.sessionId);
      return;
    }
    const row = this.#running.get(record.sessionId);
    if (record.kind === 'iteration') {
      if (row && record.phase === 'start') row.step = record.iteration;
    } else if (record.kind === 'llm') this.#addModel(record, row);
    else this.#addTool(record, row);
  }

  /** Sessions that run, oldest first, then those that ended last. */
  rows(): readonly SessionRow[] {
    return [...this.#running.values(), ...this.#finished];
  }

  get runningCount(): number {
    return this.#running.size;
  }

  /** Tokens in and out per second over the last ten seconds. */
  tokensPerSecond(nowMs: number): number {
    this.#recent = this.#recent.filter(({ timeMs }) => timeMs > nowMs - windowMs);
    return this.#recent.reduce((sum, { tokens }) => sum + tokens, 0) / (windowMs / 1000);
  }

  #addTask(record: TaskRecord, sessionId: string): void {
    if (record.phase === 'start') {
      this.totals.sessions++;
      this.#running.set(sessionId, newRow(sessionId, record.timeMs));
      return;
    }
    const row = this.#running.get(sessionId);
    if (row === undefined) return;
    row.endedAtMs = record.timeMs;
    row.status = record.status ?? 'other';
    row.activity = '';
    row.lastError = record.error ?? row.lastError;
    if (record.status === 'success') this.totals.succeeded++;
    this.#running.delete(sessionId);
    this.#finished.unshift(row);
    this.#finished.length = Math.min(this.#finished.length, maximumFinished);
  }

  #addModel(record: LlmRecord, row: SessionRow | undefined): void {
    if (row) {
      row.model = record.model;
      row.activity = record.phase === 'start' ? `model ${record.model}` : '';
    }
    if (record.phase === 'start') return;
    const spent = {
      inputTokens: record.usage?.inputTokens ?? 0,
      outputTokens: record.usage?.outputTokens ?? 0,
      costUsd: record.cost?.usd ?? 0,
    };
    for (const target of [row, this.totals, tallyOf(this.models, record.model)]) {
      if (target === undefined) continue;
      target.inputTokens += spent.inputTokens;
      target.outputTokens += spent.outputTokens;
      target.costUsd += spent.costUsd;
    }
    this.#recent.push({ timeMs: record.timeMs, tokens: spent.inputTokens + spent.outputTokens });
    this.#count(record, tallyOf(this.models, record.model), row);
  }

  #addTool(record: ToolRecord, row: SessionRow | undefined): void {
    if (row) row.activity = record.phase === 'start' ? `tool ${record.toolName}` : '';
    if (record.phase === 'end') this.#count(record, tallyOf(this.tools, record.toolName), row);
  }

  #count(record: LlmRecord | ToolRecord, tally: Tally, row: SessionRow | undefined): void {
    tally.calls++;
    tally.durationMs += record.durationMs ?? 0;
    if (record.status !== 'error') return;
    tally.errors++;
    this.totals.errors++;
    if (row === undefined) return;
    row.errors++;
    row.lastError = record.error;
  }
}

function tallyOf(tallies: Map<string, Tally>, name: string): Tally {
  const found = tallies.get(name);
  if (found !== undefined) return found;
  const tally = { calls: 0, errors: 0, durationMs: 0, inputTokens: 0, outputTokens: 0, costUsd: 0 };
  tallies.set(name, tally);
  return tally;
}

function newRow(sessionId: string, startedAtMs: number): SessionRow {
  return {
    sessionId,
    startedAtMs,
    endedAtMs: undefined,
    status: undefined,
    activity: '',
    step: 0,
    model: '',
    inputTokens: 0,
    outputTokens: 0,
    costUsd: 0,
    errors: 0,
    lastError: undefined,
  };
}
