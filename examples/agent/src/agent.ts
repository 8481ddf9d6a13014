import { randomUUID } from 'node:crypto';
import type { Obs } from '@alex/obs';
import type { OpenAI } from 'openai';
import type {
  ChatCompletionChunk,
  ChatCompletionMessageFunctionToolCall,
  ChatCompletionMessageParam,
} from 'openai/resources/chat/completions';
import { patiently } from './patience.ts';
import type { Toolbox, ToolResult } from './tools.ts';

export interface AgentOptions {
  readonly obs: Obs;
  readonly client: OpenAI;
  readonly toolbox: Toolbox;
  /** Default `gpt-4o-mini`. */
  readonly model?: string;
  /** Turns of the model before the agent gives up. Default 12. */
  readonly maxSteps?: number;
  /** How often a request is sent again that met a busy or broken model. Default 3. */
  readonly maxRetries?: number;
  /** Default: a new id. */
  readonly sessionId?: string;
  readonly signal?: AbortSignal;
  /** The model's words as they arrive. */
  readonly onText?: (text: string) => void;
}

export interface AgentAnswer {
  readonly answer: string;
  readonly sessionId: string;
  /** Turns of the model, the answer included. */
  readonly steps: number;
}

/** A turn of the model, put together from its stream. */
interface Reply {
  readonly text: string;
  readonly calls: readonly ChatCompletionMessageFunctionToolCall[];
}

interface Run extends AgentOptions {
  readonly model: string;
  readonly sessionId: string;
  /** The conversation so far; grows with every step. */
  readonly messages: ChatCompletionMessageParam[];
}

const instructions = `You answer questions about the files of a workspace, with the tools you are given.
Work step by step: say in one sentence what you do next, then call the tools you need. Ask for several at once when they
do not depend on one another. Never guess: read the files, and use calculate for every calculation. When a tool fails,
read its error and try another way. When you know the answer, give it in one or two sentences with its exact figures.`;

/**
 * Answers a question by reasoning and acting in turns until the model calls no tool any more. Rejects when the model
 * cannot be reached, when the steps run out and when the signal is aborted.
 */
export async function runAgent(question: string, options: AgentOptions): Promise<AgentAnswer> {
  const { obs, maxSteps = 12, model = 'gpt-4o-mini', sessionId = randomUUID() } = options;
  const messages: ChatCompletionMessageParam[] = [
    { role: 'system', content: instructions },
    { role: 'user', content: question },
  ];
  const run: Run = { ...options, model, sessionId, messages };

  return await obs.solveTask({ sessionId, agent: 'researcher' }, async (task) => {
    for (let n = 1; n <= maxSteps; n++) {
      const reply = await obs.iteration(n, () => step(run));
      if (reply.calls.length === 0) {
        task.logger.info({ steps: n }, 'Task solved');
        return { answer: reply.text, sessionId, steps: n };
      }
    }
    throw new Error(`no answer after ${maxSteps} steps`);
  });
}

/** One iteration: the model thinks and asks for tools, the tools run side by side, their results join the conversation. */
async function step(run: Run): Promise<Reply> {
  run.signal?.throwIfAborted();
  const reply = await patiently((retries) => think(run, retries), {
    maxRetries: run.maxRetries ?? 3,
    signal: run.signal,
    onRetry: ({ error, waitMs }) => run.obs.logger.warn({ status: error.status, wait_ms: waitMs }, 'Asking again'),
  });
  run.messages.push({
    role: 'assistant',
    content: reply.text,
    ...(reply.calls.length > 0 && { tool_calls: [...reply.calls] }),
  });
  const results = await Promise.all(reply.calls.map((call) => act(run, call)));
  for (const [index, call] of reply.calls.entries()) {
    run.messages.push({ role: 'tool', tool_call_id: call.id, content: describe(results[index]!) });
  }
  return reply;
}

/**
 * Asks the model and reads its answer as it streams. `obs.generate` takes usage, cost and latency from the stream. Each
 * attempt is a call of its own: retries inside of the client would hide what failed.
 */
async function think({ obs, client, model, messages, toolbox, ...run }: Run, retries: number): Promise<Reply> {
  const stream = await obs.generate({ provider: 'openai', model, input: messages }, () =>
    client.chat.completions.create(
      {
        model,
        messages,
        tools: toolbox.definitions,
        user: run.sessionId,
        stream: true,
        stream_options: { include_usage: true },
      },
      { signal: run.signal, maxRetries: 0, headers: { 'x-stainless-retry-count': String(retries) } },
    ),
  );
  let text = '';
  let finished = false;
  const calls: ChatCompletionMessageFunctionToolCall[] = [];
  for await (const chunk of stream) {
    const { delta, finish_reason } = chunk.choices[0] ?? {};
    finished ||= finish_reason != null;
    if (delta?.content) {
      text += delta.content;
      run.onText?.(delta.content);
    }
    for (const piece of delta?.tool_calls ?? []) addPiece(calls, piece);
  }
  run.signal?.throwIfAborted();
  if (!finished) throw new Error('the model stopped in the middle of its answer');
  return { text, calls };
}

/** Runs a tool. Its error is a result like any other: the model reads it and tries something else. */
function act({ obs, toolbox, signal }: Run, call: ChatCompletionMessageFunctionToolCall): Promise<ToolResult> {
  const { name, arguments: json } = call.function;
  return obs.executeTool({ name, callId: call.id, arguments: json }, () => toolbox.run(name, json, signal));
}

/** Tool calls arrive in pieces: first the id and the name, then the arguments, a few characters at a time. */
function addPiece(
  calls: ChatCompletionMessageFunctionToolCall[],
  piece: ChatCompletionChunk.Choice.Delta.ToolCall,
): void {
  const call = (calls[piece.index] ??= { id: '', type: 'function', function: { name: '', arguments: '' } });
  call.id ||= piece.id ?? '';
  call.function.name += piece.function?.name ?? '';
  call.function.arguments += piece.function?.arguments ?? '';
}

function describe(result: ToolResult): string {
  return 'error' in result ? `Error: ${result.error}` : result.output;
}
