import type { Cost, PriceSource, Usage } from '../record.ts';

/** US dollars per million tokens; a cache price that is absent is the fresh input price. */
export interface Rate {
  readonly input: number;
  readonly output: number;
  readonly cacheRead?: number | undefined;
  readonly cacheWrite?: number | undefined;
}

/** What a model costs. */
export interface Price extends Rate {
  /** Prices of the whole request once its input is longer than `start` tokens, by ascending `start`. */
  readonly tiers?: readonly (Rate & { readonly start: number })[] | undefined;
}

const perMillion: number = 1e-6;

function tokens(value: unknown): number {
  return typeof value === 'number' && value > 0 && value <= Number.MAX_SAFE_INTEGER ? value : 0;
}

function tierOf(price: Price, tiers: NonNullable<Price['tiers']>, inputTokens: number): Rate {
  for (let index = tiers.length - 1; index >= 0; index--) {
    const tier = tiers[index]!;
    if (inputTokens > tier.start) return tier;
  }
  return price;
}

/** How the cost changes by what was read from the cache and written to it, millionths of a dollar. */
function cacheDifference(rate: Rate, usage: Usage, input: number): { readonly saved: number; readonly extra: number } {
  const read = Math.min(tokens(usage.cacheReadInputTokens), input);
  const write = Math.min(tokens(usage.cacheWriteInputTokens), input - read);
  const saved = read * (rate.input - (rate.cacheRead ?? rate.input));
  const extra = write * ((rate.cacheWrite ?? rate.input) - rate.input);
  return { saved, extra };
}

/**
 * Cost of a request, on disjoint parts: fresh input, cache reads, cache writes, output. Parts that exceed the total are
 * clamped; a count that is no positive number counts as none.
 */
export function costOf(price: Price, usage: Usage, source: PriceSource): Cost {
  const input = tokens(usage.inputTokens);
  const { tiers } = price;
  const rate = tiers === undefined ? price : tierOf(price, tiers, input);
  const usd = input * rate.input + tokens(usage.outputTokens) * rate.output;
  if (usage.cacheReadInputTokens === undefined && usage.cacheWriteInputTokens === undefined) {
    return { usd: usd * perMillion, savedUsd: 0, source };
  }
  const { saved, extra } = cacheDifference(rate, usage, input);
  return { usd: Math.max(0, usd - saved + extra) * perMillion, savedUsd: Math.max(0, saved) * perMillion, source };
}
