import { afterEach, describe, expect, it } from 'vitest';
import type { BudgetSettings } from '../budget/settings.ts';
import { type BudgetStatus, CostLedger, type CostLedgerOptions } from '../cost-ledger.ts';
import type { CostStore, TimeRange } from '../store/cost-store.ts';

const noon = Date.parse('2026-03-10T12:00:00Z');

/** The vectors of budgets and gate, on a store. */
export function describeLedger(name: string, open: () => Promise<CostStore>): void {
  const opened: CostStore[] = [];
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((store) => store.close()));
  });

  const begin = async (settings: Partial<BudgetSettings> = {}, more: Partial<CostLedgerOptions> = {}) => {
    const store = await open();
    opened.push(store);
    const clock = { now: noon };
    const said: string[] = [];
    const log = (message: string): void => void said.push(message);
    const options = {
      settings: { timeZone: 'UTC', ...settings },
      now: () => clock.now,
      log: { info: log, warn: log, error: log },
    };
    return { ledger: new CostLedger({ store, ...options, ...more }), store, clock, said, options };
  };
  const spend = async (ledger: CostLedger, costUsd: number, timeMs?: number): Promise<BudgetStatus> => {
    await ledger.log({ service: 'openai', operation: 'gpt-4o', costUsd, timeMs });
    return await ledger.check();
  };
  const gateOf = ({ gate }: BudgetStatus) => [gate.active, gate.reason];

  describe(`a ledger on ${name}`, () => {
    it.each([
      [39.99, false, false],
      [40, true, false],
      [44.99999, true, false],
      [45, true, true],
      [60, true, true],
    ])('compares $%d with a daily budget of 50: warning %s, gate %s', async (usd, exceeded, active) => {
      const { ledger, said } = await begin();
      const status = await spend(ledger, usd);
      expect([status.daily.exceeded, status.gate.active]).toEqual([exceeded, active]);
      expect(status.daily.percent).toBeCloseTo(usd * 2, 9);
      await ledger.check();
      expect(said.filter((line) => /threshold/.test(line)).length).toBe(exceeded ? 1 : 0);
    });

    it.each([
      [899.9999, false, ''],
      [900, true, 'monthly $900.00 of $1000.00 (90.0%)'],
      [950, true, 'monthly $950.00 of $1000.00 (95.0%)'],
    ])('compares $%d of this month, today aside, with a monthly budget of 1000', async (usd, active, reason) => {
      const { ledger } = await begin();
      expect(gateOf(await spend(ledger, usd, noon - 5 * 86_400_000))).toEqual([active, reason]);
    });

    it('gives the daily reason when both periods are over, and counts each closing by its kind', async () => {
      const { ledger } = await begin();
      const status = await spend(ledger, 950);
      expect(gateOf(status)).toEqual([true, 'daily $950.00 of $50.00 (1900.0%)']);
      expect(status.gate.activations).toEqual({ daily: 1, monthly: 0, manual: 0 });
    });

    it('gives exact percents, and 0 where there is no budget', async () => {
      const { ledger } = await begin({ dailyBudgetUsd: 0, monthlyBudgetUsd: 1000 });
      const status = await spend(ledger, 120.5);
      expect([status.daily.percent, status.monthly.percent, status.gate.active]).toEqual([0, 12.05, false]);
      const negative = await begin({ dailyBudgetUsd: -5, monthlyBudgetUsd: -1 });
      expect((await spend(negative.ledger, 1e6)).gate.active).toBe(false);
    });

    it('nine times 0.1 of a budget of 1 close the gate', async () => {
      const { ledger } = await begin({ dailyBudgetUsd: 1 });
      for (let count = 0; count < 8; count++) await spend(ledger, 0.1);
      expect((await ledger.check()).gate.active).toBe(false);
      expect((await spend(ledger, 0.1)).gate.active).toBe(true);
    });

    it('books what was spent although the gate is closed', async () => {
      const { ledger } = await begin();
      await spend(ledger, 50);
      expect((await spend(ledger, 7)).daily.spentMicroUsd).toBe(57_000_000);
    });

    it('opens on a new day, and on a new day that begins just below the limit', async () => {
      const { ledger, clock, said } = await begin();
      await spend(ledger, 45);
      clock.now = Date.parse('2026-03-11T00:00:00Z');
      expect(gateOf(await ledger.check())).toEqual([false, 'within thresholds']);
      expect(said).toContain('Scaling gate open: within thresholds');
      await spend(ledger, 46);
      clock.now = Date.parse('2026-03-12T00:00:00Z');
      await ledger.store.append([
        {
          service: 'a',
          operation: 'b',
          microUsd: 44_500_000,
          timeMs: clock.now,
          externalId: null,
          tier: null,
          businessId: null,
          sessionId: null,
          model: null,
        },
      ]);
      expect((await ledger.check()).gate.active).toBe(false);
    });

    it('does not open within the day while spending is below the limit by less than the hysteresis', async () => {
      const { ledger, store, options } = await begin();
      await spend(ledger, 45);
      const richer = new CostLedger({ store, ...options, settings: { ...options.settings, dailyBudgetUsd: 50.5 } });
      expect((await richer.check()).gate.active).toBe(true);
      const rich = new CostLedger({ store, ...options, settings: { ...options.settings, dailyBudgetUsd: 52 } });
      expect((await rich.check()).gate.active).toBe(false);
    });

    it('an entry at 23:59:59 counts for that day only, the month ends with its last day', async () => {
      const { ledger, clock } = await begin();
      clock.now = Date.parse('2026-03-31T23:59:59.999Z');
      expect((await spend(ledger, 5)).daily.spentMicroUsd).toBe(5_000_000);
      clock.now += 1;
      const april = await ledger.check();
      expect([april.daily.spentMicroUsd, april.monthly.spentMicroUsd, april.today, april.thisMonth]).toEqual([
        0,
        0,
        [],
        [],
      ]);
    });

    it('counts what is dated later today only when its time has come', async () => {
      const { ledger, clock } = await begin();
      expect((await spend(ledger, 5, noon + 60_000)).daily.spentMicroUsd).toBe(0);
      clock.now += 60_000;
      expect((await ledger.check()).daily.spentMicroUsd).toBe(5_000_000);
    });

    it('what was closed by hand is opened by hand only', async () => {
      const { ledger, clock } = await begin();
      await ledger.order(true, 'maintenance');
      expect(gateOf(await ledger.check())).toEqual([true, 'maintenance']);
      clock.now += 86_400_000;
      expect(gateOf(await ledger.check())).toEqual([true, 'maintenance']);
      expect((await ledger.order(false, 'done')).active).toBe(false);
      expect((await ledger.check()).gate.active).toBe(false);
    });

    it('opened by hand over the limit stays open for an hour, or until spending was below', async () => {
      const { ledger, clock } = await begin();
      await spend(ledger, 45);
      await ledger.order(false, 'urgent');
      clock.now += 3_599_999;
      expect((await ledger.check()).gate.active).toBe(false);
      clock.now += 1;
      expect((await ledger.check()).gate.active).toBe(true);
      await ledger.order(false, 'urgent again');
      clock.now = Date.parse('2026-03-11T00:00:01Z');
      await ledger.check();
      expect((await spend(ledger, 45)).gate.active).toBe(true);
    });

    it('keeps a history, newest first, with amounts', async () => {
      const { ledger, store } = await begin();
      await spend(ledger, 45);
      await ledger.order(false, 'by hand');
      const history = await store.gateHistory(10);
      expect(history.map(({ status, source, reason }) => [status, source, reason])).toEqual([
        ['deactivated', 'manual', 'by hand'],
        ['activated', 'auto', 'daily $45.00 of $50.00 (90.0%)'],
      ]);
      expect(history[0]).toMatchObject({ dailyMicroUsd: 45_000_000, monthlyBudgetMicroUsd: 1_000_000_000 });
    });

    it('two processes that order at once both get a true answer, and the history keeps both', async () => {
      const { ledger, store, options } = await begin();
      const other = new CostLedger({ store, ...options });
      const [closed, opened] = await Promise.all([ledger.order(true, 'close'), other.order(false, 'open')]);
      expect([closed.active, opened.active]).toEqual([true, false]);
      const last = closed.version > opened.version ? closed : opened;
      expect(await store.gate()).toEqual(last);
      expect((await store.gateHistory(0)).map(({ reason }) => reason).sort()).toEqual(['close', 'open']);
    });

    it('is not opened by a look at the costs from before it closed', async () => {
      const { ledger, store, clock, options } = await begin();
      await spend(ledger, 45);
      clock.now = Date.parse('2026-03-11T00:00:00Z');
      const { promise: held, resolve: release } = Promise.withResolvers<void>();
      const slow = new Proxy(store, {
        get: (target, key) =>
          key === 'sumByService'
            ? async (range: TimeRange) => {
                const sums = await target.sumByService(range);
                await held;
                return sums;
              }
            : Reflect.get(target, key).bind(target),
      });
      const late = new CostLedger({ store: slow, ...options }).check();
      await new Promise((resolve) => setTimeout(resolve, 50));
      expect((await ledger.check()).gate.active).toBe(false);
      expect((await spend(ledger, 46)).gate.active).toBe(true);
      release();
      await late;
      expect((await store.gate()).active).toBe(true);
      const reasons = (await store.gateHistory(0)).map(({ reason }) => reason);
      expect(reasons[0]).toBe('daily $46.00 of $50.00 (92.0%)');
    });

    it('is never closed where the gate is disabled, not by what is stored either', async () => {
      const { ledger, store, options } = await begin();
      await spend(ledger, 50);
      const off = new CostLedger({ store, ...options, settings: { ...options.settings, gateEnabled: false } });
      expect(gateOf(await off.check())).toEqual([false, 'disabled by configuration']);
      expect((await off.authorize({ service: 'openai', operation: 'gpt-4o' })).allowed).toBe(true);
      await expect(off.order(true, 'x')).rejects.toMatchObject({ code: 'gate_disabled' });
      expect((await store.gate()).active).toBe(true);
    });

    it('lets critical operations through a closed gate, all others not', async () => {
      const { ledger } = await begin({ criticalOperations: ['openai.embed*', 'admin_*'] });
      const ask = async (service: string, operation: string) =>
        (await ledger.authorize({ service, operation })).allowed;
      expect(await ask('openai', 'gpt-4o')).toBe(true);
      await spend(ledger, 45);
      expect(await ledger.authorize({ service: 'openai', operation: 'gpt-4o' })).toEqual({
        allowed: false,
        reason: 'the scaling gate is active: daily $45.00 of $50.00 (90.0%)',
      });
      const allowed = [
        ['sendgrid', 'bounce_notification'],
        ['database', 'backup'],
        ['monitoring', 'anything'],
        ['any', 'health_check'],
        ['any', 'admin_reset'],
        ['openai', 'embeddings'],
      ] as const;
      for (const [service, operation] of allowed)
        expect([service, operation, await ask(service, operation)]).toEqual([service, operation, true]);
      for (const [service, operation] of [
        ['sendgrid', 'send'],
        ['any', 'system.x'],
        ['any', 'embeddings'],
      ] as const) {
        expect([service, operation, await ask(service, operation)]).toEqual([service, operation, false]);
      }
    });

    it('shares its settings with processes that have none of their own', async () => {
      const { ledger, store, options } = await begin({ dailyBudgetUsd: 10 });
      await ledger.saveSettings();
      const agent = new CostLedger({ store, now: options.now });
      expect((await spend(agent, 9)).gate.reason).toBe('daily $9.00 of $10.00 (90.0%)');
      expect((await ledger.check()).gate.active).toBe(true);
      await store.saveSetting('budget', '{"dailyBudgetUsd":"much"}');
      expect((await agent.check()).settings.dailyBudgetUsd).toBe(50);
    });

    it('does not lose spending when the clock is set back a little', async () => {
      const { ledger, clock } = await begin();
      await spend(ledger, 45);
      clock.now -= 600_000;
      expect((await ledger.check()).gate.active).toBe(true);
      expect((await spend(ledger, 1)).daily.spentMicroUsd).toBe(46_000_000);
      clock.now -= 3 * 86_400_000;
      expect((await ledger.check()).daily.spentMicroUsd).toBe(0);
    });
  });
}
