import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runChild, startChild } from './testing/child.ts';
import { type HttpSink, openHttpSink } from './testing/http-sink.ts';

let sink: HttpSink;
let home: string;
beforeEach(async () => {
  sink = await openHttpSink();
  home = await mkdtemp(join(tmpdir(), 'process-'));
});
afterEach(async () => {
  await sink.close();
  await rm(home, { recursive: true });
});

const environment = () => ({
  HOME: home,
  ALEX_METRICS_PORT: '0',
  ALEX_TRACING_ENABLED: 'true',
  ALEX_TRACING_EXPORTER: 'zipkin',
  ALEX_ZIPKIN_ENDPOINT: `${sink.url}/api/v2/spans`,
});

const spanNames = () =>
  sink.requests
    .filter(({ path }) => path === '/api/v2/spans')
    .flatMap(({ body }) => (JSON.parse(body.toString()) as { name: string }[]).map(({ name }) => name));

describe('importing', () => {
  it('opens, reads and starts nothing, and loads nothing heavy', async () => {
    const { code, stdout, stderr } = await runChild(
      `
      import fs from 'node:fs';
      import { createRequire, syncBuiltinESMExports } from 'node:module';
      const did = [];
      for (const name of ['readFileSync', 'openSync', 'existsSync', 'statSync', 'readFile', 'open', 'mkdirSync', 'writeFileSync']) {
        const original = fs[name];
        fs[name] = (...args) => { did.push(name + ' ' + args[0]); return original(...args); };
      }
      syncBuiltinESMExports();
      process.env = new Proxy(process.env, { get(env, name) { did.push('env ' + String(name)); return env[name]; } });
      const builtins = new Set(process.moduleLoadList);
      const { obs, createObs } = await import('@alex/obs');
      createObs({});
      const heavy = process.moduleLoadList.filter((name) => !builtins.has(name) && / (http|https|http2|net|tls|dns|worker_threads|cluster|zlib|child_process)$/.test(name));
      console.log(JSON.stringify({ did: did.filter((one) => !/\\.(ts|m?js|json)$|^env (WATCH|NODE)_/.test(one)), heavy, resources: process.getActiveResourcesInfo().filter((name) => !/^(PipeWrap|TTYWrap|CloseReq)$/.test(name)),
        listeners: process.eventNames().filter((name) => ['beforeExit', 'exit', 'SIGTERM', 'SIGINT', 'unhandledRejection'].includes(String(name))),
        packages: Object.keys(createRequire(import.meta.url).cache).filter((path) => path.includes('node_modules')) }));`,
      { env: environment() },
    );
    expect([code, stderr]).toEqual([0, '']);
    expect(JSON.parse(stdout)).toEqual({ did: [], heavy: [], resources: [], listeners: [], packages: [] });
  });

  it('works by require in a CommonJS program', async () => {
    const { code, stdout, stderr } = await runChild(
      `const { obs, createObs, ObsError } = require('@alex/obs');
       console.log(typeof createObs, typeof ObsError, obs.executeTool({ name: 'read' }, () => 5));`,
      { env: { ...environment(), ALEX_LOG_OUTPUT: 'stderr' }, type: 'commonjs' },
    );
    expect([code, stdout]).toEqual([0, 'function function 5\n']);
    expect(stderr).toContain('tool completed');
  });
});

