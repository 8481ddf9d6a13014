import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { captureIo, runCommand } from '@alex/service';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { command } from '../main.ts';
import { findFolder, makeTargetsFolder, portOf, project } from './project.ts';
import { pages } from './services.ts';
import { findComposeTool } from './tool.ts';

let folder: string;
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'alex-stack-'))));
afterEach(() => rmSync(folder, { recursive: true }));

/** A program that answers some arguments, so that a machine with another Docker can be had. */
function program(name: string, cases: Readonly<Record<string, string>>): void {
  const branches = Object.entries(cases).map(([match, action]) => `  ${match}) ${action};;`);
  writeFileSync(join(folder, name), `#!/bin/sh\ncase "$*" in\n${branches.join('\n')}\n  *) exit 1;;\nesac\n`);
  chmodSync(join(folder, name), 0o755);
}

const find = () => findComposeTool({ env: { PATH: folder } });

describe('the compose tool', () => {
  it('is compose v2 where docker has the plug-in', async () => {
    program('docker', { '"compose version --short"': 'echo 2.40.3', 'version*': 'echo 28.5.2' });
    program('docker-compose', { '"version --short"': 'echo 1.29.2' });
    expect(await find()).toEqual({ command: 'docker', args: ['compose'], version: '2.40.3' });
  });

  it('is docker-compose 1.29 where it has not', async () => {
    program('docker', { 'version*': 'echo 20.10.24' });
    program('docker-compose', { '"version --short"': 'echo 1.29.2' });
    expect(await find()).toEqual({ command: 'docker-compose', args: [], version: '1.29.2' });
  });

  it('that has no engine is named with what the engine said', async () => {
    program('docker', {
      '"compose version --short"': 'echo 2.40.3',
      'version*': 'echo "Cannot connect to the Docker daemon" >&2; exit 1',
    });
    await expect(find()).rejects.toThrow(/docker compose is there, but no Docker engine answers: Cannot connect/);
  });

  it('that is missing beside docker is named', async () => {
    program('docker', { '--version': 'echo Docker' });
    await expect(find()).rejects.toThrow(/install the plug-in docker-compose-plugin/);
  });

  it('that is missing with all of Docker is explained', async () => {
    await expect(find()).rejects.toThrow(/neither docker nor docker-compose is installed/);
  });
});

describe('the project', () => {
  const none = { directory: undefined, overlay: [], mode: 'auto' } as const;

  it('is host mode on Linux, the bridge elsewhere and with an overlay', () => {
    expect(project(none, {}, 'linux').files).toEqual(['docker-compose.linux.yml']);
    expect(project(none, {}, 'darwin').files).toEqual(['docker-compose.yml']);
    expect(project({ ...none, overlay: ['alerting'] }, {}, 'linux').files).toEqual([
      'docker-compose.yml',
      'docker-compose.alerting.yml',
    ]);
    expect(() => project({ ...none, overlay: ['alerting'], mode: 'host' }, {}, 'linux')).toThrow(/cannot be combined/);
  });

  it('gives compose the folder of the targets files, and makes it before Docker does as root', () => {
    const chosen = project(none, { HOME: folder }, 'linux');
    expect(chosen.env['ALEX_TARGETS']).toBe(join(folder, '.alex/targets'));
    makeTargetsFolder(chosen);
    expect(statSync(join(folder, '.alex/targets')).isDirectory()).toBe(true);
  });

  it('is found above the folder one is in, and else above this program', () => {
    mkdirSync(join(folder, 'deployments/observability/jaeger'), { recursive: true });
    mkdirSync(join(folder, 'src/deep'), { recursive: true });
    for (const file of ['docker-compose.yml', 'jaeger/config.yaml'])
      writeFileSync(join(folder, 'deployments/observability', file), '');
    expect(findFolder(undefined, join(folder, 'src/deep'))).toBe(join(folder, 'deployments/observability'));
    expect(existsSync(join(findFolder(undefined, '/'), 'docker-compose.linux.yml'))).toBe(true);
    expect(() => findFolder(join(folder, 'src'))).toThrow(/holds no docker-compose.yml/);
  });

  it('takes ports from the environment, then from .env, then the usual ones', () => {
    writeFileSync(join(folder, '.env'), 'PROMETHEUS_PORT=19091\n');
    expect(portOf({ folder, env: {} }, 'PROMETHEUS_PORT', 9091)).toBe(19091);
    expect(portOf({ folder, env: { PROMETHEUS_PORT: '7' } }, 'PROMETHEUS_PORT', 9091)).toBe(7);
    expect(pages(folder, {}).map(({ url }) => url)).toContain('http://localhost:3000');
  });
});

