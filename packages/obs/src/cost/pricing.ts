import type { ModelPrice } from '../config/configuration.ts';
import type { Cost, ModelPricing, PriceSource, Prices, Usage } from '../record.ts';
import { libraryPrices } from './library-prices.ts';
import { findModel } from './match.ts';
import { costOf, type Price, perMillion } from './price.ts';
import { assumedPrice, seedPrices } from './seed-prices.ts';

type Table = ReadonlyMap<string, Price>;

/** Shared by all records of such requests, so that no listener may write into it. */
const unpriced: Cost = Object.freeze({ usd: 0, savedUsd: 0, source: 'none' });

/** What a model costs, and who says so. */
class Quote implements ModelPricing {
  readonly price: Price | undefined;
  readonly source: PriceSource;
  readonly priced: boolean;
  private readonly input: number;
  private readonly output: number;
  /** Beyond that many input tokens another price may hold. */
  private readonly flatUntil: number;

  constructor(price: Price | undefined, source: PriceSource) {
    this.price = price;
    this.source = source;
    this.priced = price !== undefined;
    this.input = price?.input ?? 0;
    this.output = price?.output ?? 0;
    this.flatUntil = price?.tiers?.[0]?.start ?? Infinity;
  }

  usd(inputTokens: number, outputTokens: number): number {
    return inputTokens <= this.flatUntil
      ? (inputTokens * this.input + outputTokens * this.output) * perMillion
      : this.cost({ inputTokens, outputTokens }).usd;
  }

  cost(usage: Usage): Cost {
    const { price } = this;
    const cost = price === undefined ? unpriced : costOf(price, usage, this.source);
    return usage.costUsd === undefined ? cost : reportedCost(usage.costUsd, cost);
  }
}

const noQuote: Quote = new Quote(undefined, 'none');

/** Models are remembered up to this many, then afresh: names may be made up by a model. */
const memoLimit = 1000;

const maximumKeyLength = 400;

let seeds: Table | undefined;

function seedTable(): Table {
  seeds ??= new Map(Object.entries(seedPrices));
  return seeds;
}

function amount(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0 ? value : undefined;
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function readPrice(configured: ModelPrice): Price | undefined {
  const input = amount(configured?.input);
  const output = amount(configured?.output);
  if (input === undefined || output === undefined) return undefined;
  return { input, output, cacheRead: amount(configured.cache_read), cacheWrite: amount(configured.cache_write) };
}

function readConfigured(pricing: Readonly<Record<string, ModelPrice>> | undefined): Map<string, Price> {
  const table = new Map<string, Price>();
  for (const [model, configured] of Object.entries(pricing ?? {})) {
    const price = readPrice(configured);
    if (price !== undefined) table.set(model.toLowerCase(), price);
  }
  return table;
}

interface Tables {
  readonly configured: Table;
  readonly fallback: Price | undefined;
}

function quote(models: readonly unknown[], { configured, fallback }: Tables): Quote {
  const sources: readonly (readonly [PriceSource, Table])[] = [
    ['config', configured],
    ['library', libraryPrices()],
    ['seed', seedTable()],
  ];
  for (const [source, table] of sources) {
    for (const model of models) {
      const price = typeof model === 'string' ? findModel(table, model) : undefined;
      if (price !== undefined) return new Quote(price, source);
    }
  }
  return fallback === undefined ? noQuote : new Quote(fallback, 'default');
}

class Pricing {
  private readonly tables: Tables;
  private readonly byRequested: Map<string, Quote> = new Map();
  private readonly byBoth: Map<string, Quote> = new Map();

  constructor(pricing: Readonly<Record<string, ModelPrice>> | undefined) {
    const configured = readConfigured(pricing);
    const fallback = configured.get('default');
    configured.delete('default');
    this.tables = { configured, fallback };
  }

  find(requested: string, response: string | undefined): Quote {
    const known = response === undefined ? this.byRequested.get(requested) : undefined;
    return known ?? this.findBoth(requested, text(response));
  }

  private findBoth(requested: string, response: string | undefined): Quote {
    if (response === undefined || response === requested) {
      return this.byRequested.get(requested) ?? this.remember(this.byRequested, requested, [requested]);
    }
    const key = `${response}\n${text(requested) ?? ''}`;
    return this.byBoth.get(key) ?? this.remember(this.byBoth, key, [response, requested]);
  }

  private remember(memo: Map<string, Quote>, key: string, models: readonly unknown[]): Quote {
    const found = quote(models, this.tables);
    if (memo.size >= memoLimit) memo.clear();
    if (typeof key === 'string' && key.length <= maximumKeyLength) memo.set(key, found);
    return found;
  }
}

/**
 * Prices requests by `metrics.pricing`, then the built-in library, then the seed's list, each by response model, then by
 * requested model. What the provider reports wins. Total; tens of nanoseconds for a model that was seen before.
 */
export function createPricing(pricing: Readonly<Record<string, ModelPrice>> | undefined): Prices {
  const known = new Pricing(pricing);
  const price = (
    models: { readonly requested: string; readonly response?: string | undefined },
    usage: Usage,
  ): Cost => {
    try {
      return known.find(models.requested, models.response).cost(usage);
    } catch {
      // What was handed in is no object, or its properties throw.
      return unpriced;
    }
  };
  return Object.assign(price, { model: (requested: string): ModelPricing => known.find(requested, undefined) });
}

function reportedCost(costUsd: unknown, computed: Cost): Cost {
  const usd = amount(costUsd);
  return usd === undefined ? computed : { usd, savedUsd: computed.savedUsd, source: 'reported' };
}

let built: Pricing | undefined;

/** An estimate in US dollars by the built-in prices; a model that nobody knows is assumed at 1 and 2 dollars per million. */
export function estimateCost(model: string, inputTokens: number, outputTokens: number): number {
  built ??= new Pricing(undefined);
  const usage: Usage = { inputTokens, outputTokens };
  return costOf(built.find(model, undefined).price ?? assumedPrice, usage, 'library').usd;
}
