import { createObs, type Obs } from '@alex/obs';
import { afterEach, describe, expect, it } from 'vitest';
import { runScenario } from './agent-scenario.ts';
import { Child, decode, freePort, HttpSink, waitFor } from './harness/index.ts';

type Tracing = { exporter: 'otlp' | 'jaeger' | 'zipkin' } & Record<string, string>;

/** The span tree in words that every format can be brought to. */
interface Seen {
  readonly name: string;
  readonly id: string;
  readonly parent: string;
  readonly traceId: string;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly failed: boolean;
}

let open: { stop(): Promise<unknown> }[] = [];
afterEach(async () => {
  for (const one of open.reverse()) await one.stop();
  open = [];
});

async function send(tracing: Tracing): Promise<void> {
  const obs: Obs = createObs({
    configPath: false,
    env: {},
    config: {
      tracing: { ...tracing, enabled: true },
      metrics: { prometheus_port: 0 },
      logging: { output: '/dev/null' },
    },
  });
  await obs.start();
  await runScenario(obs);
  expect(await obs.shutdown()).toEqual([]);
}

function expectTheTree(spans: readonly Seen[]): void {
  const only = (name: string) => {
    const found = spans.filter((span) => span.name === name);
    expect(found.length, `one span ${name}`).toBe(1);
    return found[0]!;
  };
  const task = only('alex.session.solve_task');
  const iteration = only('alex.react.iteration');
  const generate = only('alex.llm.generate');
  const tools = spans.filter(({ name }) => name === 'alex.tool.execute');
  expect(spans.length).toBe(5);
  expect(new Set(spans.map(({ traceId }) => traceId)).size).toBe(1);
  expect(task.parent).toBe('');
  expect(iteration.parent).toBe(task.id);
  expect([generate, ...tools].map(({ parent }) => parent)).toEqual([iteration.id, iteration.id, iteration.id]);
  for (const span of spans) expect(span.attributes['alex.session_id'], span.name).toBe('session-1');
  expect(String(generate.attributes['alex.llm.token_count'])).toBe('1500');
  expect(Number(generate.attributes['alex.cost'])).toBeGreaterThan(0);
  expect(String(generate.attributes['gen_ai.usage.input_tokens'])).toBe('1000');
  expect(generate.attributes['gen_ai.operation.name']).toBe('chat');
  expect(task.attributes['gen_ai.operation.name']).toBe('invoke_agent');
  expect(tools.map(({ attributes }) => attributes['gen_ai.tool.name']).sort()).toEqual(['http_get', 'read_file']);
  expect(tools.filter(({ failed }) => failed).map(({ attributes }) => attributes['alex.tool_name'])).toEqual([
    'http_get',
  ]);
}

interface OtlpSpan {
  readonly name: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly traceId: string;
  readonly attributes: readonly { readonly key: string; readonly value: OtlpValue }[];
  readonly status?: { readonly code?: string };
}

interface ThriftSpan {
  readonly operationName: string;
  readonly spanId: number | string;
  readonly parentSpanId: number | string;
  readonly traceIdHigh: number | string;
  readonly traceIdLow: number | string;
  readonly tags: readonly {
    readonly key: string;
    /** 0 string, 1 double, 2 boolean, 3 integer: some writers fill the other fields too. */
    readonly vType: number;
    readonly vStr?: string;
    readonly vLong?: number;
    readonly vDouble?: number;
    readonly vBool?: boolean;
  }[];
}

interface ZipkinSpan {
  readonly name: string;
  readonly id: string;
  readonly parentId?: string;
  readonly traceId: string;
  readonly tags: Readonly<Record<string, string>>;
}

interface OtlpValue {
  readonly stringValue?: string;
  readonly intValue?: string;
  readonly doubleValue?: number;
  readonly boolValue?: boolean;
}

const hex = (base64: string | undefined): string => Buffer.from(base64 ?? '', 'base64').toString('hex');

