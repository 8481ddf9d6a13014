import { isObject, type Shape } from '../../context/guard.ts';
import { type Answer, child, count, text, usageOf } from './answer.ts';

const streamEvents = new Set([
  'message_start',
  'message_delta',
  'message_stop',
  'content_block_start',
  'content_block_delta',
  'content_block_stop',
  'ping',
]);

/** Anthropic messages and their stream events: `message_start` opens the usage, `message_delta` completes it. */
export function readAnthropic(value: Shape, answer: Answer): boolean {
  const { type } = value;
  if (type === 'message') return readMessage(value, answer);
  if (typeof type !== 'string' || !streamEvents.has(type)) return false;
  if (type === 'message_start') {
    readMessage(child(value, 'message'), answer);
    answer.usagePartial = answer.usage !== undefined;
  } else if (type === 'message_delta') {
    readStopReason(child(value, 'delta'), answer);
    readUsage(child(value, 'usage'), answer);
    answer.usagePartial = false;
  }
  return true;
}

function readMessage(message: Shape, answer: Answer): boolean {
  answer.id ??= text(message['id']);
  answer.model ??= text(message['model']);
  readStopReason(message, answer);
  if (isObject(message['usage'])) readUsage(message['usage'], answer);
  return true;
}

function readStopReason(source: Shape, answer: Answer): void {
  const reason = text(source['stop_reason']);
  if (reason !== undefined) answer.finishReasons = [reason];
}

/** `input_tokens` excludes what came from or went into the cache, so the total is the sum; a delta repeats only some parts. */
function readUsage(usage: Shape, answer: Answer): void {
  const known = answer.usage;
  const knownFresh =
    known && known.inputTokens - (known.cacheReadInputTokens ?? 0) - (known.cacheWriteInputTokens ?? 0);
  const cacheRead = count(usage['cache_read_input_tokens']) ?? known?.cacheReadInputTokens;
  const cacheWrite = count(usage['cache_creation_input_tokens']) ?? known?.cacheWriteInputTokens;
  const fresh = count(usage['input_tokens']) ?? knownFresh;
  answer.usage =
    usageOf({
      inputTokens: fresh === undefined ? undefined : fresh + (cacheRead ?? 0) + (cacheWrite ?? 0),
      outputTokens: count(usage['output_tokens']) ?? known?.outputTokens,
      cacheReadInputTokens: cacheRead,
      cacheWriteInputTokens: cacheWrite,
      reasoningTokens: count(child(usage, 'output_tokens_details')['thinking_tokens']) ?? known?.reasoningTokens,
      costUsd: undefined,
    }) ?? known;
}
