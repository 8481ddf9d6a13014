import { setTimeout as sleep } from 'node:timers/promises';
import { inspect, types } from 'node:util';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { active, rootContext, runWith, sessionOf, withSession } from '../active.ts';
import { follow } from './follow.ts';
import { createWatch, type Outcome } from './watch.ts';

const unhandled: unknown[] = [];
const note = (reason: unknown): void => void unhandled.push(reason);
let listeners: NodeJS.UnhandledRejectionListener[] = [];

beforeEach(() => {
  unhandled.length = 0;
  listeners = process.listeners('unhandledRejection');
  process.removeAllListeners('unhandledRejection').on('unhandledRejection', note);
});
afterEach(() => {
  process.removeAllListeners('unhandledRejection');
  for (const listener of listeners) process.on('unhandledRejection', listener);
});

function followed<Result>(result: Result, outcomes: Outcome[] = []): Result {
  follow(result, createWatch({ context: rootContext, onEnd: (outcome) => outcomes.push(outcome) }));
  return result;
}

const failure = new Error('late');
const fail = async (): Promise<number> => {
  await sleep(1);
  throw failure;
};

/** Every way of taking note of a rejection. */
const handlings: Record<string, (promise: Promise<number>) => unknown> = {
  await: async (promise) => {
    try {
      await promise;
    } catch {}
  },
  catch: (promise) => promise.catch(() => {}),
  'a second callback': (promise) => promise.then(undefined, () => {}),
  finally: (promise) => promise.finally(() => {}).catch(() => {}),
  all: (promise) => Promise.all([promise]).catch(() => {}),
  allSettled: (promise) => Promise.allSettled([promise]),
  race: (promise) => Promise.race([promise]).catch(() => {}),
  any: (promise) => Promise.any([promise]).catch(() => {}),
  resolve: (promise) => Promise.resolve(promise).catch(() => {}),
  'return from an async function': (promise) => (async () => promise)().catch(() => {}),
  'for await': async (promise) => {
    try {
      for await (const _ of [promise]);
    } catch {}
  },
};

describe('a followed promise', () => {
  it('stays the promise that it was', async () => {
    const promise = Object.assign(Promise.resolve(5), { child: { pid: 7 } });
    followed(promise);
    expect(promise).toBeInstanceOf(Promise);
    expect(types.isPromise(promise)).toBe(true);
    expect(promise.constructor.name).toBe('Promise');
    expect(inspect(promise)).toBe(inspect(Object.assign(Promise.resolve(5), { child: { pid: 7 } })));
    expect(Object.keys(promise)).toEqual(['child']);
    expect(await promise).toBe(5);
    const chained = promise.then((n) => n + 1);
    expect(Object.getPrototypeOf(chained)).toBe(Promise.prototype);
    expect(await chained).toBe(6);
    expect(Object.getPrototypeOf(promise.finally(() => {}))).toBe(Promise.prototype);
  });

  it('tells the outcome before those who wait for it go on', async () => {
    const outcomes: Outcome[] = [];
    await followed(sleep(1), outcomes);
    expect(outcomes).toEqual([{ ending: 'completed' }]);
    await expect(followed(fail(), outcomes)).rejects.toBe(failure);
    expect(outcomes[1]).toEqual({ ending: 'failed', error: failure });
  });

  for (const [name, handle] of Object.entries(handlings)) {
    it(`whose rejection is handled by ${name} stays handled`, async () => {
      const promise = followed(fail());
      await handle(promise);
      await sleep(2);
      expect(unhandled).toEqual([]);
    });
  }

  it('that nobody handles causes one unhandledRejection with the same reason, however often it is followed', async () => {
    const outcomes: Outcome[] = [];
    followed(followed(followed(fail(), outcomes), outcomes), outcomes);
    await sleep(5);
    expect(unhandled).toEqual([failure]);
    expect(outcomes).toHaveLength(3);
  });

  it('that its owner handles elsewhere stays handled, although what was returned is ignored', async () => {
    const shared = fail();
    followed(shared);
    await Promise.allSettled([shared]);
    await sleep(2);
    expect(unhandled).toEqual([]);
  });

  it('that has rejected already can be handled until the present step is over', async () => {
    const promise = followed(Promise.reject(failure));
    promise.catch(() => {});
    await sleep(2);
    expect(unhandled).toEqual([]);
  });

  it('keeps the context of those who wait for it', async () => {
    const promise = followed(sleep(1));
    const seen = await runWith(withSession(active(), 'waiting'), async () => {
      await promise;
      const later = await promise.then(() => sessionOf());
      return [sessionOf(), later];
    });
    expect(seen).toEqual(['waiting', 'waiting']);
  });

  it('keeps the stack across awaits', async () => {
    const inner = async (): Promise<void> => {
      await sleep(1);
      throw new Error('inner');
    };
    const outerFunction = async (): Promise<void> => {
      await followed(inner());
    };
    const error = await outerFunction().catch((reason: Error) => reason);
    expect(String((error as Error).stack)).toMatch(/at (async )?outerFunction /);
  });

  it('may be of a subclass, which keeps what it has', async () => {
    class Query extends Promise<number> {
      get text(): string {
        return 'select';
      }
    }
    const outcomes: Outcome[] = [];
    const query = followed(new Query((resolve) => setTimeout(resolve, 1, 5)), outcomes);
    expect([query.text, query.constructor === Query, query instanceof Query]).toEqual(['select', true, true]);
    expect(await query).toBe(5);
    expect(query.then(() => {})).toBeInstanceOf(Query);
    expect(outcomes).toHaveLength(1);
    followed(new Query((_, reject) => setTimeout(reject, 1, failure)));
    await sleep(5);
    expect(unhandled).toEqual([failure]);
  });

  it('may be frozen', async () => {
    const outcomes: Outcome[] = [];
    expect(await followed(Object.freeze(sleep(1, 5)), outcomes)).toBe(5);
    await expect(followed(Object.freeze(fail()), outcomes)).rejects.toBe(failure);
    expect(outcomes.map(({ ending }) => ending)).toEqual(['completed', 'failed']);
    expect(unhandled).toEqual([]);
  });

  it('is followed by other copies of this package too', async () => {
    vi.resetModules();
    const copy = await import('./follow.ts');
    const outcomes: Outcome[] = [];
    const promise = followed(fail(), outcomes);
    copy.follow(promise, createWatch({ context: rootContext, onEnd: (outcome) => outcomes.push(outcome) }));
    await expect(promise).rejects.toBe(failure);
    await sleep(2);
    expect([outcomes.length, unhandled]).toEqual([2, []]);
  });
});