describe('alex-obs stack', () => {
  async function run(...argv: string[]) {
    const { io, output } = captureIo({ env: { PATH: folder, HOME: folder } });
    return { code: await runCommand(command, ['stack', ...argv], io), ...output() };
  }

  it('runs compose with the files, waits for health and prints the pages', async () => {
    program('docker', {
      '"compose version --short"': 'echo 2.40.3',
      'version*': 'echo 28',
      '*"up -d prometheus"': 'echo "$@" >&2',
      'inspect*alex-prometheus': 'echo "running healthy"',
    });
    const { code, stdout, stderr } = await run('up', 'prometheus', '--mode', 'bridge');
    expect(stderr).toContain('compose -f docker-compose.yml up -d prometheus');
    expect({ code, stdout }).toEqual({ code: 0, stdout: 'prometheus   http://localhost:9091\n' });
  });

  it('builds the image of the exporters anew, and waits for those too', async () => {
    program('docker', {
      '"compose version --short"': 'echo 2.40.3',
      'version*': 'echo 28',
      '*"up -d --build"*': 'true',
      'inspect*alex-allsource-core': 'echo "running healthy"',
      'inspect*alex-dsfb-exporter': 'echo "exited none"',
    });
    const { code, stdout, stderr } = await run('up', '--overlay', 'exporters', 'allsource-core', 'dsfb-exporter');
    expect(stdout).toBe('dsfb-exporter  http://localhost:9184\nallsource-core http://localhost:8080\n');
    expect(stderr).toContain('dsfb-exporter is exited: alex-obs stack logs dsfb-exporter');
    expect(code).toBe(1);
  });

  it('says what is not healthy and how to see why', async () => {
    program('docker', {
      '"compose version --short"': 'echo 2.40.3',
      'version*': 'echo 28',
      '*"up -d jaeger"': 'true',
      'inspect*alex-jaeger': 'echo "exited none"',
    });
    const { code, stderr } = await run('up', 'jaeger');
    expect(code).toBe(1);
    expect(stderr).toContain('jaeger is exited: alex-obs stack logs jaeger');
  });

  it('stops and shows what any overlay started, unasked', async () => {
    program('docker', {
      '"compose version --short"': 'echo 2.40.3',
      'version*': 'echo 28',
      '*docker-compose.exporters.yml" down -v"': 'echo down >&2',
      '*docker-compose.exporters.yml" logs "*" alec-exporter"': 'echo replayed',
    });
    expect(await run('down', '--volumes')).toMatchObject({ code: 0, stderr: 'down\n' });
    expect(await run('logs', 'alec-exporter')).toMatchObject({ code: 0, stdout: 'replayed\n' });
  });

  it('names a taken port', async () => {
    program('docker', {
      '"compose version --short"': 'echo 2.40.3',
      'version*': 'echo 28',
      '*"up -d"*': 'echo "Bind for 127.0.0.1:3000 failed: port is already allocated" >&2; exit 1',
    });
    const { code, stderr } = await run('up');
    expect(code).toBe(1);
    expect(stderr).toContain('A port is taken: change it in .env');
  });

  it('prints the state of each service, as JSON too, and ends with 1 when nothing runs', async () => {
    program('docker', {});
    expect((await run('status')).stdout).toMatch(/grafana +absent +http:\/\/localhost:3000/);
    const { code, stdout } = await run('status', '--json');
    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toContainEqual({ service: 'jaeger', state: 'absent', url: 'http://localhost:16686' });
  });

  it('refuses an overlay and a page that do not exist', async () => {
    expect((await run('up', '--overlay', 'alarming')).stderr).toContain('There is no overlay alarming');
    expect((await run('open', 'kibana')).stderr).toContain('There is no page of kibana');
    expect((await run('open')).stdout).toBe('http://localhost:3000\n');
  });
});
