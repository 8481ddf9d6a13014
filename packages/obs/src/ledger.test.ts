import { expect, it } from 'vitest';
import { Ledger, openCostLedger } from './ledger.ts';
import type { CostSink, LlmRecord } from './record.ts';

const call: LlmRecord = {
  kind: 'llm',
  phase: 'end',
  timeMs: 1,
  model: 'gpt-4o',
  status: 'success',
  cost: { usd: 0.5, savedUsd: 0, source: 'library' },
};

function ledgerOn(sink: CostSink | Error) {
  const dropped: string[] = [];
  const warnings: string[] = [];
  const ledger = new Ledger({
    open: async () => {
      if (sink instanceof Error) throw sink;
      return sink;
    },
    dropped: (reason) => dropped.push(reason),
    warn: (message) => warnings.push(message),
  });
  return { ledger, dropped, warnings };
}

it('the cost of each priced call is written in order, unpriced ones are not', async () => {
  const written: number[] = [];
  const { ledger } = ledgerOn({
    async append({ usd }) {
      await new Promise((resolve) => setTimeout(resolve, usd === 0.5 ? 5 : 0));
      written.push(usd);
    },
  });
  ledger.accept(call);
  ledger.accept({ ...call, cost: { usd: 0, savedUsd: 0, source: 'none' } });
  ledger.accept({ ...call, phase: 'start' });
  ledger.accept({ ...call, cost: { usd: 0.25, savedUsd: 0, source: 'reported' } });
  expect(await ledger.close(1000)).toEqual([]);
  expect(written).toEqual([0.5, 0.25]);
});

it('a ledger that cannot be opened is said once and every entry counted', async () => {
  const { ledger, dropped, warnings } = ledgerOn(new Error('read-only file system'));
  ledger.accept(call);
  ledger.accept(call);
  await ledger.flush(1000);
  expect(dropped).toEqual(['write_failed', 'write_failed']);
  expect(warnings).toEqual(['The cost ledger cannot be opened: read-only file system']);
});

it('entries that it refuses are counted and said once', async () => {
  const { ledger, dropped, warnings } = ledgerOn({
    append: () => {
      throw new Error('disk full');
    },
  });
  ledger.accept(call);
  ledger.accept(call);
  await ledger.flush(1000);
  expect(dropped.length).toBe(2);
  expect(warnings.length).toBe(1);
});

it('a refusal that cannot be read is said as such', async () => {
  const { ledger, dropped, warnings } = ledgerOn({ append: () => Promise.reject(Object.create(null)) });
  ledger.accept(call);
  expect(await ledger.flush(1000)).toEqual([]);
  expect(dropped).toEqual(['write_failed']);
  expect(warnings).toEqual(['The cost ledger does not take entries: unreadable error']);
});

it('a ledger that hangs holds back a bounded number of entries and no shutdown', async () => {
  const { ledger, dropped } = ledgerOn({ append: () => new Promise(() => {}) });
  for (let index = 0; index < 1500; index++) ledger.accept(call);
  expect(dropped.length).toBe(500);
  expect(await ledger.flush(20)).toEqual([{ part: 'ledger', message: '1000 costs were not written within 20 ms' }]);
});

it('the error of a missing ledger package names the package', async () => {
  await expect(openCostLedger('costs.db')).rejects.toThrow(
    expect.objectContaining({ code: 'MISSING_PACKAGE', message: expect.stringContaining('@alex/exporters') }),
  );
});
