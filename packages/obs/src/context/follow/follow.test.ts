import { setTimeout as sleep } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { rootContext, sessionOf, withSession } from '../active.ts';
import { follow } from './follow.ts';
import { followIterable } from './iterable.ts';
import { createWatch, type Watch } from './watch.ts';

function recorder() {
  const events: unknown[] = [];
  const watch = createWatch({
    context: withSession(rootContext, 'inside'),
    onValue: (value) => events.push(['value', value]),
    onChunk: (item) => events.push(item),
    onEnd: ({ ending, error }) => events.push(ending === 'failed' ? [ending, error] : ending),
  });
  return { events, watch };
}

function observed<Result>(result: Result, watch: Watch = recorder().watch): Result {
  follow(result, watch);
  return result;
}

async function* numbers(log: unknown[] = []) {
  try {
    for (let n = 1; n <= 3; n++) {
      await sleep(1);
      log.push(sessionOf());
      yield n;
    }
    return 'over';
  } finally {
    log.push('closed');
  }
}

async function collect<Item>(iterable: AsyncIterable<Item>): Promise<Item[]> {
  const items: Item[] = [];
  for await (const item of iterable) items.push(item);
  return items;
}

class Stream {
  readonly source: () => AsyncIterator<number>;
  constructor(source: () => AsyncIterator<number>) {
    this.source = source;
  }
  iterator() {
    return this.source();
  }
  [Symbol.asyncIterator]() {
    return this.iterator();
  }
}

describe('following an async iterable', () => {
  it('runs each step in the context, and reads nothing ahead', async () => {
    const { events, watch } = recorder();
    const log: unknown[] = [];
    const generator = observed(numbers(log), watch);
    expect(log).toEqual([]);
    expect(await collect(generator)).toEqual([1, 2, 3]);
    expect(log).toEqual(['inside', 'inside', 'inside', 'closed']);
    expect(events).toEqual([1, 2, 3, 'completed']);
    let reads = 0;
    const source = { next: async () => ({ done: false, value: ++reads }) };
    const iterator = observed(new Stream(() => source))[Symbol.asyncIterator]();
    expect(reads).toBe(0);
    await iterator.next();
    expect(reads).toBe(1);
  });

  it('that is left early cancels the source and ends once', async () => {
    const { events, watch } = recorder();
    const log: unknown[] = [];
    for await (const _ of observed(numbers(log), watch)) break;
    expect(log.at(-1)).toBe('closed');
    expect(events).toEqual([1, 'broken']);
  });

  it('that is left early ends also where the source cannot be cancelled', async () => {
    const { events, watch } = recorder();
    const stream = observed(new Stream(() => ({ next: async () => ({ done: false, value: 1 }) })), watch);
    for await (const _ of stream) break;
    expect(events).toEqual([1, 'broken']);
  });

  it('that fails passes the very error on and ends once', async () => {
    const { events, watch } = recorder();
    const failure = new Error('network');
    async function* failing() {
      yield 1;
      throw failure;
    }
    await expect(collect(observed(failing(), watch))).rejects.toBe(failure);
    expect(events).toEqual([1, ['failed', failure]]);
  });

  it('counts once whichever way it is opened, and the second time not at all', async () => {
    const { events, watch } = recorder();
    const stream = observed(new Stream(() => numbers()), watch);
    expect(await collect(stream)).toEqual([1, 2, 3]);
    expect(await collect(stream)).toEqual([1, 2, 3]);
    expect(events).toEqual([1, 2, 3, 'completed']);
  });

  it('survives callbacks that throw and objects that are frozen', async () => {
    const broken = () => {
      throw new Error('observer');
    };
    const hostile = createWatch({ context: rootContext, onValue: broken, onChunk: broken, onEnd: broken });
    expect(await collect(observed(numbers(), hostile))).toEqual([1, 2, 3]);
    const { events, watch } = recorder();
    const frozen = Object.freeze(new Stream(() => numbers()));
    followIterable(frozen, watch);
    expect(await collect(frozen)).toEqual([1, 2, 3]);
    expect(events).toEqual(['completed']);
  });
});

describe('following a result', () => {
  it('is over at once for a value', () => {
    const { events, watch } = recorder();
    observed(42, watch);
    expect(events).toEqual([['value', 42], 'completed']);
  });

  it('waits for the stream that a promise gives', async () => {
    const { events, watch } = recorder();
    const stream = new Stream(() => numbers());
    expect(await observed(Promise.resolve(stream), watch)).toBe(stream);
    expect(events).toEqual([]);
    await collect(stream);
    expect(events.at(-1)).toBe('completed');
  });

  it('never starts a lazy thenable; it runs in the context, its callbacks in that of their caller', async () => {
    const { events, watch } = recorder();
    let started = 0;
    class Lazy extends Promise<string> {}
    const lazy = new Lazy(() => {});
    Object.defineProperty(lazy, 'then', {
      configurable: true,
      value: (...handlers: Parameters<Promise<string>['then']>) => {
        started += 1;
        return Promise.resolve(String(sessionOf())).then(...handlers);
      },
    });
    observed(lazy, watch);
    expect([started, events]).toEqual([0, []]);
    expect(await lazy).toBe('inside');
    expect(await lazy.then((text) => [text, sessionOf()])).toEqual(['inside', undefined]);
    expect(events).toEqual([['value', 'inside'], 'completed']);
  });

  it('ends when the collector takes a stream that nobody read', async () => {
    const { events, watch } = recorder();
    observed(new Stream(() => numbers()), watch);
    setFlagsFromString('--expose-gc');
    const collectGarbage = runInNewContext('gc') as () => void;
    for (let attempts = 0; attempts < 20 && events.length === 0; attempts++) {
      await sleep(5);
      collectGarbage();
    }
    expect(events).toEqual(['abandoned']);
  });

  it('survives a result whose getters throw', () => {
    const { events, watch } = recorder();
    observed(
      Object.defineProperty({}, 'then', {
        get: () => {
          throw new Error('getter');
        },
      }),
      watch,
    );
    expect(events).toEqual(['completed']);
  });
});
