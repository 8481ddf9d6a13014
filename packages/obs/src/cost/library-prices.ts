import type { Price, Rate } from './price.ts';
import { prices } from './prices.generated.ts';

function parseParts(text: string): Rate {
  const [input = 0, output = 0, cacheRead, cacheWrite] = text
    .split(',')
    .map((part) => (part === '' ? undefined : Number(part)));
  return { input, output, cacheRead, cacheWrite };
}

function parsePrice(text: string): Price {
  const [base = '', ...tiers] = text.split(';');
  const parsed = tiers.map((tier) => {
    const colon = tier.indexOf(':');
    return { ...parseParts(tier.slice(colon + 1)), start: Number(tier.slice(0, colon)) };
  });
  // One shape for all prices keeps the look-up of their parts fast.
  return { ...parseParts(base), tiers: parsed.length === 0 ? undefined : parsed };
}

let table: Map<string, Price> | undefined;

/** The built-in prices by model name; unpacked on first use (about a millisecond). */
export function libraryPrices(): ReadonlyMap<string, Price> {
  if (table !== undefined) return table;
  table = new Map();
  for (const line of prices.trim().split('\n')) {
    const [text = '', ...models] = line.split(' ');
    const price = parsePrice(text);
    for (const model of models) table.set(model, price);
  }
  return table;
}
