import { afterEach, describe, expect, it } from 'vitest';
import { type Appended, checkEvent } from '../event.ts';
import { MemoryFiles } from '../log/memory-files.ts';
import { TemporaryStores } from '../testing/temporary-stores.ts';
import type { Change } from './changes.ts';
import { type CommitListener, Committer } from './committer.ts';

const stores = new TemporaryStores();
afterEach(() => stores.clear());

const removed = (id: string): Change => ({ type: 'pipeline_removed', id });

/** A committer on the log of a new store, which notes what it tells. */
async function start(files = new MemoryFiles()) {
  const { log, index } = (await stores.open({ files })).parts;
  const told: string[] = [];
  const listener: CommitListener = {
    refusal: () => undefined,
    committed: (planned, buffer): Appended => {
      const { event, sequence, timestamp, version, id } = planned;
      index.add(planned.entity!, event.eventType, planned, { bytes: buffer, at: planned.idAt });
      told.push(event.entityId);
      return { eventId: id, sequence, timestamp, version };
    },
    changed: (change, sequence) => {
      if (change.type === 'pipeline_removed') told.push(`${change.id} after ${sequence}`);
    },
    stored: () => {
      throw new Error('no id is given twice here');
    },
    now: () => 1,
    settled: () => {},
  };
  const committer = new Committer(log, index, listener);
  const append = (entityId: string) =>
    new Promise<string>((resolve, reject) => {
      const event = checkEvent({ event_type: 'thing.done', entity_id: entityId, payload: 1 });
      committer.append({
        events: [event],
        partial: false,
        resolve: () => resolve(`answer to ${entityId}`),
        reject,
      });
    }).then((answer) => told.push(answer));
  return { committer, log, listener, told, append };
}

describe('a group', () => {
  it('is told in the order in which it was written, and then to whoever waits', async () => {
    const { committer, told, append } = await start();
    const change = (id: string) => committer.change(removed(id)).then(() => told.push(`answer to ${id}`));
    await Promise.all([append('a'), change('x'), append('b'), change('y')]);
    expect(told.slice(0, 4)).toEqual(['a', 'x after 1', 'b', 'y after 2']);
    expect(told.slice(4).sort()).toEqual(['answer to a', 'answer to b', 'answer to x', 'answer to y']);
  });

  it('ends before a change that stands alone, which finds in force what came before it', async () => {
    const { committer, told, append } = await start();
    const alone = (id: string) =>
      committer.changeAlone(() => {
        told.push(`prepare ${id}`);
        return removed(id);
      });
    await Promise.all([append('a'), alone('x'), alone('y'), append('b')]);
    expect(told.filter((one) => !one.startsWith('answer'))).toEqual([
      'a',
      'prepare x',
      'x after 1',
      'prepare y',
      'y after 1',
      'b',
    ]);
  });
});

describe('what goes wrong', () => {
  it('with one change rejects that one only', async () => {
    const { committer, told, append } = await start();
    let nested: unknown[] = [];
    for (let depth = 0; depth < 100_000; depth++) nested = [nested];
    const deep = { type: 'pipeline', pipeline: { id: 'p', operators: nested } } as never as Change;
    const settled = await Promise.allSettled([
      append('a'),
      committer.change(deep),
      committer.changeAlone(() => deep),
      committer.changeAlone(() => {
        throw new RangeError('too deep');
      }),
      committer.exclusive(() => {
        throw new RangeError('no work');
      }),
      append('b'),
    ]);
    expect(settled.map(({ status }) => status)).toEqual([
      'fulfilled',
      'rejected',
      'rejected',
      'rejected',
      'rejected',
      'fulfilled',
    ]);
    expect(settled[1]).toMatchObject({ reason: { code: 'invalid', status: 400 } });
    expect(settled[2]).toMatchObject({ reason: { code: 'invalid' } });
    await append('c');
    expect(told.at(-1)).toBe('answer to c');
    await committer.close();
  });

  it('before anything was written rejects the group, and the next one is written', async () => {
    const { committer, listener, told, append } = await start();
    listener.now = () => {
      throw new Error('no time');
    };
    await expect(append('a')).rejects.toMatchObject({ code: 'storage', message: 'Nothing was stored: no time' });
    listener.now = () => 1;
    await append('b');
    expect(told).toEqual(['b', 'answer to b']);
    await committer.close();
  });

  it('once it is durable stops all writing, and no sequence is given twice', async () => {
    const files = new MemoryFiles();
    const { committer, listener, log, append } = await start(files);
    const { committed } = listener;
    listener.committed = (planned, buffer) => {
      if (planned.event.entityId === 'b') throw new RangeError('no memory');
      return committed(planned, buffer);
    };
    const settled = await Promise.allSettled([append('a'), append('b')]);
    expect(settled).toMatchObject([
      { reason: { code: 'storage', message: expect.stringMatching(/no memory.*started again/) } },
      { reason: { code: 'storage' } },
    ]);
    expect(log.failure).toBeDefined();
    await expect(append('c')).rejects.toThrow('started again');
    await expect(committer.changeAlone(() => removed('x'))).rejects.toThrow('started again');
    await committer.close();
    const store = await stores.open({ files });
    expect(store.eventsAfter(0, 10).map(({ entityId, sequence }) => [entityId, sequence])).toEqual([
      ['a', 1],
      ['b', 2],
    ]);
  });
});
