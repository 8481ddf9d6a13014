import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { context, metrics, propagation, trace } from '@opentelemetry/api';
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
  context.disable();
});

function instance(options: ObsOptions = {}): Instance {
  const one = createInstance(options);
  made.push(one);
  return one;
}

function traced(options: ObsOptions = {}): Instance {
  const tracing = { enabled: true, exporter: 'zipkin', zipkin_endpoint: sink.url } as const;
  return instance({ ...options, config: { tracing } });
}

interface ZipkinSpan {
  readonly name: string;
  readonly id: string;
  readonly traceId: string;
  readonly parentId?: string;
}
const spans = () => sink.requests.flatMap(({ body }) => JSON.parse(body.toString()) as ZipkinSpan[]);

describe('a configuration file', () => {
  it('that is broken leaves safe defaults, is said once and counted', async () => {
    const { obs, home, lines, metric } = instance({ configPath: undefined as never });
    writeFileSync(join(home, 'config.yaml'), 'observability: [\n');
    const broken = instance({ configPath: join(home, 'config.yaml') });
    await broken.obs.start();
    expect(broken.obs.config.values.metrics.enabled).toBe(true);
    expect(await broken.metric('alex_obs_config_errors')).toBe(1);
    await broken.obs.flush();
    expect(broken.lines().filter(({ level }) => level === 'ERROR')).toEqual([
      expect.objectContaining({ msg: expect.stringContaining('config.yaml') }),
    ]);
    await obs.start();
    expect(await metric('alex_obs_config_errors')).toBe(0);
    await obs.flush();
    expect(lines().filter(({ level }) => level === 'ERROR')).toEqual([]);
  });

  it('is followed while running: level, format and sample rate', async () => {
    const home = instance().home;
    const configPath = join(home, 'config.yaml');
    const write = (level: string, format: string, rate: number): void =>
      writeFileSync(
        configPath,
        `observability:
  logging: { level: ${level}, format: ${format} }
  tracing: { enabled: true, exporter: zipkin, zipkin_endpoint: '${sink.url}', sample_rate: ${rate} }
`,
      );
    write('info', 'json', 0);
    const { obs, lines } = instance({ configPath });
    await obs.start();
    const sampled = (): number => obs.tracer.startSpan('s').spanContext().traceFlags;
    obs.logger.debug('hidden');
    expect(sampled()).toBe(0);
    write('debug', 'json', 1);
    const until = performance.now() + 10_000;
    while (sampled() === 0 && performance.now() < until) await sleep(50);
    expect(obs.config.values.tracing.sample_rate).toBe(1);
    obs.logger.debug('shown');
    await obs.flush();
    const messages = lines().map(({ msg }) => msg);
    expect(messages).toContain('shown');
    expect(messages).not.toContain('hidden');
    write('debug', 'text', 1);
    while (obs.config.values.logging.format !== 'text' && performance.now() < until) await sleep(50);
    obs.logger.debug('as text');
    await obs.flush();
    expect(() => lines()).toThrow(SyntaxError);
  });
});

describe('a helper', () => {
  it('that is told nothing counts the work all the same, and what cannot be read is counted as dropped', async () => {
    const { obs, metric } = instance();
    expect(obs.solveTask(undefined as never, () => obs.executeTool(null as never, () => 1))).toBe(1);
    expect(await metric('alex_tasks_total', { status: 'success' })).toBe(1);
    expect(await metric('alex_tool_executions_total', { tool_name: 'unknown' })).toBe(1);
    const hostile = {
      get name(): string {
        throw new Error('hostile');
      },
    };
    expect(obs.executeTool(hostile, () => 2)).toBe(2);
    expect(await metric('alex_obs_dropped_total', { signal: 'records', reason: 'invalid_value' })).toBe(1);
  });
});

