import type { Price } from './price.ts';

/** Prices of ALEX's founding document and its second list, for models that the library does not know. */
export const seedPrices: Readonly<Record<string, Price>> = {
  'gpt-4': { input: 30, output: 60 },
  'gpt-3.5-turbo': { input: 0.5, output: 1.5 },
  'claude-3-opus': { input: 15, output: 75 },
  'claude-3-sonnet': { input: 3, output: 15 },
  'gpt-4-turbo': { input: 10, output: 30 },
  'gpt-4o': { input: 5, output: 15 },
  'gpt-4o-mini': { input: 0.15, output: 0.6 },
  'deepseek-chat': { input: 0.14, output: 0.28 },
  'deepseek-reasoner': { input: 0.55, output: 2.19 },
  'anthropic/claude-3-5-sonnet': { input: 3, output: 15 },
  'anthropic/claude-3-opus': { input: 15, output: 75 },
  'meta-llama/llama-3.1-70b-instruct': { input: 0.5, output: 0.8 },
};

/** What an estimate assumes of a model that nobody knows. Never used for what is recorded. */
export const assumedPrice: Price = { input: 1, output: 2 };