describe('a process that comes to its end', () => {
  it('delivers its spans and pushed metrics, and ends by itself', async () => {
    const { code, durationMs } = await runChild(
      `import { obs } from '@alex/obs';
       await obs.start();
       await obs.executeTool({ name: 'read' }, async () => 'contents');`,
      {
        env: {
          ...environment(),
          ALEX_METRICS_EXPORTER: 'otlp',
          ALEX_METRICS_OTLP_ENDPOINT: `${sink.url}/v1/metrics`,
        },
      },
    );
    expect(code).toBe(0);
    expect(spanNames()).toEqual(['alex.tool.execute']);
    const pushes = sink.requests.filter(({ path }) => path === '/v1/metrics');
    expect(pushes.at(-1)?.body.includes('alex.tool.executions.total')).toBe(true);
    expect(durationMs).toBeLessThan(5000);
  });

  it('lives until a flush or a shutdown that it awaits is over', async () => {
    sink.answer = (_request, response) => setTimeout(() => response.end(), 100);
    const { code, stdout } = await runChild(
      `import { obs } from '@alex/obs';
       await obs.start();
       console.log(await obs.flush());
       console.log(await obs.shutdown());`,
      {
        env: {
          ...environment(),
          ALEX_LOG_OUTPUT: 'stderr',
          ALEX_TRACING_ENABLED: 'false',
          ALEX_METRICS_EXPORTER: 'otlp',
          ALEX_METRICS_OTLP_ENDPOINT: `${sink.url}/v1/metrics`,
        },
      },
    );
    expect([code, stdout]).toEqual([0, '[]\n[]\n']);
    expect(sink.requests).toHaveLength(2);
  });

  it('with a served endpoint ends by itself too, and takes its targets file along', async () => {
    const { code, stdout } = await runChild(
      `import { obs } from '@alex/obs';
       import { readdirSync } from 'node:fs';
       const { metricsUrl } = await obs.start();
       console.log((await fetch(metricsUrl)).status);
       process.on('exit', () => console.log(readdirSync(process.env.HOME + '/.alex/targets').length));`,
      { env: { ...environment(), ALEX_LOG_OUTPUT: 'stderr' } },
    );
    expect([code, stdout]).toEqual([0, '200\n0\n']);
  });

  it('waits no longer than 3 seconds for a collector that hangs', async () => {
    sink.answer = () => {};
    const { code, stdout } = await runChild(
      `import { obs } from '@alex/obs';
       await obs.start();
       obs.tracer.withSpan('lost', () => {});
       const begin = performance.now();
       process.on('exit', () => console.log(performance.now() - begin));`,
      { env: { ...environment(), ALEX_LOG_OUTPUT: 'stderr' } },
    );
    expect(code).toBe(0);
    expect(sink.requests.length).toBeGreaterThan(0);
    expect(Number(stdout)).toBeLessThan(5000);
  });

  it('without a start sends nothing', async () => {
    const { code } = await runChild(
      `import { obs } from '@alex/obs'; for (let n = 0; n < 20000; n++) obs.tracer.startSpan('one').end();`,
      { env: environment() },
    );
    expect([code, sink.connections]).toEqual([0, 0]);
  });

  it('by a rejection that nobody handles still dies of it, once', async () => {
    const { code, stderr } = await runChild(
      `import { obs } from '@alex/obs';
       await obs.start();
       void obs.solveTask({}, () => obs.executeTool({ name: 'read' }, async () => { await 1; throw new Error('floating'); }));
       setTimeout(() => console.error('survived'), 1000);`,
      { env: { ...environment(), ALEX_LOG_OUTPUT: 'stdout' } },
    );
    expect(code).toBe(1);
    expect(stderr.match(/Error: floating/g)).toHaveLength(1);
    expect(stderr).not.toContain('survived');
  });
});

