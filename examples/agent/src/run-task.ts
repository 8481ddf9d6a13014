import { randomUUID } from 'node:crypto';
import type { Obs } from '@alex/obs';
import { type AgentAnswer, type AgentOptions, runAgent } from './agent.ts';
import { type AgentTask, isCorrect } from './tasks.ts';
import { createToolbox } from './tools.ts';
import { workspacePath } from './workspace.ts';

export interface RunTaskOptions extends Omit<AgentOptions, 'toolbox'> {
  /** One of `tasks`, or any question. */
  readonly task: AgentTask | string;
  /** The folder that the agent may read. Default: the workspace of this package. */
  readonly root?: string;
  /** What relative addresses of `http_get` mean: the URL of the status server. */
  readonly statusUrl?: string;
  /** Further origins that `http_get` may ask. */
  readonly allowedOrigins?: readonly string[];
}

export interface TaskOutcome extends AgentAnswer {
  /** Absent for a question that is none of `tasks`. */
  readonly correct: boolean | undefined;
  /** US dollars, from the records of the run; requests without a known price add nothing. */
  readonly costUsd: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly durationMs: number;
}

/** Lets the agent solve a task and says what that cost. Rejects as `runAgent` does. */
export async function runTask({
  task,
  root,
  statusUrl,
  allowedOrigins,
  ...options
}: RunTaskOptions): Promise<TaskOutcome> {
  const { obs, sessionId = randomUUID() } = options;
  const toolbox = createToolbox({
    root: root ?? workspacePath,
    headers: () => obs.inject({}),
    ...(statusUrl !== undefined && { baseUrl: statusUrl }),
    ...(allowedOrigins !== undefined && { allowedOrigins }),
  });
  const startedAt = performance.now();
  const spent = watchSpending(obs, sessionId);
  try {
    const question = typeof task === 'string' ? task : task.question;
    const result = await runAgent(question, { ...options, sessionId, toolbox });
    return {
      ...result,
      ...spent.total,
      correct: typeof task === 'string' ? undefined : isCorrect(task, result.answer),
      durationMs: performance.now() - startedAt,
    };
  } finally {
    spent.stop();
  }
}

interface Spending {
  readonly total: { costUsd: number; inputTokens: number; outputTokens: number };
  stop(): void;
}

/** Adds up what the LLM calls of a session cost, from the records of `obs.observe`. */
function watchSpending(obs: Obs, sessionId: string): Spending {
  const total = { costUsd: 0, inputTokens: 0, outputTokens: 0 };
  const stop = obs.observe((record) => {
    if (record.kind !== 'llm' || record.phase !== 'end' || record.sessionId !== sessionId) return;
    total.costUsd += record.cost?.usd ?? 0;
    total.inputTokens += record.usage?.inputTokens ?? 0;
    total.outputTokens += record.usage?.outputTokens ?? 0;
  });
  return { total, stop };
}
