import { setImmediate } from 'node:timers/promises';

const budgetMs = 5;

/** Hands items on, and lets the event loop turn whenever working on them has taken 5 ms: scrapes are answered meanwhile. */
export async function* paced<Item>(items: AsyncIterable<Item> | Iterable<Item>): AsyncGenerator<Item, void, void> {
  let startedAt = performance.now();
  for await (const item of items) {
    yield item;
    if (performance.now() - startedAt < budgetMs) continue;
    await setImmediate();
    startedAt = performance.now();
  }
}
