import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { rootContext, sessionOf, withSession } from './active.ts';
import { observeIterable } from './observe-iterable.ts';
import { observeResult } from './observe-result.ts';

function recorder() {
  const events: unknown[] = [];
  return {
    events,
    context: withSession(rootContext, 'inside'),
    onFirst: (item: unknown) => void events.push(['first', item]),
    onItem: (item: unknown) => void events.push(['item', item]),
    onEnd: (outcome: unknown) => void events.push(outcome),
  };
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

describe('observing an async iterable', () => {
  it('returns the same object, and each step runs in the context', async () => {
    const watched = recorder();
    const log: unknown[] = [];
    const generator = numbers(log);
    expect(observeIterable(generator, watched)).toBe(generator);
    expect(log).toEqual([]);
    expect(await collect(generator)).toEqual([1, 2, 3]);
    expect(log).toEqual(['inside', 'inside', 'inside', 'closed']);
    expect(watched.events).toEqual([
      ['first', 1],
      ['item', 1],
      ['item', 2],
      ['item', 3],
      { kind: 'done', value: 'over' },
    ]);
  });

  it('never reads ahead', async () => {
    let reads = 0;
    const source = { next: async () => ({ done: false, value: ++reads }) };
    const iterator = observeIterable(new Stream(() => source), recorder())[Symbol.asyncIterator]();
    expect(reads).toBe(0);
    await iterator.next();
    expect(reads).toBe(1);
  });

  it('that is left early cancels the source and ends once', async () => {
    const watched = recorder();
    const log: unknown[] = [];
    for await (const _ of observeIterable(numbers(log), watched)) break;
    expect(log.at(-1)).toBe('closed');
    expect(watched.events.at(-1)).toEqual({ kind: 'returned' });
    expect(watched.events).toHaveLength(3);
  });

  it('that is left early ends also where the source cannot be cancelled', async () => {
    const watched = recorder();
    const stream = observeIterable(new Stream(() => ({ next: async () => ({ done: false, value: 1 }) })), watched);
    for await (const _ of stream) break;
    expect(watched.events.at(-1)).toEqual({ kind: 'returned' });
  });

  it('that fails passes the very error on and ends once', async () => {
    const watched = recorder();
    const failure = new Error('network');
    async function* failing() {
      yield 1;
      throw failure;
    }
    await expect(collect(observeIterable(failing(), watched))).rejects.toBe(failure);
    expect(watched.events.slice(2)).toEqual([{ kind: 'thrown', error: failure }]);
  });

  it('counts once whichever way it is opened, and the second time not at all', async () => {
    const watched = recorder();
    const stream = new Stream(() => numbers());
    observeIterable(stream, watched, { openers: ['iterator', Symbol.asyncIterator] });
    expect(await collect(stream)).toEqual([1, 2, 3]);
    expect(await collect(stream)).toEqual([1, 2, 3]);
    expect(watched.events).toHaveLength(5);
  });

  it('survives callbacks that throw and objects that are frozen', async () => {
    const broken = () => {
      throw new Error('observer');
    };
    const observer = { context: rootContext, onFirst: broken, onItem: broken, onEnd: broken };
    expect(await collect(observeIterable(numbers(), observer))).toEqual([1, 2, 3]);
    const watched = recorder();
    expect(await collect(observeIterable(Object.freeze(new Stream(() => numbers())), watched))).toEqual([1, 2, 3]);
    expect(watched.events).toEqual([{ kind: 'done', value: undefined }]);
  });
});

describe('observing a result', () => {
  it('is over at once for a value', () => {
    const watched = recorder();
    expect(observeResult(42, watched)).toBe(42);
    expect(watched.events).toEqual([{ kind: 'done', value: 42 }]);
  });

  it('waits for a promise', async () => {
    const watched = recorder();
    expect(await observeResult(sleep(1, 'late'), watched)).toBe('late');
    expect(watched.events).toEqual([{ kind: 'done', value: 'late' }]);
    const failure = new Error('late');
    await expect(observeResult(Promise.reject(failure), watched)).rejects.toBe(failure);
    expect(watched.events.at(-1)).toEqual({ kind: 'thrown', error: failure });
  });

  it('keeps what a promise carries', async () => {
    const promise = Object.assign(Promise.resolve(1), { child: { pid: 7 } });
    expect(observeResult(promise, recorder()).child).toEqual({ pid: 7 });
  });

  it('waits for the stream that a promise gives', async () => {
    const watched = recorder();
    const stream = new Stream(() => numbers());
    expect(await observeResult(Promise.resolve(stream), watched)).toBe(stream);
    expect(watched.events).toEqual([]);
    await collect(stream);
    expect(watched.events.at(-1)).toEqual({ kind: 'done', value: 'over' });
  });

  it('does not wait for a stream that may be piped or read by a reader', () => {
    for (const stream of [Readable.from([1]), new ReadableStream()]) {
      const watched = recorder();
      expect(observeResult(stream, watched)).toBe(stream);
      expect(watched.events).toEqual([{ kind: 'done', value: stream }]);
    }
  });

  it('never starts a lazy thenable, and gives the same object back', async () => {
    const watched = recorder();
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
    expect(observeResult(lazy, watched)).toBe(lazy);
    expect([started, watched.events]).toEqual([0, []]);
    expect(await lazy).toBe('inside');
    expect(await lazy.then((text) => [text, sessionOf()])).toEqual(['inside', undefined]);
    expect(watched.events).toEqual([{ kind: 'done', value: 'inside' }]);
  });

  it('survives a result whose getters throw', () => {
    const watched = recorder();
    const hostile = Object.defineProperty({}, 'then', {
      get: () => {
        throw new Error('getter');
      },
    });
    expect(observeResult(hostile, watched)).toBe(hostile);
    expect(watched.events).toHaveLength(1);
  });
});
