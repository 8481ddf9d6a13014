import { isObject, type Shape } from '../../context/guard.ts';
import { type Answer, amount, child, count, text, usageOf } from './answer.ts';

/**
 * OpenAI chat completions, their stream chunks (usage comes with the last one when `stream_options.include_usage` is
 * set) and what is compatible with them. `prompt_tokens` includes cached tokens.
 */
export function readOpenAIChat(value: Shape, answer: Answer): boolean {
  const { choices, usage } = value;
  const hasUsage = isObject(usage) && 'prompt_tokens' in usage;
  if (!Array.isArray(choices) && !hasUsage) return false;
  answer.id ??= text(value['id']);
  answer.model ??= text(value['model']);
  const reason = finishReason(choices);
  if (reason !== undefined) answer.finishReasons = reason;
  if (hasUsage) answer.usage = readUsage(usage) ?? answer.usage;
  return true;
}

function finishReason(choices: unknown): string[] | undefined {
  if (!Array.isArray(choices)) return undefined;
  let reasons: string[] | undefined;
  for (const choice of choices.slice(0, 16)) {
    const reason = isObject(choice) ? text(choice['finish_reason']) : undefined;
    if (reason !== undefined) (reasons ??= []).push(reason);
  }
  return reasons;
}

function readUsage(usage: Shape): Answer['usage'] {
  const input = child(usage, 'prompt_tokens_details');
  return usageOf({
    inputTokens: count(usage['prompt_tokens']),
    outputTokens: count(usage['completion_tokens']),
    cacheReadInputTokens: count(input['cached_tokens'] ?? usage['prompt_cache_hit_tokens']),
    cacheWriteInputTokens: count(input['cache_write_tokens']),
    reasoningTokens: count(child(usage, 'completion_tokens_details')['reasoning_tokens']),
    costUsd: amount(usage['cost']),
  });
}
