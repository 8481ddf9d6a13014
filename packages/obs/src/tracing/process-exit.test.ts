import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type HttpSink, openHttpSink } from '../testing/http-sink.ts';

let sink: HttpSink;
beforeEach(async () => {
  sink = await openHttpSink();
});
afterEach(() => sink.close());

async function run(body: string): Promise<{ code: number; ms: number; output: string }> {
  const url = (path: string) => JSON.stringify(new URL(path, import.meta.url).href);
  const script = `
    import { createTracing } from ${url('./tracing.ts')};
    import { activeContext } from ${url('../context/active-context.ts')};
    const loaded = () => process.moduleLoadList.filter((name) => name === 'NativeModule http' || name === 'NativeModule https');
    const start = (config) => createTracing({ context: activeContext, config: {
      enabled: true, exporter: 'otlp', otlp_endpoint: '${sink.url}', sample_rate: 1, service_name: 'a', service_version: '1', ...config } });
    ${body}`;
  const begin = performance.now();
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.on('data', (chunk) => (output += chunk));
  const [code] = await once(child, 'close');
  return { code: code as number, ms: performance.now() - begin, output };
}

describe('a process', () => {
  it('that is done exits by itself, with a hanging collector and spans that wait', async () => {
    sink.answer = () => {};
    const { code, ms } = await run(`
      const { tracer } = start({});
      for (let n = 0; n < 2000; n++) tracer.startSpan('one').end();
      setTimeout(() => tracer.startSpan('late').end(), 300);`);
    expect(code).toBe(0);
    expect(ms).toBeLessThan(4000);
    expect(sink.requests.length).toBeGreaterThan(0);
  });

  it('that flushes at its end is kept alive until that is done', async () => {
    sink.answer = (_request, response) => void setTimeout(() => response.end(), 200);
    const { code, output } = await run(`
      const { tracer, shutdown } = start({});
      tracer.startSpan('one').end();
      process.once('beforeExit', async () => console.log(JSON.stringify(await shutdown(3000))));`);
    expect([code, output.trim()]).toEqual([0, '[]']);
    expect(sink.requests).toHaveLength(1);
  });

  it('shuts down within its time although the collector hangs', async () => {
    sink.answer = () => {};
    const { code, ms } = await run(`
      const { tracer, shutdown } = start({});
      tracer.startSpan('one').end();
      await shutdown(500);`);
    expect(code).toBe(0);
    expect(ms).toBeLessThan(3000);
  });

  it('that traces nothing loads neither the SDK nor HTTP', async () => {
    const { output } = await run(`
      const { createRequire } = await import('node:module');
      const { tracer } = start({ enabled: false });
      tracer.startSpan('one').end();
      const packages = Object.keys(createRequire(import.meta.url).cache ?? {}).filter((path) => path.includes('opentelemetry'));
      console.log(JSON.stringify([packages, loaded()]));`);
    expect(JSON.parse(output)).toEqual([[], []]);
  });
});
