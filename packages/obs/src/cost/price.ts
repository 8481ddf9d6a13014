import type { Usage } from '../record.ts';

/** US dollars per million tokens; a cache price that is absent is the fresh input price. */
export interface Price {
  readonly input: number;
  readonly output: number;
  readonly cacheRead?: number | undefined;
  readonly cacheWrite?: number | undefined;
  /** Prices of the whole request once its input is longer than `start` tokens, by ascending `start`. */
  readonly tiers?: readonly ({ readonly start: number } & Omit<Price, 'tiers'>)[] | undefined;
}

const perMillion: number = 1e-6;

function tokens(value: unknown): number {
  return typeof value === 'number' && value > 0 && value <= Number.MAX_SAFE_INTEGER ? value : 0;
}

function tierOf(price: Price, inputTokens: number): Omit<Price, 'tiers'> {
  if (price.tiers === undefined) return price;
  let found: Omit<Price, 'tiers'> = price;
  for (const tier of price.tiers) if (inputTokens > tier.start) found = tier;
  return found;
}

/**
 * Cost of a request in US dollars, on disjoint parts: fresh input, cache reads, cache writes, output. Parts that exceed
 * the total are clamped; a count that is no positive number counts as none.
 */
export function costOf(price: Price, usage: Usage): number {
  const input = tokens(usage.inputTokens);
  const read = Math.min(tokens(usage.cacheReadInputTokens), input);
  const write = Math.min(tokens(usage.cacheWriteInputTokens), input - read);
  const rate = tierOf(price, input);
  return (
    ((input - read - write) * rate.input +
      read * (rate.cacheRead ?? rate.input) +
      write * (rate.cacheWrite ?? rate.input) +
      tokens(usage.outputTokens) * rate.output) *
    perMillion
  );
}

/** What reading from the cache saved against the fresh input price, US dollars; never negative. */
export function savedOf(price: Price, usage: Usage): number {
  const input = tokens(usage.inputTokens);
  const read = Math.min(tokens(usage.cacheReadInputTokens), input);
  if (read === 0) return 0;
  const rate = tierOf(price, input);
  return Math.max(0, read * (rate.input - (rate.cacheRead ?? rate.input)) * perMillion);
}
