import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AnswerReader, sanitiseUsage } from './read.ts';

function read(...values: unknown[]): AnswerReader['answer'] {
  const reader = new AnswerReader();
  for (const value of values) reader.read(value);
  return reader.answer;
}

describe('an answer', () => {
  it('of the AI SDK tells usage in the shapes of versions 5 to 7', () => {
    const flat = { inputTokens: 10, outputTokens: 5, totalTokens: 15, reasoningTokens: 2, cachedInputTokens: 3 };
    const detailed = {
      inputTokens: 10,
      outputTokens: 5,
      inputTokenDetails: { noCacheTokens: 6, cacheReadTokens: 3, cacheWriteTokens: 1 },
      outputTokenDetails: { textTokens: 3, reasoningTokens: 2 },
    };
    const nested = {
      inputTokens: { total: 10, noCache: 6, cacheRead: 3, cacheWrite: 1 },
      outputTokens: { total: 5, text: 3, reasoning: 2 },
    };
    const expected = { inputTokens: 10, outputTokens: 5, cacheReadInputTokens: 3, reasoningTokens: 2 };
    expect(read({ usage: flat, finishReason: 'stop', response: { id: 'r', modelId: 'm' } })).toEqual({
      usage: expected,
      finishReasons: ['stop'],
      id: 'r',
      model: 'm',
    });
    expect(read({ usage: detailed }).usage).toEqual({ ...expected, cacheWriteInputTokens: 1 });
    expect(read({ usage: nested, finishReason: { unified: 'stop', raw: 'x' } })).toMatchObject({
      usage: { ...expected, cacheWriteInputTokens: 1 },
      finishReasons: ['stop'],
    });
    expect(read({ usage: flat, totalUsage: { inputTokens: 30, outputTokens: 15 } }).usage).toEqual({
      inputTokens: 30,
      outputTokens: 15,
    });
  });

  it('of the AI SDK in parts sums its steps until the total comes', () => {
    const step = { type: 'finish-step', usage: { inputTokens: 10, outputTokens: 5 }, response: { modelId: 'm' } };
    expect(read({ type: 'text-delta', text: 'a' }, step, step)).toMatchObject({
      usage: { inputTokens: 20, outputTokens: 10 },
      model: 'm',
    });
    const finish = { type: 'finish', totalUsage: { inputTokens: 21, outputTokens: 11 }, finishReason: 'stop' };
    expect(read(step, step, finish)).toMatchObject({ usage: { inputTokens: 21, outputTokens: 11 } });
  });

  it('of Anthropic may repeat all parts in its last delta', () => {
    const start = { type: 'message_start', message: { usage: { input_tokens: 5, output_tokens: 1 } } };
    const delta = {
      type: 'message_delta',
      delta: { stop_reason: 'tool_use' },
      usage: { input_tokens: 5, cache_read_input_tokens: 90, cache_creation_input_tokens: 0, output_tokens: 8 },
    };
    expect(read(start, delta, { type: 'message_stop' }).usage).toEqual({
      inputTokens: 95,
      outputTokens: 8,
      cacheReadInputTokens: 90,
      cacheWriteInputTokens: 0,
    });
    expect(read(start, delta, delta).usage?.inputTokens).toBe(95);
  });

  it('of an OpenAI-compatible router tells what it cost', () => {
    const usage = { prompt_tokens: 3, completion_tokens: 4, cost: 0.25 };
    expect(read({ choices: [], usage }).usage).toEqual({ inputTokens: 3, outputTokens: 4, costUsd: 0.25 });
    expect(read({ usage: { prompt_tokens: 9, completion_tokens: 1, prompt_cache_hit_tokens: 8 } }).usage).toEqual({
      inputTokens: 9,
      outputTokens: 1,
      cacheReadInputTokens: 8,
    });
  });

  it('without usage has none', () => {
    for (const value of [undefined, null, 5, 'text', {}, [], { usage: null }, { usage: { inputTokens: 'many' } }]) {
      expect(read(value).usage).toBeUndefined();
    }
    expect(read({ choices: [{ finish_reason: 'length' }], usage: null })).toEqual({ finishReasons: ['length'] });
  });

  it('of any kind never makes the reader throw or tell impossible counts', () => {
    const keys = fc.constantFrom('usage', 'choices', 'type', 'message', 'response', 'delta', 'object', 'inputTokens');
    const types = fc.constantFrom('message', 'message_start', 'message_delta', 'response.completed', 'finish', -1, 1.5);
    const values = fc.letrec((tie) => ({
      node: fc.oneof(
        { maxDepth: 4 },
        types,
        fc.anything({ maxDepth: 1 }),
        fc.dictionary(keys, tie('node'), { maxKeys: 4 }),
      ),
    })).node;
    fc.assert(
      fc.property(fc.array(values, { maxLength: 4 }), (items) => {
        const { usage } = read(...items);
        for (const count of Object.values(usage ?? {})) expect(count).toBeGreaterThanOrEqual(0);
      }),
      { numRuns: 300 },
    );
  });
});

describe('reported usage', () => {
  it('loses its bad parts only', () => {
    expect(sanitiseUsage({ inputTokens: 3.7, outputTokens: -1, reasoningTokens: Number.POSITIVE_INFINITY })).toEqual({
      inputTokens: 3,
      outputTokens: 0,
    });
    expect(sanitiseUsage({ inputTokens: Number.NaN, outputTokens: Number.NaN })).toBeUndefined();
    expect(sanitiseUsage(undefined as never)).toBeUndefined();
  });
});
