import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { captureIo, runService } from '@alex/service';
import { afterAll, describe, expect, it } from 'vitest';
import { costService } from '../service/cost-service.ts';
import { openCostStore } from '../store/open-cost-store.ts';
import { costSink } from './cost-sink.ts';
import { WorkerSink } from './worker-sink.ts';

const folder = mkdtempSync(join(tmpdir(), 'sink-'));
afterAll(() => rmSync(folder, { recursive: true }));
const call = { timeMs: Date.now(), model: 'gpt-4o', provider: 'openai', usd: 1 };
const always = { fromMs: 0, toMs: Date.UTC(9000, 0) };

async function entriesOf(location: string) {
  const store = await openCostStore(location);
  const entries = await store.entries({ ...always, limit: 5000 });
  await store.close();
  return entries;
}

describe('a sink on a file', () => {
  it('books each call once by its span, and calls without a span each for itself', async () => {
    const location = join(folder, 'spans.db');
    const sink = await costSink(location, {});
    const spans = ['00000000000000a1', '00000000000000a1', '0000000000000000', '0000000000000000', undefined];
    for (const spanId of spans) await sink.append({ ...call, spanId });
    await sink.append({ timeMs: call.timeMs, model: ' ', sessionId: 'x'.repeat(999), usd: 0.5 });
    await sink.close();
    const entries = await entriesOf(location);
    expect(entries.map(({ microUsd }) => microUsd)).toEqual([1e6, 1e6, 1e6, 1e6, 5e5]);
    expect(entries.at(-1)).toMatchObject({ service: 'unknown', operation: 'unknown', sessionId: 'x'.repeat(256) });
  });

  it('does not stop the event loop while another process holds the file', async () => {
    const location = join(folder, 'held.db');
    const sink = await costSink(location, {});
    const holder = new DatabaseSync(location);
    holder.exec('BEGIN IMMEDIATE');
    let settled = false;
    const pending = sink.append(call).finally(() => {
      settled = true;
    });
    for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setTimeout(resolve, 5));
    expect(settled).toBe(false);
    holder.exec('ROLLBACK');
    holder.close();
    await pending;
    await sink.close();
  });

  it('settles what is handed over while it closes, and closes with a full queue', async () => {
    const location = join(folder, 'closing.db');
    const sink = await WorkerSink.open({ location, settings: {}, authorizeOnError: 'allow' }, 8);
    const append = () => sink.append({ service: 'a', operation: 'b', costUsd: 1 });
    for (let round = 0; round < 3; round++) {
      const before = Array.from({ length: 8 }, append);
      await Promise.resolve();
      const closed = sink.close();
      const late: Promise<void>[] = [];
      for (let turn = 0; turn < 5; turn++) {
        late.push(append());
        await new Promise((resolve) => setTimeout(resolve, turn / 2));
      }
      await Promise.all([closed, ...before, ...late]);
    }
    await sink.close();
    expect((await entriesOf(location)).length).toBe(39);
  });

  it('refuses what does not fit into its queue, and keeps what it acknowledged', async () => {
    const location = join(folder, 'queue.db');
    const sink = await WorkerSink.open({ location, settings: {}, authorizeOnError: 'allow' }, 20);
    const entry = { service: 'a', operation: 'b', costUsd: 0.001 };
    const results = await Promise.allSettled(Array.from({ length: 25 }, () => sink.append(entry)));
    await sink.close();
    const booked = results.filter(({ status }) => status === 'fulfilled').length;
    expect(booked).toBe(20);
    expect(results.at(-1)).toMatchObject({
      reason: { code: 'store_unavailable', message: expect.stringMatching(/too slow/) },
    });
    expect((await entriesOf(location)).length).toBe(booked);
  });

  it('says why it cannot be opened or written, and takes budgets from the environment', async () => {
    await expect(costSink(folder, {})).rejects.toMatchObject({ code: 'store_unavailable' });
    await expect(costSink(join(folder, 'x.db'), { DAILY_BUDGET: 'much' })).rejects.toThrow(/DAILY_BUDGET/);
    const sink = await costSink(join(folder, 'budget.db'), { DAILY_BUDGET: '1' });
    await sink.append(call);
    expect(await sink.authorize({ service: 'openai', operation: 'gpt-4o' })).toMatchObject({ allowed: false });
    await expect(sink.append({ ...call, usd: Number.NaN })).rejects.toMatchObject({ code: 'invalid_argument' });
    await sink.close();
    await sink.close();
  });
});

describe('a sink on the service', () => {
  it('books and asks with the token, and says what it was answered', async () => {
    const definition = costService({
      host: '127.0.0.1',
      port: 0,
      token: 'secret',
      location: join(folder, 'service.db'),
      environment: 'test',
      settings: { dailyBudgetUsd: 2 },
    });
    const service = await runService(definition, { io: captureIo().io });
    const sink = await costSink(`${service.url}/`, { METRICS_ADMIN_TOKEN: 'secret' });
    const asked = { service: 'openai', operation: 'gpt-4o' };
    expect(await sink.authorize(asked)).toMatchObject({ allowed: true });
    await sink.append({ ...call, usd: 2, spanId: 'a1' });
    await sink.append({ ...call, usd: 2, spanId: 'a1' });
    expect(await sink.authorize(asked)).toMatchObject({
      allowed: false,
      reason: expect.stringMatching(/daily \$2\.00 of \$2\.00/),
    });
    const stranger = await costSink(service.url, {});
    await expect(stranger.append(call)).rejects.toMatchObject({ message: expect.stringMatching(/401/) });
    await service.close();
    await expect(sink.append(call)).rejects.toMatchObject({
      code: 'store_unavailable',
      message: expect.stringMatching(/does not answer/),
    });
    expect(await sink.authorize(asked)).toMatchObject({ allowed: true });
    const strict = await costSink(service.url, { AUTHORIZE_ON_ERROR: 'deny' });
    expect(await strict.authorize(asked)).toMatchObject({ allowed: false });
    await sink.close();
  });
});
