import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type costSink, openCostStore } from '@alex/exporters/lead-factory';
import { expect, expectTypeOf, it } from 'vitest';
import { Ledger, openCostLedger } from './ledger.ts';
import { createObs } from './obs.ts';
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
  await expect(openCostLedger('costs.db', '@alex/missing')).rejects.toThrow(
    expect.objectContaining({ code: 'MISSING_PACKAGE', message: expect.stringContaining('@alex/missing') }),
  );
});

it('a permission is asked after what was spent before, and given where the ledger cannot tell', async () => {
  const seen: string[] = [];
  const { ledger } = ledgerOn({
    append: async () => void seen.push('append'),
    authorize: ({ service }) => {
      seen.push(`authorize ${service}`);
      return { allowed: false, reason: 'closed' };
    },
  });
  ledger.accept(call);
  expect(await ledger.authorize({ service: 'openai', operation: 'gpt-4o' })).toEqual({
    allowed: false,
    reason: 'closed',
  });
  expect(seen).toEqual(['append', 'authorize openai']);
  const without = [
    ledgerOn(new Error('gone')),
    ledgerOn({ append() {} }),
    ledgerOn({
      append() {},
      authorize: () => {
        throw new Error('no');
      },
    }),
  ];
  for (const { ledger: other } of without) {
    expect(await other.authorize({ service: 'a', operation: 'b' })).toMatchObject({ allowed: true });
  }
});

it('the sink of the ledger package is what the SDK takes', () => {
  expectTypeOf<Awaited<ReturnType<typeof costSink>>>().toExtend<CostSink>();
});

it('agents write into a real ledger, which closes the gate before the budget is spent', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'ledger-'));
  const location = join(folder, 'costs.db');
  const obs = createObs({
    configPath: false,
    env: {},
    config: { cost_ledger: location, metrics: { prometheus_port: 0 }, logging: { level: 'error' } },
  });
  try {
    const asked = { service: 'openai', operation: 'gpt-4o' };
    expect(await obs.authorize(asked)).toMatchObject({ allowed: true });
    const usage = { inputTokens: 1, outputTokens: 1, costUsd: 44 };
    await obs.withSession('s1', () =>
      obs.generate({ provider: 'openai', model: 'gpt-4o' }, (reply) => reply.usage(usage)),
    );
    obs.metrics.recordLLMRequest({ model: 'direct', status: 'success', latencyMs: 1, costUsd: 1.5 });
    obs.metrics.recordLLMRequest({ model: 'direct', status: 'success', latencyMs: 1, costUsd: 1.5 });
    expect(await obs.authorize(asked)).toMatchObject({
      allowed: false,
      reason: expect.stringMatching(/daily \$45\.50 of \$50\.00/),
    });
    expect(await obs.shutdown()).toEqual([]);
    expect(await obs.authorize(asked)).toMatchObject({ allowed: true });
    const store = await openCostStore(location);
    const entries = await store.entries({ fromMs: 0, toMs: Date.now() + 1000, limit: 9 });
    expect(
      entries.map(({ service, operation, microUsd, sessionId }) => [service, operation, microUsd / 1e6, sessionId]),
    ).toEqual([
      ['openai', 'gpt-4o', 44, 's1'],
      ['unknown', 'direct', 1.5, null],
      ['unknown', 'direct', 1.5, null],
    ]);
    await store.close();
  } finally {
    await obs.shutdown();
    rmSync(folder, { recursive: true });
  }
});
