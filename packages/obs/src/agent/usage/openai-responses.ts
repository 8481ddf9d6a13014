import { isObject, type Shape } from '../../context/guard.ts';
import { type Answer, child, count, text, usageOf } from './answer.ts';

/** OpenAI's responses API and its stream events: `response.completed`, `.incomplete` and `.failed` carry the usage. */
export function readOpenAIResponses(value: Shape, answer: Answer): boolean {
  if (value['object'] === 'response') return readResponse(value, answer);
  const { type } = value;
  if (typeof type !== 'string' || !type.startsWith('response.')) return false;
  const { response } = value;
  if (isObject(response)) readResponse(response, answer);
  return true;
}

function readResponse(response: Shape, answer: Answer): boolean {
  answer.id ??= text(response['id']);
  answer.model = text(response['model']) ?? answer.model;
  const { status } = response;
  if (status === 'completed' || status === 'failed' || status === 'incomplete') {
    answer.finishReasons = [text(child(response, 'incomplete_details')['reason']) ?? status];
  }
  const { usage } = response;
  if (isObject(usage)) answer.usage = readUsage(usage) ?? answer.usage;
  return true;
}

function readUsage(usage: Shape): Answer['usage'] {
  const input = child(usage, 'input_tokens_details');
  return usageOf({
    inputTokens: count(usage['input_tokens']),
    outputTokens: count(usage['output_tokens']),
    cacheReadInputTokens: count(input['cached_tokens']),
    cacheWriteInputTokens: count(input['cache_write_tokens']),
    reasoningTokens: count(child(usage, 'output_tokens_details')['reasoning_tokens']),
    costUsd: undefined,
  });
}
