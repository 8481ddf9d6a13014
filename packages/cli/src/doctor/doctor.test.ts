import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createObs, resolveConfiguration } from '@alex/obs';
import { captureIo, runCommand } from '@alex/service';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { command } from '../main.ts';
import { checkEndpoints } from './endpoint.ts';
import type { Examination } from './finding.ts';
import { checkCopies, checkDoubles, checkForeignProviders } from './instrumentation.ts';
import { checkGrafana, checkTargets } from './stack.ts';

let home: string;
let open: (() => unknown)[] = [];
beforeEach(() => void (home = mkdtempSync(join(tmpdir(), 'alex-doctor-'))));
afterEach(async () => {
  for (const close of open) await close();
  open = [];
  rmSync(home, { recursive: true });
});

async function serve(listener: RequestListener): Promise<string> {
  const server: Server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  open.push(() => server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const json = (routes: Readonly<Record<string, unknown>>): Promise<string> =>
  serve((request, response) => {
    const body = routes[request.url!.split('?')[0]!];
    response.writeHead(body === undefined ? 404 : 200, { connection: 'close' }).end(JSON.stringify(body ?? ''));
  });

function examination(parts: Partial<Examination> = {}, env: Record<string, string> = {}): Examination {
  const surroundings = { HOME: home, ...env };
  return {
    configuration: resolveConfiguration({ env: surroundings }),
    env: surroundings,
    signal: new AbortController().signal,
    platform: 'linux',
    prometheus: 'http://127.0.0.1:64999',
    jaeger: 'http://127.0.0.1:64999',
    grafana: 'http://127.0.0.1:64999',
    folder: home,
    ...parts,
  };
}

const states = (findings: readonly { check: string; state: string }[]) =>
  findings.map(({ check, state }) => `${check} ${state}`);

describe('endpoints', () => {
  it('of a running agent are found by their targets files, and what they say of themselves is reported', async () => {
    const obs = createObs({
      env: { HOME: home },
      config: { metrics: { prometheus_port: 0 }, logging: { output: join(home, 'log') } },
    });
    open.push(() => obs.shutdown());
    await obs.start();
    obs.metrics.recordLLMRequest({
      model: 'homegrown',
      status: 'success',
      latencyMs: 5,
      inputTokens: 1,
      outputTokens: 1,
    });
    const findings = await checkEndpoints(examination({}, { ALEX_METRICS_PORT: '0' }));
    expect(states(findings)).toEqual(['endpoint ok', 'unpriced warning']);
    expect(findings[1]).toMatchObject({
      message: 'requests without a price: 1 (model=homegrown)',
      mend: expect.stringContaining('metrics.pricing'),
    });
  });

  it('of a dead agent are reported from its file', async () => {
    mkdirSync(join(home, '.alex/targets'), { recursive: true });
    writeFileSync(join(home, '.alex/targets/1.json'), '[{"targets":["127.0.0.1:9"],"labels":{}}]');
    expect(states(await checkEndpoints(examination({}, { ALEX_METRICS_PORT: '0' })))).toEqual(['endpoint error']);
  });

  it('that belong to somebody else are a port clash', async () => {
    const html = await serve((_, response) => response.writeHead(200, { connection: 'close' }).end('<html>'));
    const foreign = await serve((_, response) =>
      response.writeHead(200, { connection: 'close' }).end('# TYPE up gauge\nup 1\n'),
    );
    for (const url of [html, foreign])
      expect(states(await checkEndpoints(examination({}, { ALEX_METRICS_PORT: new URL(url).port })))).toEqual([
        'port error',
      ]);
  });

  it('that nobody opened are a warning, not an error', async () => {
    expect(states(await checkEndpoints(examination({}, { ALEX_METRICS_PORT: '9' })))).toEqual(['endpoint warning']);
    expect(states(await checkEndpoints(examination({}, { ALEX_METRICS_ENABLED: 'false' })))).toEqual([
      'endpoint warning',
    ]);
  });
});

describe('the stack', () => {
  const target = (health: string) => ({
    labels: { job: 'alex' },
    scrapeUrl: 'http://host.docker.internal:9090/metrics',
    health,
    lastError: 'connection refused',
  });
  const prometheus = (...activeTargets: unknown[]) =>
    json({ '/-/healthy': 'ok', '/api/v1/targets': { data: { activeTargets } } });

  it('that cannot reach an agent on Linux gets the three ways out', async () => {
    const [ok, down] = await checkTargets(examination({ prometheus: await prometheus(target('down')) }));
    expect(ok?.state).toBe('ok');
    expect(down).toMatchObject({ state: 'error', mend: expect.stringContaining('metrics.exporter: otlp') });
  });

  it('whose agent is not started is only warned of elsewhere, and not at all while another agent answers', async () => {
    const url = await prometheus(target('down'));
    expect(states(await checkTargets(examination({ prometheus: url, platform: 'darwin' })))).toEqual([
      'prometheus ok',
      'target warning',
    ]);
    const both = await prometheus(target('down'), {
      ...target('up'),
      scrapeUrl: 'http://host.docker.internal:9102/metrics',
    });
    expect(states(await checkTargets(examination({ prometheus: both })))).toEqual(['prometheus ok', 'target ok']);
  });

  it('without the data sources that panels name is broken', async () => {
    const grafana = await json({ '/api/health': {}, '/api/datasources': [{ uid: 'prometheus', type: 'prometheus' }] });
    expect(await checkGrafana(examination({ grafana }))).toMatchObject([
      { state: 'error', message: expect.stringContaining('jaeger') },
    ]);
  });

  it('whose password is not known is skipped', async () => {
    const grafana = await json({ '/api/health': {} });
    expect(states(await checkGrafana(examination({ grafana })))).toEqual(['grafana skipped']);
  });
});

describe('instrumentation', () => {
  function install(path: string, version: string): void {
    mkdirSync(join(home, path), { recursive: true });
    writeFileSync(join(home, path, 'package.json'), JSON.stringify({ version }));
  }

  it('with two copies of the OpenTelemetry API is named with both places', async () => {
    install('node_modules/@opentelemetry/api', '1.10.0');
    expect(states(await checkCopies(examination()))).toEqual(['opentelemetry-copies ok']);
    install('node_modules/old/node_modules/@opentelemetry/api', '1.8.0');
    expect(await checkCopies(examination())).toMatchObject([
      { state: 'warning', seen: expect.stringContaining('1.8.0') },
    ]);
  });

  it('that others preload or install is named', async () => {
    expect(states(await checkForeignProviders(examination()))).toEqual(['foreign-provider ok']);
    install('node_modules/openlit', '1.0.0');
    const env = { NODE_OPTIONS: '--require @opentelemetry/auto-instrumentations-node/register' };
    expect(states(await checkForeignProviders(examination({}, env)))).toEqual([
      'foreign-provider warning',
      'foreign-provider warning',
    ]);
  });

  it('that records a call twice is seen in the traces', async () => {
    const call = (spanID: string, parent?: string) => ({
      spanID,
      operationName: `chat ${spanID}`,
      references: parent ? [{ spanID: parent }] : [],
      tags: [{ key: 'gen_ai.operation.name', value: 'chat' }],
    });
    const once = await json({ '/api/traces': { data: [{ spans: [call('a'), call('b')] }] } });
    const twice = await json({ '/api/traces': { data: [{ spans: [call('a'), call('b', 'a')] }] } });
    expect(states(await checkDoubles(examination({ jaeger: once })))).toEqual(['double-instrumentation ok']);
    expect(await checkDoubles(examination({ jaeger: twice }))).toMatchObject([
      { state: 'warning', message: expect.stringContaining('chat b inside of chat a') },
    ]);
  });
});

describe('alex-obs doctor', () => {
  async function run(...argv: string[]) {
    const { io, output } = captureIo({ env: { HOME: home, ALEX_METRICS_PORT: '9' } });
    return { code: await runCommand(command, ['doctor', ...argv], io), ...output() };
  }

  it('ends with 0 where nothing is broken, and says how to mend what is not perfect', async () => {
    const { code, stdout } = await run('--local');
    expect(code).toBe(0);
    expect(stdout).toMatch(/^ok +configuration: .*does not exist/m);
    expect(stdout).toMatch(/^warning +endpoint: no agent is running.*\n +seen: .*\n +mend: /m);
  });

  it('ends with 1 for a broken configuration, as JSON too', async () => {
    mkdirSync(join(home, '.alex'));
    writeFileSync(join(home, '.alex/config.yaml'), 'observability: { tracing: { sample_rate: 7 } }\n');
    const { code, stdout } = await run('--local', '--json');
    expect(code).toBe(1);
    expect(JSON.parse(stdout).findings).toContainEqual(
      expect.objectContaining({
        check: 'configuration',
        state: 'error',
        message: expect.stringContaining('sample_rate'),
      }),
    );
  });

  it('says that the stack is away', async () => {
    const away = [
      '--prometheus',
      'http://127.0.0.1:64999',
      '--jaeger',
      'http://127.0.0.1:64999',
      '--grafana',
      'http://127.0.0.1:64999',
    ];
    const { code, stdout } = await run(...away);
    expect(code).toBe(1);
    expect(stdout).toContain('http://127.0.0.1:64999 is not there: nothing listens there');
    expect(stdout).toContain('tracing.enabled is false');
  });
});
