import { describe, expect, it } from 'vitest';
import { Calendar } from './budget/calendar.ts';
import { defaultSettings, mergeSettings } from './budget/settings.ts';
import { CostLedger } from './cost-ledger.ts';
import type { CostEntry } from './entry.ts';
import { LedgerError } from './errors.ts';
import { formatPercent, formatUsd, toMicroUsd } from './money.ts';
import type { CostStore } from './store/cost-store.ts';
import { openCostStore } from './store/open-cost-store.ts';
import { describeLedger } from './testing/ledger-suite.ts';

describeLedger('SQLite', () => openCostStore(':memory:'));

describe('amounts', () => {
  it.each([
    [0, 0],
    [0.1, 100_000],
    [0.0000005, 1],
    [0.00000049999, 0],
    [0.0000015, 2],
    [1.0000005, 1_000_001],
    [1.23455, 1_234_550],
    [1e-7, 0],
    [1e9, 1e15],
  ])('%d dollars are %d micro-dollars', (usd, micro) => expect(toMicroUsd(usd)).toBe(micro));

  it('are shown with the decimals that they have, percents rounded down', () => {
    expect([0, 45_000_000, 125, 1_234_500].map(formatUsd)).toEqual(['$0.00', '$45.00', '$0.000125', '$1.2345']);
    expect([90, 89.98, 12.05, 120].map(formatPercent)).toEqual(['90.0%', '89.9%', '12.0%', '120.0%']);
  });
});

describe('a bad entry', () => {
  const good: CostEntry = { service: 'a', operation: 'b', costUsd: 1 };
  it.each([
    [{ service: '' }, /^service must be text of 1 to 256 characters, but is ""$/],
    [{ service: '   ' }, /service/],
    [{ operation: 'x'.repeat(300) }, /operation/],
    [{ operation: 7 }, /operation/],
    [{ service: 'nul\0byte' }, /service/],
    [{ costUsd: -0.01 }, /^cost_dollars must be a number from 0 to 1000000000, but is -0.01$/],
    [{ costUsd: Number.NaN }, /NaN/],
    [{ costUsd: Number.POSITIVE_INFINITY }, /Infinity/],
    [{ costUsd: 1e9 + 1 }, /cost_dollars/],
    [{ costUsd: '1' }, /cost_dollars/],
    [{ timeMs: Number.NaN }, /time/],
    [{ timeMs: 1e17 }, /time/],
    [{ tier: 1.5 }, /tier must be an integer/],
    [{ externalId: '' }, /external_id/],
  ])('%j is refused and says why', async (change, message) => {
    const ledger = new CostLedger({ store: await openCostStore(':memory:') });
    const failure = await ledger.log({ ...good, ...change } as CostEntry).catch((error: unknown) => error);
    expect(LedgerError.isInstance(failure)).toBe(true);
    expect(failure).toMatchObject({ code: 'invalid_argument', message });
    expect((await ledger.check()).today).toEqual([]);
    await ledger.close();
  });
});

describe('a store that cannot be read', () => {
  const broken = (): Promise<never> => Promise.reject(new LedgerError('store_unavailable', 'gone'));
  const failing = (from: CostStore, names: readonly (keyof CostStore)[]): CostStore =>
    new Proxy(from, {
      get: (target, name: keyof CostStore) =>
        names.includes(name) ? broken : (target[name] as () => unknown).bind(target),
    });

  it('is never read as nothing spent, and leaves the last known gate in force', async () => {
    const names: (keyof CostStore)[] = [];
    const failures: unknown[] = [];
    const store = failing(await openCostStore(':memory:'), names);
    const ledger = new CostLedger({ store, onStoreError: (error) => failures.push(error) });
    await ledger.log({ service: 'a', operation: 'b', costUsd: 50 });
    names.push('sumByService');
    await expect(ledger.check()).rejects.toMatchObject({ code: 'store_unavailable' });
    expect(await ledger.authorize({ service: 'a', operation: 'b' })).toMatchObject({ allowed: false });
    expect(await ledger.log({ service: 'a', operation: 'b', costUsd: 1 })).toBe(true);
    expect(failures.length).toBe(3);
    await ledger.close();
  });

  it.each([
    ['allow', true],
    ['deny', false],
  ] as const)('authorizes as AUTHORIZE_ON_ERROR=%s says where no gate is known', async (authorizeOnError, allowed) => {
    const store = failing(await openCostStore(':memory:'), ['setting']);
    const ledger = new CostLedger({ store, authorizeOnError });
    expect(await ledger.authorize({ service: 'a', operation: 'b' })).toMatchObject({ allowed });
    expect(await ledger.authorize({ service: 'system', operation: 'b' })).toMatchObject({ allowed: true });
    await ledger.close();
  });
});

