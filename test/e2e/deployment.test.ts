import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { binary } from './harness/index.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const stack = join(root, 'deployments/observability');
const run = (command: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): string => {
  try {
    return execFileSync(command, args, {
      cwd: stack,
      encoding: 'utf8',
      stdio: 'pipe',
      env: { ...process.env, ...env },
    });
  } catch (error) {
    const { stdout, stderr } = error as { stdout: string; stderr: string };
    throw new Error(`${command} ${args.join(' ')}:\n${stdout}${stderr}`);
  }
};

let folder: string;
beforeAll(() => void (folder = mkdtempSync(join(tmpdir(), 'alex-deployment-'))));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('promtool', () => {
  it.each(['prometheus.yml', 'prometheus.linux.yml'])('accepts %s and every rule file that it names', (file) => {
    expect(run(binary('PROMTOOL_LTS'), ['check', 'config', `prometheus/${file}`])).toContain('SUCCESS');
  });

  it.each(readdirSync(join(root, 'packages/mixin/tests')))('sees the alerts of %s fire and stay silent', (file) => {
    expect(run(binary('PROMTOOL_LTS'), ['test', 'rules', join(root, 'packages/mixin/tests', file)])).toContain(
      'SUCCESS',
    );
  });

  it('accepts the example of a web configuration', () => {
    writeFileSync(join(folder, 'web.yml'), webConfiguration);
    const files = ['-keyout', join(folder, 'tls.key'), '-out', join(folder, 'tls.crt')];
    run('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', ...files, '-subj', '/CN=localhost']);
    run(binary('PROMTOOL_LTS'), ['check', 'web-config', join(folder, 'web.yml')]);
    writeFileSync(join(folder, 'broken.yml'), webConfiguration.replace('cert_file', 'certificate'));
    expect(() => run(binary('PROMTOOL_LTS'), ['check', 'web-config', join(folder, 'broken.yml')])).toThrow(
      /certificate/,
    );
  });
});

/** As README.md tells to write it, with a hash of the password `x`. */
const webConfiguration = `tls_server_config: { cert_file: tls.crt, key_file: tls.key }
basic_auth_users: { alex: $2b$05$CCCCCCCCCCCCCCCCCCCCC.VGOzA784oUp/Z0DY336zx7pLYAy0lwK }
`;

describe('amtool', () => {
  it('accepts the configuration and routes a critical alert at once', () => {
    expect(run(binary('AMTOOL'), ['check-config', 'alertmanager/alertmanager.yml'])).toContain('SUCCESS');
    const routed = run(binary('AMTOOL'), [
      'config',
      'routes',
      'test',
      '--config.file=alertmanager/alertmanager.yml',
      'severity=critical',
    ]);
    expect(routed.trim()).toBe('log');
  });
});

it('Jaeger accepts its configuration', () => {
  run(binary('JAEGER'), ['validate', '--config', 'jaeger/config.yaml']);
});

interface Service {
  readonly image?: string;
  readonly ports?: readonly (string | { readonly host_ip?: string })[];
  readonly [key: string]: unknown;
}

const secrets = { GRAFANA_PASSWORD: 'a', PROMETHEUS_PASSWORD: 'b', ALEX_SECRETS: '/run/alex' };
const sets: readonly (readonly [name: string, files: readonly string[]])[] = [
  ['the base file', ['docker-compose.yml']],
  ['the file for Linux', ['docker-compose.linux.yml']],
  ...['alerting', 'logs', 'exporters', 'hardened'].map(
    (overlay) => [`the overlay ${overlay}`, ['docker-compose.yml', `docker-compose.${overlay}.yml`]] as const,
  ),
  [
    'all overlays',
    [
      'docker-compose.yml',
      'docker-compose.alerting.yml',
      'docker-compose.logs.yml',
      'docker-compose.exporters.yml',
      'docker-compose.hardened.yml',
    ],
  ],
];

describe.each([
  ['docker-compose 1.29', () => 'docker-compose'],
  ['compose v2', () => binary('COMPOSE_V2')],
] satisfies [string, () => string][])('%s', (_name, tool) => {
  it.each(sets)('accepts %s', (_name, files) => {
    const text = run(tool(), [...files.flatMap((file) => ['-f', file]), 'config'], secrets);
    const { services } = parse(text) as { services: Record<string, Service> };
    expect(Object.keys(services)).toEqual(expect.arrayContaining(['prometheus', 'jaeger', 'grafana']));
    for (const [name, service] of Object.entries(services)) {
      if (!service['build']) expect(service.image, name).toMatch(/^[\w./-]+:(?!latest)[\w.-]+$/);
      for (const port of service.ports ?? [])
        expect(typeof port === 'string' ? port : port.host_ip, `${name} listens on loopback`).toMatch(/^127\.0\.0\.1/);
      expect(service, name).toMatchObject({
        read_only: true,
        cap_drop: ['ALL'],
        security_opt: ['no-new-privileges:true'],
      });
      expect(JSON.stringify(service['logging']), name).toContain('max-size');
      if (name !== 'jaeger-init') expect(JSON.stringify(service['deploy']), name).toMatch(/memory/);
    }
  });

  it('refuses the hardened overlay without a password', () => {
    const files = ['-f', 'docker-compose.yml', '-f', 'docker-compose.hardened.yml', 'config', '-q'];
    expect(() => run(tool(), files, { ...secrets, GRAFANA_PASSWORD: '' })).toThrow(/GRAFANA_PASSWORD/);
  });
});

