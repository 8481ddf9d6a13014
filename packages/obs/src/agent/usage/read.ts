import { isObject } from '../../context/guard.ts';
import type { Usage } from '../../record.ts';
import { readAiSdk } from './ai-sdk.ts';
import { type Answer, amount, count, type ReadAnswer, usageOf } from './answer.ts';
import { readAnthropic } from './anthropic.ts';
import { readOpenAIChat } from './openai-chat.ts';
import { readOpenAIResponses } from './openai-responses.ts';

const readers: readonly ReadAnswer[] = [readOpenAIChat, readOpenAIResponses, readAnthropic, readAiSdk];

/** Reads an answer, whole or piece by piece, whatever known shape it has. Never throws. */
export class AnswerReader {
  readonly answer: Answer = {};
  #reader: ReadAnswer | undefined;

  read(value: unknown): void {
    try {
      if (!isObject(value)) return;
      if (this.#reader?.(value, this.answer) === true) return;
      this.#reader = readers.find((reader) => reader(value, this.answer)) ?? this.#reader;
    } catch {
      // A hostile answer has no readable usage.
    }
  }
}

/** What `call.usage()` was given: whole counts; bad parts are left out. `undefined` when nothing is usable. */
export function sanitiseUsage(usage: Usage): Usage | undefined {
  if (!isObject(usage)) return undefined;
  return usageOf({
    inputTokens: count(usage.inputTokens),
    outputTokens: count(usage.outputTokens),
    cacheReadInputTokens: count(usage.cacheReadInputTokens),
    cacheWriteInputTokens: count(usage.cacheWriteInputTokens),
    reasoningTokens: count(usage.reasoningTokens),
    costUsd: amount(usage.costUsd),
  });
}