describe('a listener', () => {
  it('that throws is counted, and reaches neither the program nor other listeners', async () => {
    const { obs, metric } = instance();
    const seen: string[] = [];
    obs.observe(() => {
      throw new Error('listener');
    });
    const stop = obs.observe(({ kind, phase }) => seen.push(`${kind} ${phase}`));
    obs.executeTool({ name: 'read' }, () => 1);
    obs.metrics.recordToolExecution('read', 'success', 1);
    stop();
    stop();
    obs.executeTool({ name: 'read' }, () => 1);
    expect(seen).toEqual(['tool start', 'tool end', 'tool end']);
    expect(await metric('alex_obs_dropped_total', { signal: 'records', reason: 'listener_error' })).toBe(5);
    expect(await metric('alex_tool_executions_total')).toBe(3);
  });

  it('that rejects is counted, and nothing is left unhandled', async () => {
    const { obs, metric } = instance();
    const rejections: unknown[] = [];
    const onRejection = (reason: unknown): void => void rejections.push(reason);
    process.on('unhandledRejection', onRejection);
    obs.observe(async () => {
      throw new Error('listener');
    });
    obs.metrics.recordToolExecution('read', 'success', 1);
    await sleep(10);
    process.off('unhandledRejection', onRejection);
    expect(rejections).toEqual([]);
    expect(await metric('alex_obs_dropped_total', { signal: 'records', reason: 'listener_error' })).toBe(1);
  });

  it('that writes into what an unpriced request costs changes no other request', async () => {
    const { obs, metric } = instance();
    obs.observe((record) => {
      if (record.kind === 'llm' && record.cost) Object.assign(record.cost, { usd: 999, source: 'config' });
    });
    const request = { status: 'success', latencyMs: 1, inputTokens: 1, outputTokens: 1 } as const;
    obs.metrics.recordLLMRequest({ ...request, model: 'nobody-1' });
    obs.metrics.recordLLMRequest({ ...request, model: 'nobody-2' });
    expect(await metric('alex_cost_unpriced_requests_total')).toBe(2);
    expect(await metric('alex_cost_total')).toBe(0);
  });

  it('that is given twice hears everything twice, until each is stopped', () => {
    const { obs } = instance();
    let heard = 0;
    const listener = (): void => void (heard += 1);
    const stops = [obs.observe(listener), obs.observe(listener)];
    obs.metrics.recordToolExecution('read', 'success', 1);
    stops[0]?.();
    obs.metrics.recordToolExecution('read', 'success', 1);
    expect(heard).toBe(3);
  });
});

describe('trace context', () => {
  it('travels by headers to another instance and becomes the parent there', async () => {
    const [here, there] = [traced(), traced()];
    const headers = here.obs.tracer.withSpan('here', () => here.obs.inject({ accept: '*/*' }));
    expect(headers).toMatchObject({
      accept: '*/*',
      traceparent: expect.stringMatching(/^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/),
    });
    const incoming = there.obs.extract({ ...headers, host: ['a', 'b'] });
    there.obs.runWith(incoming, () => there.obs.executeTool({ name: 'there' }, () => {}));
    await Promise.all([here.obs.flush(), there.obs.flush()]);
    const parent = spans().find(({ name }) => name === 'here');
    const child = spans().find(({ name }) => name === 'alex.tool.execute');
    expect([child?.traceId, child?.parentId]).toEqual([parent?.traceId, parent?.id]);
  });
});

describe('globals of OpenTelemetry', () => {
  it('are registered on request, and given back at shutdown', async () => {
    const { obs, metric, lines } = traced({ registerGlobals: true });
    await obs.start();
    obs.withSession('s', () =>
      obs.tracer.withSpan('ours', () => {
        trace.getTracer('library').startActiveSpan('theirs', (span) => {
          const carrier: Record<string, string> = {};
          propagation.inject(context.active(), carrier);
          expect(carrier['traceparent']).toContain(span.spanContext().spanId);
          span.end();
        });
      }),
    );
    metrics.getMeter('library').createCounter('jobs').add(2);
    expect(await metric('jobs_total')).toBe(2);
    await obs.flush();
    const [theirs, ours] = spans();
    expect([theirs?.name, theirs?.parentId]).toEqual(['theirs', ours?.id]);
    expect(lines().filter(({ level }) => level === 'WARN')).toEqual([]);
    await obs.shutdown();
    expect(trace.getTracer('library').startSpan('late').isRecording()).toBe(false);
    expect(propagation.fields()).toEqual([]);
  });

  it('that somebody else holds stay his, and that is said', async () => {
    const first = traced({ registerGlobals: true });
    const second = traced({ registerGlobals: true });
    await first.obs.start();
    await second.obs.start();
    await second.obs.flush();
    expect(second.lines().filter(({ level }) => level === 'WARN')).toEqual([
      expect.objectContaining({ msg: expect.stringContaining('already has a global') }),
    ]);
    await second.obs.shutdown();
    expect(trace.getTracer('library').startSpan('s').isRecording()).toBe(true);
  });

  it('are not touched otherwise', async () => {
    const { obs } = traced();
    await obs.start();
    expect(trace.getTracer('library').startSpan('s').isRecording()).toBe(false);
  });
});
