import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ObsOptions } from './api.ts';
import { type HttpSink, openHttpSink } from './testing/http-sink.ts';
import { createInstance, type Instance } from './testing/instance.ts';

let sink: HttpSink;
const made: Instance[] = [];
beforeEach(async () => {
  sink = await openHttpSink();
});
afterEach(async () => {
  await Promise.all(made.splice(0).map((one) => one.close()));
  await sink.close();
});

function instance(options: ObsOptions = {}): Instance {
  const tracing = { enabled: true, exporter: 'zipkin', zipkin_endpoint: sink.url } as const;
  const one = createInstance({ ...options, config: { tracing, ...options.config } });
  made.push(one);
  return one;
}

const spanNames = () =>
  sink.requests.flatMap(({ body }) => (JSON.parse(body.toString()) as { name: string }[]).map(({ name }) => name));

describe('before start', () => {
  it('everything is recorded, and nothing is opened or sent', async () => {
    const { obs, metric } = instance();
    for (let n = 0; n < 600; n++) obs.executeTool({ name: 'read' }, () => n);
    await sleep(50);
    expect(sink.connections).toBe(0);
    await obs.start();
    await sink.received(1);
    await obs.flush();
    expect(spanNames()).toHaveLength(600);
    expect(await metric('alex_tool_executions_total')).toBe(600);
  });
});

describe('start', () => {
  it('is one, however often and at the same time it is asked for', async () => {
    const { obs, lines } = instance();
    const first = obs.start();
    expect(obs.start()).toBe(first);
    const [one, two] = await Promise.all([first, obs.start()]);
    expect(one.metricsUrl).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/metrics$/);
    expect(two).toBe(one);
    await obs.flush();
    expect(lines().filter(({ msg }) => msg === 'observability started')).toHaveLength(1);
  });

  it('takes another port where its own is taken, and says so once', async () => {
    const port = Number(new URL(sink.url).port);
    const { obs, lines, metric } = instance({ config: { metrics: { prometheus_port: port } } });
    const { metricsUrl } = await obs.start();
    expect(metricsUrl).not.toContain(`:${port}/`);
    expect(await metric('alex_sessions_active')).toBe(0);
    await obs.flush();
    const warnings = lines().filter(({ level }) => level === 'WARN');
    expect(warnings).toEqual([expect.objectContaining({ msg: expect.stringContaining(String(port)) })]);
  });

  it('opens nothing where OTEL_SDK_DISABLED is true, and calls go through', async () => {
    const { obs } = instance({ env: { OTEL_SDK_DISABLED: 'true' }, config: { tracing: {} } });
    expect((await obs.start()).metricsUrl).toBeUndefined();
    expect(obs.generate({ model: 'gpt-4' }, () => 7)).toBe(7);
    obs.metrics.recordToolExecution('read', 'success', 1);
    expect(await obs.flush()).toEqual([]);
    expect(sink.connections).toBe(0);
  });
});

describe('shutdown', () => {
  it('sends what waits, closes the endpoint, and is one however often it is asked for', async () => {
    const { obs } = instance();
    const { metricsUrl } = await obs.start();
    obs.tracer.withSpan('last', () => {});
    const first = obs.shutdown();
    expect(obs.shutdown()).toBe(first);
    expect(await first).toEqual([]);
    expect(spanNames()).toEqual(['last']);
    await expect(fetch(metricsUrl ?? '')).rejects.toThrow();
  });

  it('of what was never started or used does nothing', async () => {
    const { obs } = instance();
    expect(await obs.shutdown()).toEqual([]);
    expect(await obs.flush()).toEqual([]);
  });

  it('takes no longer than it may with a collector that hangs, and tells what failed', async () => {
    sink.answer = () => {};
    const { obs } = instance();
    await obs.start();
    obs.tracer.withSpan('lost', () => {});
    const before = performance.now();
    const failures = await obs.shutdown({ timeoutMs: 300 });
    expect(performance.now() - before).toBeLessThan(1500);
    expect(failures).toEqual([{ part: 'traces', message: expect.stringMatching(/\b[23]\d\d ms/) }]);
  });

  it('in the middle of a start is awaited by it', async () => {
    const { obs } = instance();
    const started = obs.start();
    expect(await obs.shutdown()).toEqual([]);
    const { metricsUrl } = await started;
    await expect(fetch(metricsUrl ?? '')).rejects.toThrow();
  });

  it('leaves calls that only call', async () => {
    const { obs } = instance();
    const records: unknown[] = [];
    obs.observe((record) => records.push(record));
    await obs.start();
    await obs.shutdown();
    expect(obs.solveTask({}, () => obs.generate({ model: 'm' }, () => 5))).toBe(5);
    expect(obs.metrics.time('t', () => 6)).toBe(6);
    expect(obs.tracer.withSpan('late', (span) => span.isRecording())).toBe(false);
    obs.logger.info('late');
    obs.metrics.recordToolExecution('t', 'success', 1);
    await sleep(5);
    expect([records, spanNames()]).toEqual([[], []]);
  });
});

describe('an instance that is started again', () => {
  it('records again, for clients and tools that were observed before', async () => {
    const { obs, metric } = instance();
    const client = {
      chat: {
        completions: { create: async (_body: object) => ({ usage: { prompt_tokens: 3, completion_tokens: 2 } }) },
      },
    };
    const tools = { read: async () => 'contents' };
    obs.observeClient(client);
    obs.observeTools(tools);
    await obs.start();
    await obs.shutdown();
    await client.chat.completions.create({ model: 'gpt-4' });
    await obs.start();
    obs.observeClient(client);
    await client.chat.completions.create({ model: 'gpt-4' });
    await tools.read();
    expect(await metric('alex_llm_requests_total', { model: 'gpt-4' })).toBe(1);
    expect(await metric('alex_tool_executions_total', { tool_name: 'read' })).toBe(1);
    await obs.flush();
    expect(spanNames()).toEqual(['alex.llm.generate', 'alex.tool.execute']);
  });

  it('gets its port back, even when that is asked for before the shutdown is over', async () => {
    const free = await openHttpSink();
    const port = Number(new URL(free.url).port);
    await free.close();
    const { obs } = instance({ config: { metrics: { prometheus_port: port } } });
    const { metricsUrl } = await obs.start();
    const ended = obs.shutdown();
    expect((await obs.start()).metricsUrl).toBe(metricsUrl);
    await ended;
    expect((await fetch(metricsUrl ?? '')).status).toBe(200);
  });
});

describe('instances', () => {
  it('in one process share nothing', async () => {
    const all = [instance(), instance(), instance()];
    for (const [index, { obs }] of all.entries()) {
      await obs.start();
      for (let n = 0; n <= index; n++) obs.executeTool({ name: 'read' }, () => n);
    }
    const counts = await Promise.all(all.map(({ metric }) => metric('alex_tool_executions_total')));
    expect(counts).toEqual([1, 2, 3]);
    await all[0]!.obs.shutdown();
    all[1]!.obs.executeTool({ name: 'read' }, () => 1);
    expect(await all[1]!.metric('alex_tool_executions_total')).toBe(3);
  });
});
