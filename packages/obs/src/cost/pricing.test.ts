import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Usage } from '../record.ts';
import { generatedFiles } from './generate.ts';
import { createPricing, estimateCost } from './pricing.ts';

const million: Usage = { inputTokens: 1e6, outputTokens: 0 };

function inputPrice(requested: string, response?: string): number {
  return createPricing(undefined)({ requested, response }, million).usd;
}

test.each(generatedFiles())('$path is what the generator makes of the installed library', ({ path, content }) => {
  expect(readFileSync(new URL(`../../../../${path}`, import.meta.url), 'utf8')).toBe(content);
});

describe('estimates', () => {
  test.each([
    ['gpt-4', 1000, 500, 0.06],
    ['gpt-3.5-turbo', 10_000, 5000, 0.0125],
    ['claude-3-opus', 5000, 2000, 0.225],
    ['claude-3-sonnet', 1e6, 1e6, 18],
    ['nobody-knows', 1000, 500, 0.002],
    ['gpt-4', 0, 0, 0],
  ])('%s with %d and %d tokens costs %d dollars', (model, inputTokens, outputTokens, usd) => {
    expect(Math.abs(estimateCost(model, inputTokens, outputTokens) - usd)).toBeLessThan(1e-12);
  });
});

describe('names', () => {
  test.each([
    ['a date', 'gpt-4-0613', 30],
    ['a long date', 'claude-3-opus-20240229', 15],
    ['a future date', 'gpt-4o-2031-01-01', 2.5],
    ['a provider', 'anthropic/claude-3-opus', 15],
    ['two providers and a tag', 'openrouter/anthropic/claude-3-opus:beta', 15],
    ['a region, a vendor, a date and a version', 'us.anthropic.claude-3-opus-20240229-v1:0', 15],
    ['an at sign', 'claude-3-opus@20240229', 15],
    ['latest', 'claude-3-opus-latest', 15],
    ['other case', 'GPT-4', 30],
  ])('a known model with %s keeps its price', (_, model, usd) => {
    expect(inputPrice(model)).toBeCloseTo(usd, 10);
  });

  test.each(['gpt-4-99k', 'gpt-4x', 'gpt-4-1', 'claude-3-opus-mini', 'nobody-knows', '', 'x'.repeat(1e7)])(
    'a model with another suffix is another model, and unpriced (%#)',
    (model) => {
      expect(createPricing(undefined)({ requested: model }, million)).toEqual({ usd: 0, savedUsd: 0, source: 'none' });
    },
  );

  test('variants have prices of their own', () => {
    expect(inputPrice('gpt-4-32k')).toBeCloseTo(60, 10);
    expect(inputPrice('o1-mini')).not.toBe(inputPrice('o1'));
  });
});

describe('order of sources', () => {
  const pricing = { 'my-model': { input: 7, output: 7 }, 'gpt-4': { input: 1, output: 1 } };

  test('what the provider reports wins over every table', () => {
    const cost = createPricing(pricing)({ requested: 'gpt-4' }, { ...million, costUsd: 0.5 });
    expect(cost).toMatchObject({ usd: 0.5, source: 'reported' });
  });

  test('configured prices win over the library, which wins over the seed', () => {
    const price = createPricing(pricing);
    expect(price({ requested: 'gpt-4-0613' }, million)).toMatchObject({ usd: 1, source: 'config' });
    expect(price({ requested: 'gpt-4o' }, million)).toMatchObject({ usd: 2.5, source: 'library' });
    expect(price({ requested: 'meta-llama/llama-3.1-70b-instruct' }, million).source).toMatch(/library|seed/);
  });

  test('the response model is looked up before the requested one', () => {
    expect(inputPrice('gpt-4', 'gpt-4o-2024-08-06')).toBeCloseTo(2.5, 10);
    expect(inputPrice('gpt-4', 'a-new-deployment')).toBeCloseTo(30, 10);
  });

  test('a configured default prices unknown models only', () => {
    const price = createPricing({ default: { input: 3, output: 3 } });
    expect(price({ requested: 'nobody-knows' }, million)).toMatchObject({ usd: 3, source: 'default' });
    expect(price({ requested: 'gpt-4' }, million)).toMatchObject({ source: 'library' });
  });
});

describe('disjoint parts', () => {
  const price = createPricing({ m: { input: 10, output: 100, cache_read: 1, cache_write: 12 } });
  const usage = { inputTokens: 1e6, outputTokens: 0 };

  test('cached input is not charged twice', () => {
    const cost = price({ requested: 'm' }, { ...usage, cacheReadInputTokens: 5e5, cacheWriteInputTokens: 2e5 });
    expect(cost.usd).toBeCloseTo(3 + 0.5 + 2.4, 10);
    expect(cost.savedUsd).toBeCloseTo(4.5, 10);
  });

  test('parts larger than the total are clamped to it', () => {
    const cost = price({ requested: 'm' }, { ...usage, cacheReadInputTokens: 3e6, cacheWriteInputTokens: 3e6 });
    expect(cost.usd).toBeCloseTo(1, 10);
  });

  test('without a cache price cached input costs as fresh and saves nothing', () => {
    const plain = createPricing({ m: { input: 10, output: 100 } });
    expect(plain({ requested: 'm' }, { ...usage, cacheReadInputTokens: 5e5 })).toMatchObject({ usd: 10, savedUsd: 0 });
  });

  test('a long request pays the price of its tier for all of its tokens', () => {
    const library = createPricing(undefined);
    const cost = (inputTokens: number): number =>
      library({ requested: 'gemini-2.5-pro' }, { inputTokens, outputTokens: 0 }).usd;
    expect(cost(200_000)).toBeCloseTo(0.25, 10);
    expect(cost(300_000)).toBeCloseTo(0.75, 10);
  });
});

test('no input makes it throw or answer with anything but finite, non-negative dollars', () => {
  const price = createPricing({ m: { input: Number.NaN, output: -1 }, n: { input: 1, output: 1 } });
  const odd = ['gpt-4', 'n', -1, 1e308, Number.NaN, 10n, Symbol('s'), null, undefined];
  const anything = fc.oneof(fc.anything(), fc.double(), fc.constantFrom(...odd));
  fc.assert(
    fc.property(anything, anything, anything, anything, anything, (model, response, a, b, costUsd) => {
      const usage = { inputTokens: a, outputTokens: b, cacheReadInputTokens: b, cacheWriteInputTokens: a, costUsd };
      const cost = price({ requested: model as string, response: response as string }, usage as unknown as Usage);
      expect(Number.isFinite(cost.usd) && cost.usd >= 0 && Number.isFinite(cost.savedUsd)).toBe(true);
      expect(price(model as never, response as never).usd).toBeGreaterThanOrEqual(0);
      expect(estimateCost(model as string, a as number, b as number)).toBeGreaterThanOrEqual(0);
    }),
  );
});
