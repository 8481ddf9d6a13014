import { createObs, type Obs } from '@alex/obs';
import { type Command, type CommandIo, defineCommand, UsageError } from '@alex/service';
import type { OpenAI } from 'openai';
import { createClient } from '../client.ts';
import type { ModelBehaviour } from '../model-server/app.ts';
import { startModelServer } from '../model-server/server.ts';
import { runTask, type TaskOutcome } from '../run-task.ts';
import { collectSessionEvents, type SessionEvents } from '../session-events.ts';
import { startStatusServer } from '../status-server.ts';
import { tasks } from '../tasks.ts';
import { workspacePath } from '../workspace.ts';
import { behaviourOptions } from './model-server.ts';

const taskIds: readonly string[] = tasks.map(({ id }) => id);

/** Lets the agent answer one question; prints the answer on stdout and what it cost on stderr. */
export const agentCommand: Command = defineCommand({
  name: 'agent',
  summary: 'Answers a question about files, step by step, observed by @alex/obs.',
  description:
    'Without OPENAI_API_KEY and OPENAI_BASE_URL it starts a local model server and asks that one. Log lines go to stderr. Exit code 1: no answer, or one that is known to be wrong.',
  examples: [
    'agent "How much did we pay Quarry Analytics in October 2026?"',
    'agent --task incident-duration --speed 10',
    'OPENAI_API_KEY=sk-... agent --model gpt-4o --root . "What does the deployment need?"',
  ],
  arguments: [{ name: 'question', description: 'What you want to know.', variadic: true, optional: true }],
  options: {
    task: { type: 'choice', values: taskIds, description: 'A question whose answer is known.' },
    model: { type: 'string', default: 'gpt-4o-mini', description: 'The model to ask.' },
    root: { type: 'string', default: workspacePath, valueName: 'folder', description: 'What the agent may read.' },
    allowOrigin: { type: 'list', valueName: 'origin', description: 'What http_get may ask beside the gateway.' },
    baseUrl: { type: 'string', env: 'OPENAI_BASE_URL', description: 'Base URL of an OpenAI-compatible API.' },
    apiKey: { type: 'string', secret: true, flag: false, env: 'OPENAI_API_KEY', description: 'Its key.' },
    events: {
      type: 'string',
      valueName: 'url',
      description: 'AllSource event store that gets the events of the session.',
    },
    keep: { type: 'boolean', description: 'Keep the metrics endpoint open afterwards, until Ctrl-C.' },
    ...behaviourOptions,
  },
  untilInterrupted: true,
  async run({ arguments: { question }, options, io, signal, print, note }) {
    const task = tasks.find(({ id }) => id === options.task) ?? question.join(' ');
    if (task === '') throw new UsageError('no question', `Ask one, or choose a task: ${taskIds.join(', ')}`);
    const { model, root, allowOrigin: allowedOrigins } = options;
    const obs = observability(io);
    const status = await startStatusServer();
    const provider = await connect(options);
    try {
      const { metricsUrl } = await obs.start();
      note(`Asking ${model} at ${provider.name}.${metricsUrl === undefined ? '' : ` Metrics: ${metricsUrl}`}`);
      const events = collectSessionEvents(obs);
      const onText = sayThoughts(obs, note);
      const { client } = provider;
      const outcome = await runTask({
        obs,
        client,
        task,
        model,
        root,
        allowedOrigins,
        signal,
        onText,
        statusUrl: status.url,
      });
      print(outcome.answer);
      note(summary(outcome));
      if (options.events !== undefined) note(await sendEvents(events, options.events));
      if (options.keep && !signal.aborted) await untilAborted(signal);
      return outcome.correct === false ? 1 : 0;
    } finally {
      await Promise.all([provider.close(), status.close(), obs.shutdown()]);
    }
  },
});

/** What became of the events: a store that is not there does not spoil an answer. */
async function sendEvents(events: SessionEvents, url: string): Promise<string> {
  try {
    return `${await events.send(url)} events are stored at ${url}`;
  } catch (error) {
    return `The events were not stored: ${(error as Error).message}`;
  }
}

interface Provider {
  readonly client: OpenAI;
  /** Where the model is, for people. */
  readonly name: string;
  close(): Promise<unknown>;
}

interface ProviderOptions extends ModelBehaviour {
  readonly baseUrl?: string | undefined;
  readonly apiKey?: string | undefined;
}

/** The provider that the options name, or a local model server that ends with the run. */
async function connect({ baseUrl, apiKey, ...options }: ProviderOptions): Promise<Provider> {
  if (baseUrl !== undefined || apiKey !== undefined) {
    const client = createClient({ baseUrl, apiKey: apiKey ?? 'none' });
    return { client, name: baseUrl ?? 'api.openai.com', close: async () => undefined };
  }
  const { seed, failureRate, slipRate, speed } = options;
  const { url, close } = await startModelServer({ seed, failureRate, slipRate, speed });
  const client = createClient({ baseUrl: `${url}/v1`, apiKey: 'local' });
  return { client, name: `the local model server, ${url}`, close };
}

/** As `import { obs } from '@alex/obs'`, but with log lines on stderr: stdout is for the answer. */
function observability({ env }: CommandIo): Obs {
  const output = env['ALEX_LOG_OUTPUT'] ?? 'stderr';
  return createObs({ env, registerGlobals: true, config: { logging: { output } } });
}

/** Says what the model thinks, once it acts on it: in whole lines, because log lines go to the same place. */
function sayThoughts(obs: Obs, note: (line: string) => void): (text: string) => void {
  let thought = '';
  obs.observe((record) => {
    if (record.kind !== 'tool' || record.phase !== 'start' || thought === '') return;
    note(`> ${thought}`);
    thought = '';
  });
  return (text) => void (thought += text);
}

function summary(outcome: TaskOutcome): string {
  const { steps, durationMs, inputTokens, outputTokens, costUsd, sessionId, correct } = outcome;
  const verdict = correct === undefined ? '' : correct ? 'Correct. ' : 'Wrong. ';
  const tokens = `${inputTokens.toLocaleString('en-US')} tokens in, ${outputTokens.toLocaleString('en-US')} out`;
  return `${verdict}${steps} steps, ${(durationMs / 1000).toFixed(1)} s, ${tokens}, $${costUsd.toFixed(6)}. Session ${sessionId}`;
}

function untilAborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}
