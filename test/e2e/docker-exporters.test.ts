import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { binary, Child, Docker, freePort, nodeImage, unbuildable, waitFor } from './harness/index.ts';

const stack = fileURLToPath(new URL('../../deployments/observability/', import.meta.url));
const files = ['-f', 'docker-compose.yml', '-f', 'docker-compose.exporters.yml'];
const image = 'alex-exporters:local';
/** The services of the overlay, with the variable of the port that each publishes. */
const ports = {
  'alec-exporter': 'ALEC_PORT',
  'dsfb-exporter': 'DSFB_PORT',
  'lead-factory-metrics': 'LEAD_FACTORY_PORT',
  'allsource-core': 'ALLSOURCE_CORE_PORT',
  'allsource-control-plane': 'ALLSOURCE_CONTROL_PLANE_PORT',
} as const;
type Service = keyof typeof ports;
const exporters = Object.keys(ports) as Service[];

let docker: Docker | undefined;
let reason = unbuildable('PROMETHEUS_LTS', 'PROMTOOL_LTS', 'COMPOSE_V2');
let targets: string;
let env: Record<string, string>;

beforeAll(async () => {
  targets = mkdtempSync(join(tmpdir(), 'alex-targets-'));
  const names = ['PROMETHEUS_PORT', ...Object.values(ports)];
  env = {
    ...Object.fromEntries(await Promise.all(names.map(async (name) => [name, String(await freePort())] as const))),
    ALEX_TARGETS: targets,
    COMPOSE_PROJECT_NAME: 'alex-e2e',
    NODE_IMAGE: 'alex-e2e-node:local',
    DSFB_TOKEN: 'of-dsfb',
    METRICS_ADMIN_TOKEN: 'of-costs',
    ALLSOURCE_TOKEN: 'of-allsource',
  };
  if (reason) return;
  try {
    docker = await Docker.start();
  } catch (error) {
    skipAll(
      `No Docker engine runs on this machine, so the exporters are not started here: ${(error as Error).message}`,
    );
    return;
  }
  docker.image(nodeImage(env['NODE_IMAGE']!));
  docker.image({
    tag: 'prom/prometheus:v3.13.5',
    programs: { 'bin/prometheus': binary('PROMETHEUS_LTS'), 'bin/promtool': binary('PROMTOOL_LTS') },
    entrypoint: '/bin/prometheus',
    user: '65534:65534',
    folders: ['prometheus'],
  });
  try {
    docker.run('docker', [
      'run',
      '--rm',
      env['NODE_IMAGE']!,
      'npm',
      'view',
      'pg',
      'name',
      '--fetch-retries=1',
      '--fetch-retry-mintimeout=1000',
    ]);
  } catch (error) {
    skipAll(`Containers do not reach the npm registry, so the image is not built here: ${(error as Error).message}`);
  }
});
afterAll(async () => {
  if (docker) compose('docker-compose', 'down', '-v', '-t', '3');
  await docker?.stop();
  rmSync(targets, { recursive: true, force: true });
});
beforeEach(({ skip }) => {
  if (reason) skip(reason);
});

function skipAll(why: string): void {
  reason = why;
  process.stderr.write(`NOT PROVED: ${why}\n`);
}

const compose = (tool: string, ...args: string[]): string =>
  docker!.run(tool, [...files, ...args], { cwd: stack, env });
const inspect = (service: string, format: string): string =>
  docker!.run('docker', ['inspect', '--format', format, `alex-${service}`]).trim();
const inside = (service: Service, ...command: string[]): string =>
  docker!.run('docker', ['exec', `alex-${service}`, ...command]);
const url = (service: Service, path: string): string => `http://127.0.0.1:${env[ports[service]]}${path}`;

async function post(service: Service, path: string, body: unknown, token?: string): Promise<number> {
  const response = await fetch(url(service, path), {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      connection: 'close',
      ...(token ? { authorization: `Bearer ${token}` } : {}),
    },
    body: JSON.stringify(body),
  });
  await response.arrayBuffer();
  return response.status;
}

/** On a connection of its own: a kept one leads to a service that was stopped. */
const text = async (address: string): Promise<string> =>
  await (await fetch(address, { headers: { connection: 'close' } })).text();
const json = async (address: string): Promise<unknown> => JSON.parse(await text(address));

async function healthy(): Promise<void> {
  await waitFor(
    'all to be healthy',
    () => {
      const states = exporters.map((service) => inspect(service, '{{.State.Health.Status}}'));
      if (states.every((state) => state === 'healthy')) return true;
      throw new Error(`${states}\n${compose('docker-compose', 'logs', '--tail', '5', ...exporters)}`);
    },
    { timeoutMs: 60_000, everyMs: 500 },
  );
}