describe('signals', () => {
  it('that are asked for flush first and then take their course', async () => {
    const child = startChild(
      `import { createObs } from '@alex/obs';
       const obs = createObs({ signals: ['SIGKILL', 'no signal', 'SIGTERM'] });
       await obs.start();
       obs.tracer.withSpan('last', () => {});
       setInterval(() => {}, 1000);
       console.log('ready');`,
      { env: environment() },
    );
    await child.said('ready');
    child.process.kill('SIGTERM');
    expect(await child.end).toMatchObject({ code: null, signal: 'SIGTERM' });
    expect(spanNames()).toEqual(['last']);
  });

  it('leave the last word to the program where it listens itself', async () => {
    const child = startChild(
      `import { createObs } from '@alex/obs';
       await createObs({ signals: ['SIGTERM'] }).start();
       const timer = setInterval(() => {}, 1000);
       process.on('SIGTERM', () => { clearInterval(timer); process.exitCode = 7; });
       console.log('ready');`,
      { env: environment() },
    );
    await child.said('ready');
    child.process.kill('SIGTERM');
    expect(await child.end).toMatchObject({ code: 7, signal: null });
  });

  it('leave it to the program also where it listens once', async () => {
    const child = startChild(
      `import { createObs } from '@alex/obs';
       process.once('SIGTERM', () => setTimeout(() => process.exit(7), 300));
       await createObs({ signals: ['SIGTERM'] }).start();
       setInterval(() => {}, 1000);
       console.log('ready');`,
      { env: environment() },
    );
    await child.said('ready');
    child.process.kill('SIGTERM');
    expect(await child.end).toMatchObject({ code: 7, signal: null });
  });

  it('wait for the slowest of several instances', async () => {
    sink.answer = (_request, response) => setTimeout(() => response.end(), 300);
    const child = startChild(
      `import { createObs } from '@alex/obs';
       const quick = createObs({ signals: ['SIGTERM'], config: { tracing: { enabled: false } } });
       const slow = createObs({ signals: ['SIGTERM'] });
       await Promise.all([quick.start(), slow.start()]);
       slow.tracer.withSpan('last', () => {});
       setInterval(() => {}, 1000);
       console.log('ready');`,
      { env: environment() },
    );
    await child.said('ready');
    const begin = performance.now();
    child.process.kill('SIGTERM');
    expect(await child.end).toMatchObject({ code: null, signal: 'SIGTERM' });
    expect(performance.now() - begin).toBeGreaterThan(300);
    expect(spanNames()).toEqual(['last']);
  });
});

describe('several threads and processes', () => {
  it('of workers each have their own, and a worker that ends delivers', async () => {
    const { code, stdout, stderr } = await runChild(
      `import { Worker } from 'node:worker_threads';
       import { obs } from '@alex/obs';
       await obs.start();
       obs.tracer.withSpan('main', () => {});
       const worker = new Worker(\`
         import('@alex/obs').then(async ({ obs }) => {
           const { metricsUrl } = await obs.start();
           obs.tracer.withSpan('worker', () => {});
           const text = await (await fetch(metricsUrl)).text();
           const { parentPort } = await import('node:worker_threads');
           parentPort.postMessage(text.includes('alex_sessions_active'));
         });\`, { eval: true });
       worker.on('message', (message) => console.log('worker says ' + message));
       await new Promise((resolve) => worker.on('exit', resolve));`,
      { env: { ...environment(), ALEX_LOG_OUTPUT: 'stderr' } },
    );
    expect([code, stdout], stderr).toEqual([0, 'worker says true\n']);
    expect(spanNames().sort()).toEqual(['main', 'worker']);
  });

  it('of a cluster each have their own endpoint', async () => {
    const { code, stdout, stderr } = await runChild(
      `import cluster from 'node:cluster';
       import { writeFileSync } from 'node:fs';
       const file = process.env.HOME + '/cluster-worker.mjs';
       writeFileSync(file, \`
         import { obs } from '\${import.meta.resolve('@alex/obs')}';
         const { metricsUrl } = await obs.start();
         obs.tracer.withSpan('cluster', () => {});
         process.send(metricsUrl);\`);
       cluster.setupPrimary({ exec: file, execArgv: ['--conditions=@alex/source'] });
       const urls = new Set();
       const workers = [cluster.fork(), cluster.fork()];
       for (const worker of workers) worker.on('message', async (url) => {
         urls.add((await fetch(url)).status + url);
         if (urls.size === 2) for (const one of workers) one.disconnect();
       });
       let ended = 0;
       cluster.on('exit', (worker, code) => { ended += 1; if (ended === 2) console.log(urls.size, code); });`,
      { env: { ...environment(), ALEX_LOG_OUTPUT: 'stderr' } },
    );
    expect([code, stdout], stderr).toEqual([0, '2 0\n']);
    expect(spanNames()).toEqual(['cluster', 'cluster']);
  });
});
