import type { CompletionUsage } from 'openai/resources/completions';
import { type ChatRequest, textOf } from './conversation.ts';
import type { Decision } from './planner.ts';

/** Estimates tokens: four characters each, rounded up. */
function countTokens(text: string): number {
  return Math.ceil(text.length / 4);
}

/**
 * The usage of an answer, counted over the real messages. As at OpenAI, what an earlier request of the conversation has
 * sent already is read from the cache: in blocks of 128 tokens, from 1024 on.
 */
export function measureUsage(request: ChatRequest, decision: Decision, reasoningTokens: number): CompletionUsage {
  const repeated = request.messages.findLastIndex((message) => message.role === 'assistant');
  const prefix = promptTokens({ ...request, messages: request.messages.slice(0, Math.max(repeated, 0)) });
  const cached = repeated < 0 || prefix < 1024 ? 0 : Math.floor(prefix / 128) * 128;
  const calls = decision.calls.map((call) => 8 + countTokens(call.name + JSON.stringify(call.arguments)));
  const completion = countTokens(decision.text) + calls.reduce((sum, tokens) => sum + tokens, 0) + reasoningTokens;
  const prompt = promptTokens(request);
  return {
    prompt_tokens: prompt,
    completion_tokens: completion,
    total_tokens: prompt + completion,
    prompt_tokens_details: { cached_tokens: cached, audio_tokens: 0 },
    completion_tokens_details: {
      reasoning_tokens: reasoningTokens,
      audio_tokens: 0,
      accepted_prediction_tokens: 0,
      rejected_prediction_tokens: 0,
    },
  };
}

function promptTokens({ messages, tools }: ChatRequest): number {
  const definitions = tools === undefined ? 0 : countTokens(JSON.stringify(tools));
  return messages.reduce((sum, message) => {
    const calls = message.role === 'assistant' && message.tool_calls ? JSON.stringify(message.tool_calls) : '';
    return sum + 4 + countTokens(textOf(message.content) + calls);
  }, definitions + 3);
}
