import { CommandError, columns } from '@alex/service';
import { dollars, elapsed, tokens } from '../format.ts';

/** A session as the route `/sessions` of an agent gives it. */
export interface Session {
  readonly sessionId: string;
  readonly agent?: string;
  readonly status: string;
  readonly durationMs: number;
  readonly iteration: number;
  readonly currentTool?: string;
  readonly currentModel?: string;
  readonly llmRequests: number;
  readonly toolExecutions: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly costUsd: number;
  readonly errors: number;
}

export interface Sessions {
  readonly active: readonly Session[];
  readonly finished: readonly Session[];
}

/** Reads the sessions of an agent from its endpoint. Throws CommandError when none answers. */
export async function readSessions(
  metricsUrl: string,
  token: string | undefined,
  signal: AbortSignal,
): Promise<Sessions> {
  const url = new URL('/sessions', metricsUrl).href;
  let response: Response;
  try {
    response = await fetch(url, {
      headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
      signal: AbortSignal.any([signal, AbortSignal.timeout(5000)]),
    });
  } catch (error) {
    if (signal.aborted) throw error;
    throw new CommandError(`${url} cannot be read: no agent answers there`, { cause: error });
  }
  if (response.status === 401) throw new CommandError(`${url} answers 401 (does it need --token?)`);
  if (!response.ok) throw new CommandError(`${url} answers ${response.status}: is that an agent with @alex/obs?`);
  const body = (await response.json()) as Partial<Sessions>;
  if (!Array.isArray(body.active) || !Array.isArray(body.finished)) throw new CommandError(`${url} gives no sessions`);
  return { active: body.active, finished: body.finished };
}

const head = ['SESSION', 'AGENT', 'NOW', 'STEP', 'TIME', 'LLM', 'TOOLS', 'IN', 'OUT', 'COST', 'ERRORS'];

/** The table of `top`: active sessions, the dearest first, then as many finished ones as asked for. */
export function table({ active, finished }: Sessions, maximumFinished: number): string[] {
  const rows = [...[...active].sort((a, b) => b.costUsd - a.costUsd), ...finished.slice(0, maximumFinished)];
  const total = [...active, ...finished].reduce((sum, { costUsd }) => sum + costUsd, 0);
  const summary = `${active.length} active, ${finished.length} finished lately, ${dollars(total)}`;
  return [summary, '', ...columns([head, ...rows.map(cells)], 3)];
}

function cells(one: Session): string[] {
  const now = one.status === 'active' ? (one.currentTool ?? one.currentModel ?? 'between steps') : one.status;
  return [
    one.sessionId.slice(0, 24),
    (one.agent ?? '').slice(0, 16),
    now.slice(0, 24),
    String(one.iteration),
    elapsed(one.durationMs),
    String(one.llmRequests),
    String(one.toolExecutions),
    tokens(one.inputTokens),
    tokens(one.outputTokens),
    dollars(one.costUsd),
    String(one.errors),
  ];
}
