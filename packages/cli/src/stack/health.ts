import { setTimeout as sleep } from 'node:timers/promises';
import type { Env } from './project.ts';
import type { Page } from './services.ts';
import { runTool } from './tool.ts';

export interface ServiceState extends Page {
  /** What the engine says of its container; `absent` when there is none. */
  readonly container: string;
  readonly state: 'absent' | 'starting' | 'healthy' | 'unhealthy' | 'exited';
}

/** What each service of the stack is doing, by the engine and, where it has no health check, by its health address. */
export async function serviceStates(
  all: readonly Page[],
  env: Env,
  signal: AbortSignal,
): Promise<readonly ServiceState[]> {
  return await Promise.all(
    all.map(async (page) => {
      const format = '{{.State.Status}} {{if .State.Health}}{{.State.Health.Status}}{{else}}none{{end}}';
      const { code, stdout } = await runTool('docker', ['inspect', '--format', format, page.container], {
        env,
        signal,
      });
      const [status, health] = stdout.trim().split(' ');
      return { ...page, state: code === 0 ? await stateOf(status, health, page, signal) : 'absent' };
    }),
  );
}

async function stateOf(
  status = '',
  health = '',
  { healthUrl }: Page,
  signal: AbortSignal,
): Promise<ServiceState['state']> {
  if (status === 'restarting') return 'unhealthy';
  if (status !== 'running') return status === 'created' ? 'starting' : 'exited';
  if (health === 'healthy' || health === 'unhealthy' || health === 'starting') return health;
  return (await answers(healthUrl, signal)) ? 'healthy' : 'starting';
}

/** Whether an address answers with success within 2 s. */
async function answers(url: string, signal: AbortSignal): Promise<boolean> {
  try {
    return (await fetch(url, { signal: AbortSignal.any([signal, AbortSignal.timeout(2000)]) })).ok;
  } catch {
    return false;
  }
}

export interface WaitOptions {
  readonly pages: readonly Page[];
  readonly env: Env;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  /** Gets the states after each look. */
  readonly progress: (states: readonly ServiceState[], elapsedMs: number) => void;
}

/** Waits until all are healthy, or the time is up, or one has ended. Returns the last states. */
export async function waitForHealth({
  pages,
  env,
  timeoutMs,
  signal,
  progress,
}: WaitOptions): Promise<readonly ServiceState[]> {
  const began = performance.now();
  for (;;) {
    const states = await serviceStates(pages, env, signal);
    const elapsed = performance.now() - began;
    progress(states, elapsed);
    const done =
      states.every(({ state }) => state === 'healthy') ||
      states.some(({ state }) => state === 'exited' || state === 'absent');
    if (done || elapsed > timeoutMs || signal.aborted) return states;
    await sleep(500, undefined, { signal });
  }
}
