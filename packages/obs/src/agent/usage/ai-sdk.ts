import { isObject, type Shape } from '../../context/guard.ts';
import { type Answer, addUsage, child, count, text, usageOf } from './answer.ts';

/**
 * Results and stream parts of Vercel's AI SDK, versions 5 to 7, and of its language models. `totalUsage` spans all
 * steps, `usage` is that of the last one; a stream sums its `finish-step` parts until `finish` tells the total.
 */
export function readAiSdk(value: Shape, answer: Answer): boolean {
  const { type } = value;
  if (typeof type === 'string') return readPart(type, value, answer);
  const total = isObject(value['totalUsage']) ? value['totalUsage'] : value['usage'];
  if (!isObject(total) || !isUsage(total)) return false;
  answer.usage = readUsage(total) ?? answer.usage;
  readResponse(child(value, 'response'), answer);
  readFinish(value, answer);
  return true;
}

function readPart(type: string, part: Shape, answer: Answer): boolean {
  if (type === 'finish') {
    const usage = isObject(part['totalUsage']) ? part['totalUsage'] : part['usage'];
    if (!isObject(usage)) return false;
    answer.usage = readUsage(usage) ?? answer.usage;
    answer.usagePartial = false;
    readFinish(part, answer);
    return true;
  }
  if (type === 'finish-step') {
    const usage = readUsage(child(part, 'usage'));
    if (usage !== undefined) answer.usage = addUsage(answer.usage, usage);
    readResponse(child(part, 'response'), answer);
    readFinish(part, answer);
    return true;
  }
  if (type === 'response-metadata') readResponse(part, answer);
  return type === 'response-metadata' || type === 'text-delta';
}

function readResponse(response: Shape, answer: Answer): void {
  answer.id = text(response['id']) ?? answer.id;
  answer.model = text(response['modelId']) ?? answer.model;
}

function readFinish(value: Shape, answer: Answer): void {
  const { finishReason } = value;
  const reason = text(isObject(finishReason) ? finishReason['unified'] : finishReason);
  if (reason !== undefined) answer.finishReasons = [reason];
}

function isUsage(usage: Shape): boolean {
  return 'inputTokens' in usage || 'outputTokens' in usage;
}

/** Flat counts with details beside them (results), or an object for each side (language models since version 6). */
function readUsage(usage: Shape): Answer['usage'] {
  const input = child(usage, 'inputTokens');
  const output = child(usage, 'outputTokens');
  const inputDetails = child(usage, 'inputTokenDetails');
  const outputDetails = child(usage, 'outputTokenDetails');
  return usageOf({
    inputTokens: count(usage['inputTokens']) ?? count(input['total']),
    outputTokens: count(usage['outputTokens']) ?? count(output['total']),
    cacheReadInputTokens:
      count(inputDetails['cacheReadTokens']) ?? count(input['cacheRead']) ?? count(usage['cachedInputTokens']),
    cacheWriteInputTokens: count(inputDetails['cacheWriteTokens']) ?? count(input['cacheWrite']),
    reasoningTokens:
      count(outputDetails['reasoningTokens']) ?? count(output['reasoning']) ?? count(usage['reasoningTokens']),
    costUsd: undefined,
  });
}
