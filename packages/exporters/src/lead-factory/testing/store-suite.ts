import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { openGate } from '../budget/gate-state.ts';
import type { CostStore, CostSum, TimeRange } from '../store/cost-store.ts';
import { record } from './records.ts';

const range = (from: string, to: string): TimeRange => ({ fromMs: Date.parse(from), toMs: Date.parse(to) });
const always = range('1970-01-01T00:00:00Z', '9999-01-01T00:00:00Z');
const dollars = (sums: readonly CostSum[]) => sums.map(({ name, microUsd }) => [name, microUsd / 1e6]);

const event = {
  timeMs: 1,
  status: 'activated',
  source: 'auto',
  reason: 'because',
  dailyMicroUsd: 1,
  monthlyMicroUsd: 2,
  dailyBudgetMicroUsd: 3,
  monthlyBudgetMicroUsd: 4,
  keep: 3,
} as const;

/** What every cost store must do. `open` gives a fresh one, `reopen` a second connection to the one opened last. */
export function describeStore(name: string, open: () => Promise<CostStore>, reopen: () => Promise<CostStore>): void {
  const opened: CostStore[] = [];
  const tracked = async (store: Promise<CostStore>): Promise<CostStore> => {
    opened.push(await store);
    return store;
  };
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((store) => store.close()));
  });

  describe(`a cost store on ${name}`, () => {
    it('sums by service and operation, most expensive first, ties by name', async () => {
      const store = await tracked(open());
      await store.append([
        record('sendgrid', 2.3, '2026-03-10T10:00:00Z'),
        record('openai', 10, '2026-03-10T10:00:01Z', { operation: 'gpt-4o' }),
        record('openai', 0.5, '2026-03-10T11:00:00Z', { operation: 'embeddings' }),
        record('alpha', 2.3, '2026-03-10T11:00:00Z'),
      ]);
      expect(dollars(await store.sumByService(always))).toEqual([
        ['openai', 10.5],
        ['alpha', 2.3],
        ['sendgrid', 2.3],
      ]);
      expect(dollars(await store.sumByOperation('openai', always))).toEqual([
        ['gpt-4o', 10],
        ['embeddings', 0.5],
      ]);
      expect(await store.total(always)).toBe(15_100_000);
      expect(await store.total(always, 'alpha')).toBe(2_300_000);
      expect(await store.total(always, 'nobody')).toBe(0);
    });

    it('keeps nine entries of 0.1 as 0.9, and counts entries of nothing', async () => {
      const store = await tracked(open());
      await store.append(Array.from({ length: 9 }, () => record('a', 0.1, '2026-03-10T10:00:00Z')));
      await store.append([record('free', 0, '2026-03-10T10:00:00Z')]);
      expect(await store.sumByService(always)).toEqual([
        { name: 'a', microUsd: 900_000, entries: 9 },
        { name: 'free', microUsd: 0, entries: 1 },
      ]);
    });

    it('adds an external id once, also within one call', async () => {
      const store = await tracked(open());
      const one = record('a', 1, '2026-03-10T10:00:00Z', { externalId: 'x' });
      expect(await store.append([one, one])).toEqual([true, false]);
      expect(await store.append([one, { ...one, externalId: 'y' }])).toEqual([false, true]);
      expect(await store.total(always)).toBe(2_000_000);
      expect(await store.verifyTotals(false)).toEqual([]);
    });

    it('sums any range to the millisecond', async () => {
      const store = await tracked(open());
      await fc.assert(
        fc.asyncProperty(
          fc.array(fc.integer({ min: 0, max: 5 * 86_400_000 }), { minLength: 1, maxLength: 12 }),
          fc.tuple(fc.integer({ min: 0, max: 5 * 86_400_000 }), fc.integer({ min: 0, max: 3 * 86_400_000 })),
          fc.uuid(),
          async (offsets, [from, length], service) => {
            const base = Date.parse('2026-03-10T00:00:00Z');
            const wanted = { fromMs: base + from, toMs: base + from + length };
            await store.append(
              offsets.map((offset) => ({ ...record(service, 0.01, '2026-03-10T00:00:00Z'), timeMs: base + offset })),
            );
            const inside = offsets.filter((offset) => offset >= from && offset < from + length).length;
            expect(await store.total(wanted, service)).toBe(inside * 10_000);
          },
        ),
        { numRuns: 25 },
      );
    });

    it('lists entries page by page in both directions, with what they carry', async () => {
      const store = await tracked(open());
      const first = record('a', 1, '2026-03-10T10:00:00Z', {
        tier: 2,
        businessId: 7,
        sessionId: 's',
        model: 'm',
        externalId: 'e',
      });
      await store.append([first, record('b', 2, '2026-03-10T10:00:00Z'), record('a', 3, '2026-03-10T09:00:00Z')]);
      const page = await store.entries({ ...always, limit: 2 });
      expect(page.map(({ microUsd }) => microUsd / 1e6)).toEqual([3, 1]);
      expect(page[1]).toEqual({ ...first, id: expect.any(Number) });
      expect((await store.entries({ ...always, limit: 2, after: page[1]! })).map(({ service }) => service)).toEqual([
        'b',
      ]);
      const newest = await store.entries({ ...always, limit: 9, newestFirst: true });
      expect(newest.map(({ microUsd }) => microUsd / 1e6)).toEqual([2, 1, 3]);
      expect(await store.entries({ ...always, limit: 9, newestFirst: true, after: newest[1]!, service: 'a' })).toEqual([
        newest[2],
      ]);
    });

    it('sums by session and by model', async () => {
      const store = await tracked(open());
      await store.append([
        record('a', 1, '2026-03-10T10:00:00Z', { sessionId: 's1', model: 'm' }),
        record('a', 2, '2026-03-10T10:00:00Z', { sessionId: 's2', model: 'm' }),
        record('a', 4, '2026-03-10T10:00:00Z'),
      ]);
      expect(dollars(await store.sumByDetail('session', always))).toEqual([
        ['s2', 2],
        ['s1', 1],
      ]);
      expect(dollars(await store.sumByDetail('model', always))).toEqual([['m', 3]]);
    });

    it('lets one of two changes of the gate win, and keeps the newest events', async () => {
      const store = await tracked(open());
      const other = await tracked(reopen());
      expect(await store.gate()).toEqual(openGate);
      const next = { ...openGate, version: 1, active: true, reason: 'daily' };
      const won = await Promise.all([
        store.changeGate(next, event),
        other.changeGate({ ...next, reason: 'other' }, event),
      ]);
      expect(won.sort()).toEqual([false, true]);
      expect((await other.gate()).active).toBe(true);
      for (let version = 2; version <= 5; version++) {
        expect(await other.changeGate({ ...next, version }, { ...event, timeMs: version })).toBe(true);
      }
      expect(await store.changeGate({ ...next, version: 3 })).toBe(false);
      expect((await store.gateHistory(0)).map(({ timeMs }) => timeMs)).toEqual([5, 4, 3]);
      expect((await store.gateHistory(1)).map(({ timeMs }) => timeMs)).toEqual([5]);
    });

    it('keeps settings for every process', async () => {
      const store = await tracked(open());
      const other = await tracked(reopen());
      expect(await store.setting('budget')).toBeUndefined();
      await store.saveSetting('budget', '1');
      await other.saveSetting('budget', '2');
      expect(await store.setting('budget')).toBe('2');
    });

    it('takes entries of several writers at once without losing one', async () => {
      const store = await tracked(open());
      const other = await tracked(reopen());
      const write = (target: CostStore) =>
        Promise.all(
          Array.from({ length: 40 }, (_, index) =>
            target.append([
              record(`s${index % 3}`, 0.5, '2026-03-10T10:00:00Z'),
              record('t', 0.25, '2026-03-10T10:20:00Z'),
            ]),
          ),
        );
      await Promise.all([write(store), write(other)]);
      expect(await store.total(always)).toBe(60_000_000);
      expect(await store.verifyTotals(false)).toEqual([]);
    });

    it('does not book again what was pruned, when it is handed over once more', async () => {
      const store = await tracked(open());
      const old = record('a', 1, '2026-03-10T10:10:00Z', { externalId: 'import:x:1:ab' });
      await store.append([old, { ...old, externalId: null }]);
      expect(await store.prune(Date.parse('2026-03-12T00:00:00Z'))).toBe(2);
      expect(await store.append([old, { ...old, externalId: 'import:x:2:cd' }])).toEqual([false, true]);
      expect(await store.prune(Date.parse('2026-03-12T00:00:00Z'))).toBe(1);
      expect(await store.total(always)).toBe(3_000_000);
    });

    it('prunes entries, keeps their sums, and still verifies and rebuilds what is left', async () => {
      const store = await tracked(open());
      await store.append([record('a', 1, '2026-03-10T10:10:00Z'), record('a', 2, '2026-03-12T10:10:00Z')]);
      expect(await store.prune(Date.parse('2026-03-12T10:05:00Z'))).toBe(1);
      expect(await store.total(always)).toBe(3_000_000);
      expect(await store.verifyTotals(true)).toEqual([]);
      expect((await store.entries({ ...always, limit: 9 })).length).toBe(1);
      await store.prune(Date.parse('2026-03-11T00:00:00Z'));
      expect(await store.verifyTotals(false)).toEqual([]);
    });
  });
}
