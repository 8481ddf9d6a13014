import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type ChildEnd, runChild } from './testing/child.ts';
import { type HttpSink, openHttpSink } from './testing/http-sink.ts';

let sink: HttpSink;
let home: string;
beforeEach(async () => {
  sink = await openHttpSink();
  home = await mkdtemp(join(tmpdir(), 'register-'));
});
afterEach(async () => {
  await sink.close();
  await rm(home, { recursive: true });
});

function run(script: string, env: Record<string, string> = {}, type?: 'commonjs'): Promise<ChildEnd> {
  return runChild(script, {
    nodeArguments: ['--import', '@alex/obs/register'],
    programArguments: ['--api-key=sk-secret'],
    ...(type && { type }),
    env: {
      HOME: home,
      ALEX_METRICS_PORT: '0',
      ALEX_TRACING_ENABLED: 'true',
      ALEX_TRACING_EXPORTER: 'zipkin',
      ALEX_ZIPKIN_ENDPOINT: `${sink.url}/api/v2/spans`,
      ...env,
    },
  });
}

const spans = () =>
  sink.requests.flatMap(({ body }) => JSON.parse(body.toString()) as { name: string; [key: string]: unknown }[]);

const body = `
  const library = trace.getTracer('some-library');
  obs.withSession('s-1', () => obs.tracer.withSpan('ours', () => {
    library.startActiveSpan('theirs', (span) => { obs.tracer.startSpan('ours again').end(); span.end(); });
  }));`;
const script = `import { trace } from '@opentelemetry/api'; import { obs } from '@alex/obs'; ${body}`;

it('spans of other libraries go through the one pipeline, below ours and above ours', async () => {
  const { code, stdout, stderr } = await run(script);
  expect([code, stderr]).toEqual([0, '']);
  const named = (name: string) => spans().find((span) => span.name === name);
  expect(named('theirs')).toMatchObject({
    traceId: named('ours')?.['traceId'],
    parentId: named('ours')?.['id'],
    tags: { 'alex.session_id': 's-1', 'otel.scope.name': 'some-library' },
  });
  expect(named('ours again')?.['parentId']).toBe(named('theirs')?.['id']);
  expect(spans()).toHaveLength(3);
  expect(JSON.stringify(spans())).not.toContain('sk-secret');
  expect(stdout).not.toMatch(/"level":"(WARN|ERROR)"/);
});

it('serves a program of CommonJS modules too', async () => {
  const { code, stderr } = await run(
    `const { trace } = require('@opentelemetry/api'); const { obs } = require('@alex/obs'); ${body}`,
    {},
    'commonjs',
  );
  expect([code, stderr]).toEqual([0, '']);
  expect(spans().map(({ name }) => name)).toEqual(['ours again', 'theirs', 'ours']);
});

it('serves a program that never names obs', async () => {
  const { code } = await run(
    `import { trace } from '@opentelemetry/api'; trace.getTracer('library').startSpan('alone').end();`,
  );
  expect(code).toBe(0);
  expect(spans().map(({ name }) => name)).toEqual(['alone']);
});

it('the sample rate of obs holds for all of them', async () => {
  const { code, stderr } = await run(script, { ALEX_TRACING_SAMPLE_RATE: '0' });
  expect([code, stderr]).toEqual([0, '']);
  expect(sink.requests).toEqual([]);
});

it('OTEL_SDK_DISABLED leaves a program without telemetry and without complaints', async () => {
  const { code, stdout, stderr } = await run(
    `${script} console.log(trace.getTracer('x').startSpan('y').isRecording())`,
    {
      OTEL_SDK_DISABLED: 'true',
    },
  );
  expect([code, stderr]).toEqual([0, '']);
  expect(stdout.split('\n')).toContain('false');
  expect(stdout).not.toMatch(/"level":"(WARN|ERROR)"/);
  expect(sink.requests).toEqual([]);
});
