import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createObs, type PartialConfiguration } from '@alex/obs';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { runScenario } from './agent-scenario.ts';
import { Jaeger, type JaegerSpan, unbuildable } from './harness/index.ts';

const reason = unbuildable('JAEGER');
let data: string;
let jaeger: Jaeger;
beforeAll(async () => {
  if (reason) return;
  data = mkdtempSync(join(tmpdir(), 'alex-badger-'));
  jaeger = await Jaeger.start({ data });
});
afterAll(async () => {
  await jaeger?.stop();
  if (data) rmSync(data, { recursive: true, force: true });
});

beforeEach(({ skip }) => {
  if (reason) skip(reason);
});

/** Runs one session that exports so, and gives the id of its trace. */
async function runOnce(tracing: PartialConfiguration['tracing']): Promise<string> {
  const obs = createObs({
    configPath: false,
    env: {},
    config: { tracing: { enabled: true, ...tracing }, metrics: { enabled: false }, logging: { level: 'error' } },
  });
  let traceId = '';
  obs.observe((record) => (traceId = record.traceId ?? traceId));
  await obs.start();
  await runScenario(obs);
  expect(await obs.flush()).toEqual([]);
  expect(await obs.shutdown()).toEqual([]);
  return traceId;
}

const tag = ({ tags }: JaegerSpan, key: string): unknown => tags.find((one) => one.key === key)?.value;
const parent = ({ references }: JaegerSpan): string | undefined =>
  references.find(({ refType }) => refType === 'CHILD_OF')?.spanID;

/** The four spans, their parents, and both families of attributes. */
function expectTheTrace(spans: readonly JaegerSpan[]): void {
  const named = (name: string, tool?: string) =>
    spans.find(
      (span) => span.operationName.startsWith(name) && (tool === undefined || tag(span, 'alex.tool_name') === tool),
    )!;
  const [task, iteration, llm] = ['alex.session.solve_task', 'alex.react.iteration', 'alex.llm.generate'].map((name) =>
    named(name),
  );
  const tools = [named('alex.tool.execute', 'read_file'), named('alex.tool.execute', 'http_get')];
  expect(spans.map(({ operationName }) => operationName).sort()).toEqual([
    'alex.llm.generate',
    'alex.react.iteration',
    'alex.session.solve_task',
    'alex.tool.execute',
    'alex.tool.execute',
  ]);
  expect(parent(task!)).toBeUndefined();
  expect(parent(iteration!)).toBe(task!.spanID);
  expect([llm!, ...tools].map(parent)).toEqual([iteration!.spanID, iteration!.spanID, iteration!.spanID]);
  for (const span of spans) expect(tag(span, 'alex.session_id')).toBe('session-1');
  expect(tag(llm!, 'alex.llm.model')).toBe('gpt-4o');
  expect(Number(tag(llm!, 'alex.llm.token_count'))).toBe(1500);
  expect(tag(llm!, 'gen_ai.operation.name')).toBe('chat');
  expect(Number(tag(llm!, 'gen_ai.usage.input_tokens'))).toBe(1000);
  expect(tag(tools[0]!, 'gen_ai.tool.name')).toBe('read_file');
  // Over Zipkin the tag `error` is the message, by that format's convention.
  expect(String(tag(tools[1]!, 'error'))).toMatch(/^(true|no route to host)$/);
}

describe('Jaeger with the configuration of the stack', () => {
  const ways: readonly (readonly [string, () => PartialConfiguration['tracing']])[] = [
    ['OTLP', () => ({ exporter: 'otlp', otlp_endpoint: `http://127.0.0.1:${jaeger.ports.OTLP_HTTP}` })],
    [
      'Thrift, our own client',
      () => ({ exporter: 'jaeger', jaeger_endpoint: `http://127.0.0.1:${jaeger.ports.THRIFT}/api/traces` }),
    ],
    [
      'Thrift, the official exporter',
      () => ({
        exporter: 'jaeger',
        jaeger_client: 'opentelemetry',
        jaeger_endpoint: `http://127.0.0.1:${jaeger.ports.THRIFT}/api/traces`,
      }),
    ],
    ['Zipkin', () => ({ exporter: 'zipkin', zipkin_endpoint: `http://127.0.0.1:${jaeger.ports.ZIPKIN}/api/v2/spans` })],
  ];

  it.each(ways)('stores a session that arrives over %s and gives the whole trace back', async (_, tracing) => {
    expectTheTrace(await jaeger.trace(await runOnce(tracing()), 5));
  });

  it('keeps its traces over a restart', async () => {
    const id = await runOnce(ways[0]![1]());
    await jaeger.trace(id, 5);
    await jaeger.stop();
    jaeger = await Jaeger.start({ data });
    expectTheTrace(await jaeger.trace(id, 5));
  });

  it('answers a GET on the Thrift address with 405, which proves that it is there', async () => {
    expect((await fetch(`http://127.0.0.1:${jaeger.ports.THRIFT}/api/traces`)).status).toBe(405);
  });
});
