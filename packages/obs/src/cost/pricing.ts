import type { ModelPrice } from '../config/configuration.ts';
import type { Cost, PriceRequest, PriceSource, Usage } from '../record.ts';
import { libraryPrices } from './library-prices.ts';
import { findModel } from './match.ts';
import { costOf, type Price } from './price.ts';
import { assumedPrice, seedPrices } from './seed-prices.ts';

type Table = ReadonlyMap<string, Price>;

interface Quote {
  readonly price: Price | undefined;
  readonly source: PriceSource;
}

const noQuote: Quote = { price: undefined, source: 'none' };

const unpriced: Cost = { usd: 0, savedUsd: 0, source: 'none' };

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
      if (price !== undefined) return { price, source };
    }
  }
  return fallback === undefined ? noQuote : { price: fallback, source: 'default' };
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
export function createPricing(pricing: Readonly<Record<string, ModelPrice>> | undefined): PriceRequest {
  const known = new Pricing(pricing);
  return (models, usage) => {
    try {
      const { requested, response } = models;
      const { price, source } = known.find(requested, response);
      const cost = price === undefined ? unpriced : costOf(price, usage, source);
      return usage.costUsd === undefined ? cost : reportedCost(usage.costUsd, cost);
    } catch {
      // What was handed in is no object, or its properties throw.
      return unpriced;
    }
  };
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
