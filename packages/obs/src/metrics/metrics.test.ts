import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseOpenMetrics, renderOpenMetrics } from '@alex/openmetrics';
import fc from 'fast-check';
import { afterEach, describe, expect, test, vi } from 'vitest';
import type { LLMRequest, ToolExecution } from '../api.ts';
import { createPricing } from '../cost/pricing.ts';
import type { ObsRecord } from '../record.ts';
import { createFixture } from './fixture.ts';
import type { Metrics } from './metrics.ts';

const { create, text, warnings } = createFixture((pricing) => createPricing(pricing));

/** The lines of the exposition that begin with a prefix. */
async function lines(metrics: Metrics, prefix: string): Promise<string[]> {
  return (await text(metrics)).split('\n').filter((line) => line.startsWith(prefix));
}

const span = { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331', traceFlags: 1 };

afterEach(() => {
  warnings.length = 0;
  vi.useRealTimers();
});

test('a scripted run has the names, labels and values of the golden exposition', async () => {
  vi.useFakeTimers({ now: 1_800_000_000_000 });
  const metrics = create({ labels: { env: 'test' } }, { spanContext: () => undefined });
  const { api } = metrics;
  const task = { kind: 'task', sessionId: 's', root: true } as const;
  const ids = { traceId: span.traceId, spanId: span.spanId, sampled: true, timeMs: Date.now() };
  metrics.record({ ...task, ...ids, phase: 'start' });
  metrics.record({
    kind: 'llm',
    phase: 'end',
    ...ids,
    model: 'gpt-4o',
    status: 'success',
    durationMs: 1500,
    timeToFirstTokenMs: 300,
    usage: { inputTokens: 1000, outputTokens: 200, cacheReadInputTokens: 400, reasoningTokens: 50 },
    cost: { usd: 0.004, savedUsd: 0.0005, source: 'library' },
  });
  metrics.record({ kind: 'tool', phase: 'end', ...ids, toolName: 'grep', status: 'success', durationMs: 42 });
  metrics.record({ ...task, ...ids, phase: 'end', status: 'success', durationMs: 2000, iterations: 2, costUsd: 0.004 });
  api.recordLLMRequest({
    model: 'gpt-4',
    status: 'success',
    latencyMs: 1000,
    inputTokens: 100,
    outputTokens: 50,
    costUsd: 0.002,
  });
  api.recordLLMRequest({
    model: 'gpt-4',
    status: 'error',
    latencyMs: 500,
    inputTokens: 0,
    outputTokens: 0,
    costUsd: 0,
  });
  api.recordLLMRequest({ model: 'house-model', status: 'success', latencyMs: 10, inputTokens: 5, outputTokens: 5 });
  api.recordLLMRequest({ model: 'gpt-4', status: 'success', latencyMs: 10 });
  api.recordToolExecution('bash', 'cancelled', 3000);
  api.sessionStarted();
  const golden = new URL('./golden/scripted-run.txt', import.meta.url).pathname;
  await expect(renderOpenMetrics(await metrics.collect())).toMatchFileSnapshot(golden);
});

const gpt4: LLMRequest = { model: 'gpt-4', status: 'success', latencyMs: 1000, inputTokens: 100, outputTokens: 50 };

describe('LLM requests', () => {
  test('the two requests of the founding example give its sums', async () => {
    const metrics = create();
    metrics.api.recordLLMRequest({ ...gpt4, costUsd: 0.002 });
    metrics.api.recordLLMRequest({
      ...gpt4,
      status: 'error',
      latencyMs: 500,
      inputTokens: 0,
      outputTokens: 0,
      costUsd: 0,
    });
    const exposition = await text(metrics);
    for (const line of [
      'alex_llm_requests_total{model="gpt-4",status="success"} 1',
      'alex_llm_requests_total{model="gpt-4",status="error"} 1',
      'alex_llm_requests_total{model="gpt-4",status="cancelled"} 0',
      'alex_llm_tokens_input_total{model="gpt-4"} 100',
      'alex_llm_tokens_output_total{model="gpt-4"} 50',
      'alex_cost_total{model="gpt-4"} 0.002',
      'alex_llm_latency_seconds_count{model="gpt-4",status="success"} 1',
      'alex_llm_latency_seconds_sum{model="gpt-4",status="success"} 1',
      'alex_llm_latency_seconds_sum{model="gpt-4",status="error"} 0.5',
    ]) {
      expect(exposition).toMatch(new RegExp(`^${line.replace(/[{}.]/g, '\\$&')}(?:\\.0)?$`, 'm'));
    }
  });

  test('a successful request is priced by the table, a failed one is not', async () => {
    const metrics = create();
    metrics.api.recordLLMRequest({ ...gpt4, inputTokens: 1000, outputTokens: 500 });
    metrics.api.recordLLMRequest({ ...gpt4, status: 'error', inputTokens: 1000, outputTokens: 500 });
    expect(await lines(metrics, 'alex_cost_total')).toEqual(['alex_cost_total{model="gpt-4"} 0.06']);
  });

  test('a model without a price adds no cost and counts as unpriced, unless a default is configured', async () => {
    const request = { ...gpt4, model: 'house-model' };
    const metrics = create();
    metrics.api.recordLLMRequest(request);
    expect(await lines(metrics, 'alex_cost_unpriced')).toEqual([
      'alex_cost_unpriced_requests_total{model="house-model"} 1',
    ]);
    expect(await lines(metrics, 'alex_cost_total')).toEqual(['alex_cost_total{model="house-model"} 0']);
    const priced = create({ pricing: { default: { input: 10, output: 20 } } });
    priced.api.recordLLMRequest(request);
    expect(await lines(priced, 'alex_cost_total')).toEqual(['alex_cost_total{model="house-model"} 0.002']);
  });

  test('fractional tokens are floored and cached ones clamped to the total', async () => {
    const metrics = create();
    metrics.api.recordLLMRequest({ ...gpt4, inputTokens: 10.9, cacheReadInputTokens: 99, reasoningTokens: 60 });
    expect(await lines(metrics, 'alex_llm_tokens')).toEqual([
      'alex_llm_tokens_input_total{model="gpt-4"} 10',
      'alex_llm_tokens_output_total{model="gpt-4"} 50',
      'alex_llm_tokens_cache_read_total{model="gpt-4"} 10',
      'alex_llm_tokens_cache_write_total{model="gpt-4"} 0',
      'alex_llm_tokens_reasoning_total{model="gpt-4"} 50',
    ]);
  });
});

describe('sessions', () => {
  test('start, start, end leaves one; ending twice changes nothing', async () => {
    const metrics = create();
    metrics.api.incrementActiveSessions();
    const end = metrics.api.sessionStarted();
    end();
    end();
    expect(await lines(metrics, 'alex_sessions_active')).toEqual(['alex_sessions_active 1']);
  });

  test('they never fall below zero', async () => {
    const metrics = create();
    metrics.api.decrementActiveSessions();
    expect(await lines(metrics, 'alex_sessions_active')).toEqual(['alex_sessions_active 0']);
    expect(await lines(metrics, 'alex_obs_dropped_total{signal="metrics",reason="invalid_value"}')).toEqual([
      'alex_obs_dropped_total{signal="metrics",reason="invalid_value"} 1',
    ]);
  });

  test('a sub-agent is no session of its own', async () => {
    const metrics = create();
    const task = { kind: 'task', timeMs: 1, phase: 'start' } as const;
    metrics.record({ ...task, root: true });
    metrics.record({ ...task, root: false });
    expect(await lines(metrics, 'alex_sessions_active')).toEqual(['alex_sessions_active 1']);
  });
});

describe('time', () => {
  test('what the function returns or throws passes through and is counted', async () => {
    const metrics = create();
    expect(metrics.api.time('t', () => 7)).toBe(7);
    const abort = Object.assign(new Error('stop'), { name: 'AbortError' });
    expect(() =>
      metrics.api.time('t', () => {
        throw abort;
      }),
    ).toThrow(abort);
    expect(() =>
      metrics.api.time('t', () => {
        throw null;
      }),
    ).toThrow();
    expect(await lines(metrics, 'alex_tool_executions_total')).toEqual([
      'alex_tool_executions_total{tool_name="t",status="success"} 0',
      'alex_tool_executions_total{tool_name="t",status="error"} 1',
      'alex_tool_executions_total{tool_name="t",status="cancelled"} 1',
    ]);
  });
});

describe('bad input', () => {
  const bad: readonly unknown[] = [
    Number.NaN,
    -1,
    Number.POSITIVE_INFINITY,
    1e300,
    null,
    '12',
    12n,
    Symbol('s'),
    {},
    [],
    () => 1,
    true,
    Object.defineProperty({}, 'x', {
      get: () => {
        throw new Error('getter');
      },
    }),
    'x'.repeat(1e7),
  ];

  test('a bad field is dropped and counted, the record still counts', async () => {
    const metrics = create();
    for (const value of bad) metrics.api.recordToolExecution('grep', 'success', value as number);
    expect(await lines(metrics, 'alex_tool_executions_total{tool_name="grep",status="success"}')).toEqual([
      `alex_tool_executions_total{tool_name="grep",status="success"} ${bad.length}`,
    ]);
    expect(await lines(metrics, 'alex_tool_duration_seconds_count')).toEqual([
      'alex_tool_duration_seconds_count{tool_name="grep"} 0',
    ]);
    expect(warnings).toEqual([expect.stringContaining('metrics: invalid_value')]);
  });

  test('names that are no text count as unknown, other words as status other', async () => {
    const metrics = create();
    for (const value of [null, undefined, 5, {}, Symbol('s'), ''])
      metrics.api.recordToolExecution(value as string, 'failed', 1);
    expect(await lines(metrics, 'alex_tool_executions_total{tool_name="unknown",status="other"}')).toEqual([
      'alex_tool_executions_total{tool_name="unknown",status="other"} 6',
    ]);
  });

  test('nothing that is handed in throws', () => {
    const { api } = create();
    const trap = new Proxy(
      {},
      {
        get: () => {
          throw new Error('trap');
        },
      },
    );
    for (const value of [...bad, trap, undefined]) {
      expect(() => api.recordLLMRequest(value as LLMRequest)).not.toThrow();
      expect(() => api.recordToolExecution(value as ToolExecution)).not.toThrow();
      for (const field of [
        'model',
        'status',
        'latencyMs',
        'inputTokens',
        'outputTokens',
        'costUsd',
        'cacheReadInputTokens',
      ]) {
        expect(() => api.recordLLMRequest({ ...gpt4, [field]: value })).not.toThrow();
      }
    }
  });

  test('whatever was handed in, what is exposed is strict OpenMetrics with finite values', async () => {
    const metrics = create({}, { spanContext: () => undefined });
    metrics.setListener(() => {});
    const any = fc.oneof(fc.anything(), fc.constantFrom(...bad), fc.constantFrom('success', 'gpt-4', 'llm', 'end'));
    fc.assert(
      fc.property(any, any, any, any, (a, b, c, d) => {
        metrics.api.recordToolExecution(a as string, b as string, c as number);
        const fields = { model: a, status: b, latencyMs: c, inputTokens: d, outputTokens: c, costUsd: d };
        metrics.api.recordLLMRequest({ ...fields, cacheReadInputTokens: c, reasoningTokens: d } as LLMRequest);
        const kind = fc.sample(fc.constantFrom('llm', 'tool', 'task', 'iteration'), 1)[0];
        const record = { kind, phase: 'end', model: a, toolName: b, status: c, durationMs: d, usage: a, cost: b };
        metrics.record({
          ...record,
          iterations: c,
          costUsd: d,
          sampled: true,
          traceId: a,
          spanId: b,
        } as unknown as ObsRecord);
      }),
    );
    const exposition = await text(metrics);
    expect(() => parseOpenMetrics(exposition)).not.toThrow();
    expect(exposition).not.toMatch(/ (NaN|[+-]Inf)$/m);
  });

  test('no record of the helpers throws', () => {
    const metrics = create();
    expect(() => metrics.record(null as unknown as ObsRecord)).not.toThrow();
    expect(() => metrics.record({} as ObsRecord)).not.toThrow();
  });

  test('past the limit of names they are counted as other, and none is lost', async () => {
    const metrics = create({ limits: { series: 2000, label_values: 3 } });
    for (let n = 0; n < 1000; n++) metrics.api.recordToolExecution(`tool ${n}`, 'success', 1);
    const totals = await lines(metrics, 'alex_tool_executions_total');
    expect(totals.filter((line) => line.includes('success'))).toEqual([
      'alex_tool_executions_total{tool_name="tool 0",status="success"} 1',
      'alex_tool_executions_total{tool_name="tool 1",status="success"} 1',
      'alex_tool_executions_total{tool_name="tool 2",status="success"} 1',
      'alex_tool_executions_total{tool_name="other",status="success"} 997',
    ]);
  });

  test('a limit of one series per metric still counts drops without end', async () => {
    const metrics = create({ limits: { series: 1, label_values: 200 } });
    for (let n = 0; n < 10; n++) metrics.api.recordToolExecution(`tool ${n}`, 'odd', Number.NaN);
    expect((await text(metrics)).endsWith('# EOF\n')).toBe(true);
  });
});

describe('exemplars', () => {
  test('a record inside a sampled span points to it, in counter and histogram', async () => {
    const metrics = create({}, { spanContext: () => span });
    metrics.api.recordToolExecution('grep', 'success', 42);
    const exemplar = `# {trace_id="${span.traceId}",span_id="${span.spanId}"}`;
    const found = (await text(metrics)).split('\n').filter((line) => line.includes(exemplar));
    expect(found).toHaveLength(2);
    expect(found[1]).toMatch(/le="0\.05".* # \{.*\} 0\.042 1\d{9}/);
  });

  test('a span that is not sampled gets none', async () => {
    const metrics = create({}, { spanContext: () => undefined });
    const record = {
      kind: 'tool',
      phase: 'end',
      timeMs: Date.now(),
      toolName: 't',
      status: 'success',
      durationMs: 1,
    } as const;
    metrics.record({ ...record, ...span, sampled: false });
    expect(await text(metrics)).not.toContain('trace_id');
    metrics.record({ ...record, ...span, sampled: true });
    expect(await text(metrics)).toContain('trace_id');
  });

  test('without tracing there are none, even of records that say they are sampled', async () => {
    const metrics = create();
    metrics.record({
      kind: 'tool',
      phase: 'end',
      timeMs: Date.now(),
      toolName: 't',
      status: 'success',
      ...span,
      sampled: true,
    });
    expect(await text(metrics)).not.toContain('trace_id');
  });
});

describe('listener', () => {
  test('gets what code measured by itself as records, until it is taken away', () => {
    const records: ObsRecord[] = [];
    const metrics = create({}, { spanContext: () => span });
    metrics.setListener((record) => records.push(record));
    metrics.api.recordToolExecution('grep', 'odd', -1);
    metrics.api.recordLLMRequest({ ...gpt4, costUsd: 0.5 });
    metrics.setListener(undefined);
    metrics.api.recordToolExecution('grep', 'success', 1);
    expect(records).toEqual([
      expect.objectContaining({
        kind: 'tool',
        toolName: 'grep',
        status: 'other',
        durationMs: undefined,
        traceId: span.traceId,
      }),
      expect.objectContaining({
        kind: 'llm',
        model: 'gpt-4',
        durationMs: 1000,
        usage: expect.objectContaining({ inputTokens: 100 }),
        cost: { usd: 0.5, savedUsd: 0, source: 'reported' },
      }),
    ]);
  });
});

test('switched off, every call is a silent no-op, including with garbage', async () => {
  const metrics = create({ enabled: false });
  const { api } = metrics;
  api.recordToolExecution(Symbol('s') as unknown as string, 'x', Number.NaN);
  api.recordLLMRequest(null as unknown as LLMRequest);
  api.sessionStarted()();
  api.decrementActiveSessions();
  api.meter.createCounter('c').add(1);
  expect(api.time('t', () => 7)).toBe(7);
  expect(await metrics.start()).toEqual({ url: undefined });
  expect([...(await metrics.collect()).families]).toEqual([]);
  expect([...(await metrics.flush(10)), ...(await metrics.shutdown(10)), ...warnings]).toEqual([]);
});

test('the documentation page is what the catalogue says', async () => {
  const { generatedFiles } = await import('./generate.ts');
  const root = fileURLToPath(new URL('../../../..', import.meta.url));
  for (const { path, content } of generatedFiles(root)) expect(readFileSync(join(root, path), 'utf8')).toBe(content);
});
