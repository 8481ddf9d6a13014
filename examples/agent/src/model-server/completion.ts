import type { ChatCompletion, ChatCompletionChunk } from 'openai/resources/chat/completions';
import { chance } from './chance.ts';
import type { ChatRequest } from './conversation.ts';
import type { LocalModel } from './models.ts';
import { type Decision, decide, type PlannerOptions } from './planner.ts';
import { measureUsage } from './usage.ts';

/** A finished answer, and how long it takes until its first token. */
export interface Answer {
  readonly completion: ChatCompletion;
  readonly firstTokenMs: number;
}

/** Answers a request; the same request and seed give the same answer, ids included. */
export function answer(request: ChatRequest, model: LocalModel, options: PlannerOptions): Answer {
  const decision = decide(request, options);
  const key = JSON.stringify([request.user, request.messages]);
  const jitter = chance(options.seed, 'pace', key);
  const reasoningTokens = model.reasons ? 64 * (1 + Math.floor(chance(options.seed, 'reasoning', key) * 5)) : 0;
  const usage = measureUsage(request, decision, reasoningTokens);
  const fresh = usage.prompt_tokens - (usage.prompt_tokens_details?.cached_tokens ?? 0);
  return {
    completion: {
      id: `chatcmpl-${idFrom(options.seed, key)}`,
      object: 'chat.completion',
      created: Math.floor(Date.now() / 1000),
      model: model.id,
      choices: [
        {
          index: 0,
          message: messageOf(decision, `${options.seed}${key}`),
          logprobs: null,
          finish_reason: decision.calls.length > 0 ? 'tool_calls' : 'stop',
        },
      ],
      usage,
    },
    firstTokenMs: model.firstTokenMs * (0.7 + 0.8 * jitter) + fresh / 20 + reasoningTokens * model.tokenMs,
  };
}

/** The same answer in the pieces of a stream, one per token of text or arguments. */
export function* chunks(
  { id, created, model, choices, usage }: ChatCompletion,
  withUsage: boolean,
): Generator<ChatCompletionChunk> {
  const choice = choices[0]!;
  const head = { id, object: 'chat.completion.chunk' as const, created, model };
  const piece = (delta: ChatCompletionChunk.Choice.Delta): ChatCompletionChunk => ({
    ...head,
    choices: [{ index: 0, delta, logprobs: null, finish_reason: null }],
  });
  yield piece({ role: 'assistant', content: '' });
  for (const content of tokensOf(choice.message.content ?? '')) yield piece({ content });
  for (const [index, call] of (choice.message.tool_calls ?? []).entries()) {
    if (call.type !== 'function') continue;
    const { name } = call.function;
    yield piece({ tool_calls: [{ index, id: call.id, type: 'function', function: { name, arguments: '' } }] });
    for (const part of tokensOf(call.function.arguments))
      yield piece({ tool_calls: [{ index, function: { arguments: part } }] });
  }
  yield { ...head, choices: [{ index: 0, delta: {}, logprobs: null, finish_reason: choice.finish_reason }] };
  if (withUsage && usage !== undefined) yield { ...head, choices: [], usage };
}

function messageOf(decision: Decision, key: string): ChatCompletion.Choice['message'] {
  const calls = decision.calls.map((call, index) => ({
    id: `call_${idFrom(index, key)}`,
    type: 'function' as const,
    function: { name: call.name, arguments: JSON.stringify(call.arguments) },
  }));
  const message = { role: 'assistant' as const, content: decision.text, refusal: null };
  return calls.length > 0 ? { ...message, tool_calls: calls } : message;
}

function tokensOf(text: string): readonly string[] {
  return text.match(/.{1,4}/gsu) ?? [];
}

function idFrom(...parts: readonly (string | number)[]): string {
  return Math.floor(chance('id', ...parts) * 2 ** 48)
    .toString(36)
    .padStart(10, '0');
}