describe('a calendar', () => {
  const hours = (zone: string, at: string) => {
    const calendar = new Calendar(zone);
    const { fromMs } = calendar.day(Date.parse(at));
    return [
      new Date(fromMs).toISOString(),
      (calendar.period({ period: 'custom', start: calendar.dayOf(fromMs), end: calendar.dayOf(fromMs) }, 0).toMs -
        fromMs) /
        3_600_000,
    ];
  };

  it.each([
    ['Europe/Berlin', '2026-03-29T10:00:00Z', '2026-03-28T23:00:00.000Z', 23],
    ['Europe/Berlin', '2026-10-25T10:00:00Z', '2026-10-24T22:00:00.000Z', 25],
    ['Asia/Kathmandu', '2026-03-10T00:00:00Z', '2026-03-09T18:15:00.000Z', 24],
    ['Australia/Lord_Howe', '2026-04-05T03:00:00Z', '2026-04-04T13:00:00.000Z', 24.5],
    ['Africa/Cairo', '2026-04-24T12:00:00Z', '2026-04-23T22:00:00.000Z', 23],
    ['America/New_York', '2026-03-10T04:00:00Z', '2026-03-10T04:00:00.000Z', 24],
    ['America/New_York', '2026-03-10T03:59:59Z', '2026-03-09T04:00:00.000Z', 24],
  ])('in %s at %s: the day begins at %s and has %d hours', (zone, at, start, length) => {
    expect(hours(zone, at)).toEqual([start, length]);
  });

  it('knows weeks from Monday, months, and custom dates, both included', () => {
    const calendar = new Calendar('Europe/Berlin');
    const now = Date.parse('2026-03-29T22:30:00Z');
    expect(calendar.period({ period: 'week' }, now)).toMatchObject({ start: '2026-03-30', end: '2026-03-30' });
    expect(calendar.period({ period: 'week' }, now - 3_600_000)).toMatchObject({
      start: '2026-03-23',
      end: '2026-03-29',
    });
    expect(calendar.period({ period: 'month' }, now)).toMatchObject({ start: '2026-03-01', toMs: now + 1 });
    expect(calendar.period({ period: 'custom', start: '2024-02-28', end: '2024-03-01' }, now)).toMatchObject({
      fromMs: Date.parse('2024-02-27T23:00:00Z'),
      toMs: Date.parse('2024-03-01T23:00:00Z'),
    });
  });

  it.each([
    [{ period: 'year' }],
    [{ period: 'custom' }],
    [{ period: 'custom', start: '2026-01-01' }],
    [{ period: 'custom', start: '2026-1-1', end: '2026-01-02' }],
    [{ period: 'custom', start: '2026-02-30', end: '2026-03-01' }],
    [{ period: 'custom', start: '2026-03-02', end: '2026-03-01' }],
  ])('refuses %j', (request) => {
    expect(() => new Calendar('UTC').period(request as never, 0)).toThrow(LedgerError);
  });

  it('reads local stamps, also around a change of the clocks', () => {
    const calendar = new Calendar('Europe/Berlin');
    const utc = (text: string) => new Date(calendar.parseLocal(text) ?? Number.NaN).toJSON();
    expect(utc('2025-05-20 10:00:00')).toBe('2025-05-20T08:00:00.000Z');
    expect(utc('2026-03-29 01:59:59')).toBe('2026-03-29T00:59:59.000Z');
    expect(utc('2026-03-29 03:00:00')).toBe('2026-03-29T01:00:00.000Z');
    expect(utc('2025-05-20T10:00:00.250')).toBe('2025-05-20T08:00:00.250Z');
    expect([utc('yesterday'), utc('2025-13-01 00:00:00'), utc('2025-05-20 25:00:00')]).toEqual([null, null, null]);
  });

  it('refuses a zone that is none, also in settings', () => {
    expect(() => new Calendar('Mars/Olympus')).toThrow(/BUDGET_TIMEZONE/);
    expect(() => mergeSettings(defaultSettings(), { timeZone: 'Mars/Olympus' })).toThrow(/BUDGET_TIMEZONE/);
    expect(() => mergeSettings(defaultSettings(), { dailyBudgetUsd: Number.NaN })).toThrow(/dailyBudgetUsd/);
  });
});