describe('the file for Linux', () => {
  const read = (file: string) =>
    (parse(readFileSync(join(stack, file), 'utf8'), { merge: true }) as { services: Record<string, Service> }).services;
  const base = read('docker-compose.yml');
  const linux = read('docker-compose.linux.yml');

  it('runs the same services of the same images, in host mode and without published ports', () => {
    const images = (services: Record<string, Service>): [string, string | undefined][] =>
      Object.entries(services).map(([name, { image }]) => [name, image]);
    expect(images(linux)).toEqual(images(base));
    for (const [name, service] of Object.entries(linux)) expect(service, name).toMatchObject({ network_mode: 'host' });
    expect(Object.values(linux).filter(({ ports, networks }) => ports ?? networks)).toEqual([]);
  });

  it('starts each with what the base file gives it, and with addresses of this machine', () => {
    for (const [name, { command }] of Object.entries(base))
      expect(linux[name]!['command'] ?? [], name).toEqual(expect.arrayContaining((command as string[]) ?? []));
    expect(JSON.stringify(linux)).not.toMatch(/prometheus:9090|jaeger:16686|0\.0\.0\.0/);
  });
});

describe('provisioning of Grafana, of which no server can be had here', () => {
  const yaml = (file: string) =>
    parse(readFileSync(join(stack, file), 'utf8')) as {
      datasources?: Record<string, unknown>[];
      providers?: Record<string, unknown>[];
    };

  it.each(['grafana/provisioning/datasources/datasources.yml', 'grafana/hardened/datasources.yml'])(
    '%s links exemplars to traces and traces to metrics, under fixed uids',
    (file) => {
      const { datasources = [] } = yaml(file);
      expect(datasources.map(({ uid, type, editable }) => ({ uid, type, editable }))).toEqual([
        { uid: 'prometheus', type: 'prometheus', editable: false },
        { uid: 'jaeger', type: 'jaeger', editable: false },
      ]);
      expect(JSON.stringify(datasources[0])).toContain(
        '"exemplarTraceIdDestinations":[{"name":"trace_id","datasourceUid":"jaeger"',
      );
      expect(JSON.stringify(datasources[1])).toContain('"tracesToMetrics":{"datasourceUid":"prometheus"');
    },
  );

  it('every variable of a datasource is given to Grafana by the compose files', () => {
    const given = [...'yml linux.yml logs.yml hardened.yml'.split(' ')]
      .map((end) => readFileSync(join(stack, `docker-compose.${end}`), 'utf8'))
      .join('\n');
    for (const file of [
      'grafana/provisioning/datasources/datasources.yml',
      'grafana/hardened/datasources.yml',
      'loki/datasource.yml',
    ])
      for (const [, name] of readFileSync(join(stack, file), 'utf8').matchAll(/(?<!\$)\$([A-Z_]+)/g))
        expect(given, `${file} ${name}`).toContain(`${name}: `);
  });

  it('reads the dashboards from where the compose file mounts them, and nobody edits them in place', () => {
    const [provider] = yaml('grafana/provisioning/dashboards/dashboards.yml').providers!;
    expect(provider).toMatchObject({ allowUiUpdates: false, options: { path: '/var/lib/grafana/dashboards' } });
    expect(readFileSync(join(stack, 'docker-compose.yml'), 'utf8')).toContain(
      './grafana/dashboards:/var/lib/grafana/dashboards:ro',
    );
  });
});

describe('the collector, of which the part that reads files cannot be had here', () => {
  it('uses only what it defines, and sends to Loki', () => {
    const config = parse(readFileSync(join(stack, 'collector/config.yaml'), 'utf8')) as Record<
      string,
      Record<string, unknown>
    > & {
      service: { extensions: string[]; pipelines: Record<string, Record<string, string[]>> };
    };
    for (const pipeline of Object.values(config.service.pipelines))
      for (const [kind, ids] of Object.entries(pipeline))
        for (const id of ids) expect(Object.keys(config[kind]!), id).toContain(id);
    expect(Object.keys(config['extensions']!)).toEqual(config.service.extensions);
  });
});
