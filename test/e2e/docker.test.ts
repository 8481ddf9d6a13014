import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createObs, type Obs } from '@alex/obs';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { runScenario } from './agent-scenario.ts';
import { binary, Docker, freePort, type JaegerSpan, unbuildable, waitFor } from './harness/index.ts';

const stack = fileURLToPath(new URL('../../deployments/observability/', import.meta.url));
const services = ['prometheus', 'jaeger'];

let docker: Docker | undefined;
let reason = unbuildable('PROMETHEUS_LTS', 'PROMTOOL_LTS', 'JAEGER', 'COMPOSE_V2');
let home: string;
let env: Record<string, string>;
let obs: Obs;

beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), 'alex-home-'));
  mkdirSync(join(home, '.alex/targets'), { recursive: true });
  const names = [
    'PROMETHEUS',
    'GRAFANA',
    'JAEGER_UI',
    'JAEGER_THRIFT',
    'JAEGER_OTLP_GRPC',
    'JAEGER_OTLP_HTTP',
    'JAEGER_ZIPKIN',
    'JAEGER_STATUS',
  ];
  const ports = await Promise.all(names.map(async (name) => [`${name}_PORT`, String(await freePort())] as const));
  env = { ...Object.fromEntries(ports), ALEX_TARGETS: join(home, '.alex/targets'), COMPOSE_PROJECT_NAME: 'alex-e2e' };
  if (reason) return;
  try {
    docker = await Docker.start();
  } catch (error) {
    reason = `No Docker engine runs on this machine, so the compose file is not started here: ${(error as Error).message}`;
    process.stderr.write(`NOT PROVED: ${reason}\n`);
    return;
  }
  docker.image({
    tag: 'prom/prometheus:v3.13.5',
    programs: { 'bin/prometheus': binary('PROMETHEUS_LTS'), 'bin/promtool': binary('PROMTOOL_LTS') },
    entrypoint: '/bin/prometheus',
    user: '65534:65534',
    folders: ['prometheus'],
  });
  // The newest Jaeger that can be built, under the name of the one that the stack pins.
  docker.image({
    tag: 'jaegertracing/jaeger:2.20.0',
    programs: { 'cmd/jaeger': binary('JAEGER') },
    entrypoint: '/cmd/jaeger',
    user: '10001:10001',
  });
});
afterAll(async () => {
  await obs?.shutdown();
  if (docker) compose('docker-compose', 'down', '-v', '-t', '3');
  await docker?.stop();
  rmSync(home, { recursive: true, force: true });
});
beforeEach(({ skip }) => {
  if (!docker) skip(reason);
});

function compose(tool: string, ...args: string[]): string {
  return docker!.run(tool, args, { cwd: stack, env });
}

async function healthy(): Promise<void> {
  await waitFor(
    'both services to be healthy',
    () => {
      const states = services.map((name) =>
        docker!.run('docker', ['inspect', '--format', '{{.State.Health.Status}}', `alex-${name}`]).trim(),
      );
      if (states.every((state) => state === 'healthy')) return true;
      throw new Error(`${states} ${docker!.run('docker', ['logs', '--tail', '20', 'alex-jaeger'])}`);
    },
    { timeoutMs: 60_000, everyMs: 500 },
  );
}

async function json<Result>(url: string): Promise<Result> {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url}: ${response.status} ${await response.text()}`);
  return (await response.json()) as Result;
}

const query = async (expression: string): Promise<string[]> => {
  const { data } = await json<{ data: { result: { value: [number, string] }[] } }>(
    `http://127.0.0.1:${env['PROMETHEUS_PORT']}/api/v1/query?${new URLSearchParams({ query: expression })}`,
  );
  return data.result.map(({ value }) => value[1]);
};

const spans = async (traceId: string): Promise<readonly JaegerSpan[]> =>
  await waitFor('the trace', async () => {
    const { data } = await json<{ data: { spans: JaegerSpan[] }[] }>(
      `http://127.0.0.1:${env['JAEGER_UI_PORT']}/api/traces/${traceId}`,
    );
    return data[0] && data[0].spans.length >= 5 ? data[0].spans : undefined;
  });

describe('docker-compose up -d of the committed file', () => {
  let traceId = '';

  it('reaches healthy, as other users than root, on read-only file systems', async () => {
    compose('docker-compose', 'up', '-d', ...services);
    await healthy();
    const settings = services.map((name) =>
      docker!
        .run('docker', [
          'inspect',
          '--format',
          '{{.Config.User}} {{.HostConfig.ReadonlyRootfs}} {{.HostConfig.Memory}}',
          `alex-${name}`,
        ])
        .trim(),
    );
    expect(settings[0]).toMatch(/^65534:65534 true 1073741824$/);
    expect(settings[1]).toMatch(/^10001:10001 true 1073741824$/);
  });

  it('stores a trace and scrapes the agent and Jaeger', async () => {
    obs = createObs({
      configPath: false,
      env: { HOME: home },
      config: {
        metrics: { host: '0.0.0.0', prometheus_port: 0 },
        tracing: {
          enabled: true,
          exporter: 'jaeger',
          jaeger_endpoint: `http://127.0.0.1:${env['JAEGER_THRIFT_PORT']}/api/traces`,
        },
        logging: { output: join(home, 'agent.jsonl') },
      },
    });
    obs.observe((record) => (traceId = record.traceId ?? traceId));
    await obs.start();
    await runScenario(obs);
    expect(await obs.flush()).toEqual([]);
    expect((await spans(traceId)).map(({ operationName }) => operationName)).toContain('alex.session.solve_task');
    await waitFor(
      'the agent’s metrics, through host.docker.internal',
      async () => (await query('alex_llm_requests_total{job="alex",status="success"} > 0')).at(0),
      { timeoutMs: 60_000, everyMs: 500 },
    );
    await waitFor('Jaeger’s own metrics', async () => (await query('up{job="jaeger"} == 1')).at(0), {
      timeoutMs: 60_000,
      everyMs: 500,
    });
  });

  it('keeps traces and samples over a restart', async () => {
    const before = Date.now() / 1000;
    compose('docker-compose', 'restart', '-t', '5', ...services);
    await healthy();
    expect(await spans(traceId)).toHaveLength(5);
    const [oldest] = await query('min_over_time(timestamp(up{job="jaeger"})[10m:1s])');
    expect(Number(oldest)).toBeLessThan(before);
  });

  it('comes up with compose v2 too, on the same volumes', async () => {
    compose('docker-compose', 'down', '-t', '5');
    compose(binary('COMPOSE_V2'), 'up', '-d', '--wait', ...services);
    await healthy();
    expect(await spans(traceId)).toHaveLength(5);
    compose(binary('COMPOSE_V2'), 'down', '-t', '5');
  });

  it('alex-obs stack starts it, waits for health, and says where it is', async () => {
    const bin = fileURLToPath(new URL('../../packages/cli/bin/alex-obs.js', import.meta.url));
    const alexObs = (...args: string[]) =>
      docker!.run(process.execPath, [bin, 'stack', ...args], { env: { ...env, HOME: home } });
    const out = alexObs('up', '--mode', 'bridge', ...services);
    expect(out).toMatch(new RegExp(`prometheus +http://localhost:${env['PROMETHEUS_PORT']}`));
    await healthy();
    expect(() => alexObs('status', '--json')).toThrow(/"service": "grafana",\s+"state": "absent"/);
    expect(alexObs('logs', '--mode', 'bridge', 'jaeger')).toContain('jaeger');
    alexObs('down', '--mode', 'bridge');
    expect(() => alexObs('status')).toThrow(/prometheus +absent/);
  });
});