describe('spans arrive well-formed', () => {
  it('by OTLP, as the protocol’s own Python classes read it', async () => {
    const sink = await HttpSink.start();
    open.push(sink);
    await send({ exporter: 'otlp', otlp_endpoint: sink.url });
    expect(sink.received.map(({ path, contentType }) => [path, contentType])).toEqual([
      ['/v1/traces', 'application/x-protobuf'],
    ]);
    const message = decode<{
      resourceSpans: {
        resource: { attributes: { key: string; value: OtlpValue }[] };
        scopeSpans: { scope: { name: string }; spans: OtlpSpan[] }[];
      }[];
    }>('otlp-traces', sink.received[0]!.body);
    const [resource] = message.resourceSpans;
    expect(resource!.resource.attributes).toContainEqual({ key: 'service.name', value: { stringValue: 'alex' } });
    expect(resource!.scopeSpans.map(({ scope }) => scope.name)).toEqual(['alex']);
    expectTheTree(
      resource!.scopeSpans[0]!.spans.map((span) => ({
        name: span.name,
        id: hex(span.spanId),
        parent: hex(span.parentSpanId),
        traceId: hex(span.traceId),
        attributes: Object.fromEntries(span.attributes.map(({ key, value }) => [key, Object.values(value)[0]])),
        failed: span.status?.code === 'STATUS_CODE_ERROR',
      })),
    );
  });

  for (const jaeger_client of ['builtin', 'opentelemetry']) {
    it(`by Thrift (${jaeger_client} client), as Apache Thrift's Python library reads it`, async () => {
      const sink = await HttpSink.start(202);
      open.push(sink);
      await send({ exporter: 'jaeger', jaeger_client, jaeger_endpoint: `${sink.url}/api/traces` });
      const batches = sink.received.map(({ body }) =>
        decode<{ process: { serviceName: string }; spans: ThriftSpan[] }>('thrift', body),
      );
      expect(new Set(batches.map(({ process }) => process.serviceName))).toEqual(new Set(['alex']));
      const signed = (value: number | string) => BigInt.asUintN(64, BigInt(value)).toString(16).padStart(16, '0');
      expectTheTree(
        batches
          .flatMap(({ spans }) => spans)
          .map((span) => {
            const attributes = Object.fromEntries(
              span.tags.map((tag) => [tag.key, [tag.vStr, tag.vDouble, tag.vBool, tag.vLong][tag.vType]]),
            );
            return {
              name: span.operationName,
              id: signed(span.spanId),
              parent: span.parentSpanId ? signed(span.parentSpanId) : '',
              traceId: signed(span.traceIdHigh) + signed(span.traceIdLow),
              attributes,
              failed: Boolean(attributes['error']),
            };
          }),
      );
    });
  }

  it('at a real Zipkin, which gives the trace back', async () => {
    const port = await freePort();
    const jar = process.env['ZIPKIN_JAR'];
    if (!jar) throw new Error('ZIPKIN_JAR is not set: run "source .ci/tools" first');
    const zipkin = new Child('java', ['-jar', jar], { env: { ...process.env, QUERY_PORT: String(port) } });
    open.push({ stop: () => zipkin.stop() });
    const url = `http://127.0.0.1:${port}`;
    await waitFor('Zipkin', async () => (await fetch(`${url}/health`)).ok || undefined, {
      timeoutMs: 90_000,
      everyMs: 300,
    });
    await send({ exporter: 'zipkin', zipkin_endpoint: `${url}/api/v2/spans` });
    const [trace] = await waitFor('the trace', async () => {
      const traces = (await (await fetch(`${url}/api/v2/traces?serviceName=alex`)).json()) as ZipkinSpan[][];
      return traces.length > 0 && traces[0]!.length === 5 ? traces : undefined;
    });
    expectTheTree(
      trace!.map((span) => ({
        name: span.name,
        id: span.id,
        parent: span.parentId ?? '',
        traceId: span.traceId,
        attributes: span.tags,
        failed: 'error' in span.tags,
      })),
    );
  });
});
