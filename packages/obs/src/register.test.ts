import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, it } from 'vitest';
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

async function run(script: string, env: Record<string, string> = {}): Promise<{ code: number; output: string }> {
  const register = new URL('./register.ts', import.meta.url).href;
  const args = ['--conditions=@alex/source', '--import', register, '--input-type=module', '-e', script];
  const child = spawn(process.execPath, [...args, '--', '--api-key=sk-secret'], {
    cwd: fileURLToPath(new URL('.', import.meta.url)),
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      ...process.env,
      HOME: home,
      ALEX_METRICS_PORT: '0',
      ALEX_TRACING_ENABLED: 'true',
      ALEX_TRACING_EXPORTER: 'zipkin',
      ALEX_ZIPKIN_ENDPOINT: `${sink.url}/api/v2/spans`,
      ...env,
    },
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk));
  const [code] = await once(child, 'close');
  return { code: code as number, output };
}

const script = `
  import { trace } from '@opentelemetry/api';
  import { obs } from ${JSON.stringify(new URL('./obs.ts', import.meta.url).href)};
  const library = trace.getTracer('some-library');
  obs.withSession('s-1', () => obs.tracer.withSpan('ours', () => {
    library.startActiveSpan('theirs', (span) => { obs.tracer.startSpan('ours again').end(); span.end(); });
  }));`;

it('spans of other libraries go through the one pipeline, below ours and above ours', async () => {
  const { code, output } = await run(script);
  expect(code, output).toBe(0);
  const spans = sink.requests.flatMap(({ body }) => JSON.parse(body.toString())) as Record<string, string>[];
  const named = (name: string) => spans.find((span) => span['name'] === name);
  expect(named('theirs')).toMatchObject({
    traceId: named('ours')?.['traceId'],
    parentId: named('ours')?.['id'],
    tags: { 'alex.session_id': 's-1', 'otel.scope.name': 'some-library' },
  });
  expect(named('ours again')?.['parentId']).toBe(named('theirs')?.['id']);
  expect(spans).toHaveLength(3);
  expect(JSON.stringify(spans)).not.toContain('sk-secret');
  expect(output).not.toContain('already has a global');
});

it('the sample rate of obs holds for all of them', async () => {
  const { code, output } = await run(script, { ALEX_TRACING_SAMPLE_RATE: '0' });
  expect(code, output).toBe(0);
  expect(sink.requests).toEqual([]);
});