describe('the image of the exporters', () => {
  it('is built from the repository', { timeout: 300_000 }, async () => {
    const child = new Child(binary('COMPOSE_V2'), [...files, 'build', 'alec-exporter'], {
      cwd: stack,
      env: { ...process.env, ...env, DOCKER_HOST: docker!.host },
    });
    expect(await child.ends(290_000), child.output.slice(-4000)).toBe(0);
  });

  it('holds what runs, and no sources, tools or caches', () => {
    const run = (script: string) => docker!.run('docker', ['run', '--rm', image, 'sh', '-c', script]);
    const size = (tag: string) => Number(docker!.run('docker', ['image', 'inspect', '--format', '{{.Size}}', tag]));
    expect((size(image) - size(env['NODE_IMAGE']!)) / 1e6).toBeLessThan(25);
    expect(run('ls packages').trim().split('\n')).toEqual(['event-store', 'exporters', 'openmetrics', 'service']);
    expect(run('find packages -name src; ls -d node_modules/turbo /.npm /root/.npm || true')).toBe('');
    expect(run("cd packages/exporters && node -e \"import('pg').then(() => console.log('pg'))\"")).toBe('pg\n');
  });
});

describe('the event store in the image', () => {
  it('turns its log into segments', async () => {
    const core = 'packages/event-store/bin/allsource.js core --data /tmp/events --roll-size 4096 --roll-interval 100ms';
    docker!.run('docker', ['run', '-d', '--name', 'alex-e2e-core', image, 'node', ...core.split(' ')]);
    const run = (...command: string[]) => docker!.run('docker', ['exec', 'alex-e2e-core', ...command]);
    const body = JSON.stringify({ event_type: 'a.b', entity_id: 'c', payload: 'x'.repeat(5000) });
    const request = { method: 'POST', headers: { 'content-type': 'application/json' }, body };
    const program = `fetch('http://127.0.0.1:8080/api/v1/events', ${JSON.stringify(request)}).then(({ ok }) => process.exit(ok ? 0 : 1))`;
    await waitFor('the core to take an event', () => run('node', '-e', program));
    await waitFor('a segment', () => /\.parquet$/m.test(run('ls', '/tmp/events')) || undefined);
    docker!.run('docker', ['rm', '-f', 'alex-e2e-core']);
  });
});

describe('docker-compose up -d with the overlay of the exporters', () => {
  it('reaches healthy, without root and capabilities on read-only file systems', async () => {
    compose('docker-compose', 'up', '-d', 'prometheus', ...exporters);
    await healthy();
    for (const service of exporters) {
      const settings = inspect(service, '{{.Config.User}} {{.HostConfig.ReadonlyRootfs}} {{.HostConfig.CapDrop}}');
      expect(settings, service).toBe('1000:1000 true [ALL]');
      expect(inside(service, 'sh', '-c', 'touch /here 2>&1 || true'), service).toContain('Read-only file system');
    }
  });

  it('serves the metrics of each on this machine, and leads Prometheus to all of them', async () => {
    for (const service of exporters) expect(await text(url(service, '/metrics')), service).toMatch(/^# TYPE /m);
    const up = await waitFor(
      'Prometheus to scrape them',
      async () => {
        const query = `http://127.0.0.1:${env['PROMETHEUS_PORT']}/api/v1/query?query=up==1`;
        const { data } = (await json(query)) as { data: { result: { metric: { job: string } }[] } };
        const jobs = data.result.map(({ metric }) => metric.job).filter((job) => job !== 'prometheus');
        return jobs.length >= exporters.length ? jobs.toSorted() : undefined;
      },
      { timeoutMs: 60_000, everyMs: 500 },
    );
    expect(up).toEqual(['alec', 'allsource-control-plane', 'allsource-core', 'dsfb', 'lead-factory']);
  });

  it('lets those write who have the token', async () => {
    const event = { event_type: 'order.placed', entity_id: 'order-1', payload: { amount: 12.5 } };
    const cost = { service: 'openai', operation: 'gpt-4o', cost_dollars: 1.25 };
    const residual = { t: Date.now() / 1000, class: 'contention', value: 0, channel: 'lock:orders' };
    const writes = [
      ['allsource-core', '/api/v1/events', event, 'of-allsource'],
      ['allsource-control-plane', '/api/v1/operations/snapshot', {}, 'of-allsource'],
      ['lead-factory-metrics', '/costs', cost, 'of-costs'],
      ['dsfb-exporter', '/ingest', residual, 'of-dsfb'],
    ] as const;
    for (const [service, path, body, token] of writes) {
      expect(await post(service, path, body), service).toBe(401);
      expect(await post(service, path, body, 'another'), service).toBe(401);
      expect(await post(service, path, body, token), service).toBe(200);
    }
  });

  it('ends each in time and with 0, and keeps events and costs for the next start, by compose v2', async () => {
    compose('docker-compose', 'stop', ...exporters);
    expect(exporters.map((service) => inspect(service, '{{.State.ExitCode}}'))).toEqual(exporters.map(() => '0'));
    compose('docker-compose', 'down');
    compose(binary('COMPOSE_V2'), 'up', '-d', '--wait', 'prometheus', ...exporters);
    await healthy();
    expect(await json(url('allsource-core', '/api/v1/stats'))).toMatchObject({ total_events: 1 });
    expect(await json(url('lead-factory-metrics', '/costs/daily'))).toEqual({ openai: 1.25 });
  });
});
