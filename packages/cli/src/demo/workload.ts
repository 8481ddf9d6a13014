import { createClient, models, runTask, startModelServer, startStatusServer, tasks } from '@alex/example-agent';
import type { Obs } from '@alex/obs';
import { systemClock } from '@alex/service';

export interface WorkloadOptions {
  readonly obs: Obs;
  /** Sessions at the same time. */
  readonly sessions: number;
  /** Sessions that each of them runs one after the other; `undefined`: until the signal aborts. */
  readonly rounds: number | undefined;
  readonly seed: number;
  /** How many times faster than real models. */
  readonly speed: number;
  readonly signal: AbortSignal;
}

/** Between two sessions of an endless demo, milliseconds. */
const pauseMs = 2500;

/**
 * Lets example agents solve tasks against the local model server, several at once, and resolves when all are done or
 * the signal aborts. Sessions that fail are part of it. The same seed gives the same conversations.
 */
export async function runWorkload(options: WorkloadOptions): Promise<void> {
  const { seed, speed, signal } = options;
  const model = await startModelServer({ seed, speed });
  const status = await startStatusServer({ failEvery: 5 });
  try {
    const worker = (index: number): Promise<void> =>
      runWorker(index, options, { model: model.url, status: status.url });
    await Promise.all(Array.from({ length: options.sessions }, (_, index) => worker(index)));
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    await Promise.all([model.close(), status.close()]);
  }
}

async function runWorker(
  index: number,
  { obs, sessions, rounds, seed, speed, signal }: WorkloadOptions,
  urls: { readonly model: string; readonly status: string },
): Promise<void> {
  const client = createClient({ baseUrl: `${urls.model}/v1`, apiKey: 'local' });
  // They do not begin in step.
  await systemClock.sleep((index * 350) / speed, signal);
  for (let round = 0; rounds === undefined || round < rounds; round++) {
    const number = round * sessions + index;
    const task = tasks[(seed + number) % tasks.length]!;
    const { id } = models[(seed + number) % models.length]!;
    const sessionId = `${task.id}-${number + 1}`;
    try {
      await runTask({ obs, client, task, model: id, sessionId, statusUrl: urls.status, signal });
    } catch (error) {
      signal.throwIfAborted();
      obs.logger.warn({ error, session: sessionId }, 'A session failed');
    }
    if (rounds === undefined) await systemClock.sleep(pauseMs / speed, signal);
  }
}
