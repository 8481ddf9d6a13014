import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Registry, renderOpenMetrics } from '@alex/openmetrics';
import { captureIo, runCommand } from '@alex/service';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { command } from './main.ts';

let home: string;
beforeAll(() => {
  home = mkdtempSync(join(tmpdir(), 'alex-obs-'));
});
afterAll(() => rmSync(home, { recursive: true }));

async function run(argv: readonly string[], env: Record<string, string> = {}) {
  const { io, output } = captureIo({ env: { HOME: home, ...env } });
  const code = await runCommand(command, argv, io);
  return { code, ...output() };
}

describe('alex-obs', () => {
  it.each([
    [[]],
    [['demo']],
    [['config']],
    [['config', 'check']],
    [['config', 'show']],
    [['config', 'init']],
    [['config', 'path']],
    [['metrics']],
    [['version']],
    [['stack']],
    [['stack', 'up']],
    [['stack', 'down']],
    [['stack', 'status']],
    [['stack', 'logs']],
    [['stack', 'open']],
    [['doctor']],
    [['top']],
  ])('has help with an example: %j', async (path) => {
    const { code, stdout, stderr } = await run([...path, '--help']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toContain(`Usage: ${['alex-obs', ...path].join(' ')}`);
    expect(stdout).toMatch(/Examples:\n {2}\$ \S/);
  });

  it.each([
    [['demp'], '(Did you mean demo?)'],
    [['config', 'chek'], '(Did you mean check?)'],
    [['metrics', '--tokn', 'x'], '(Did you mean --token?)'],
    [['demo', '--sessions', '0'], '--sessions must be an integer from 1 to 64, but is "0"'],
    [['metrics', 'http://['], 'is neither a URL nor a port'],
    [['config'], 'Usage: alex-obs config'],
  ])('answers wrong usage with code 2: %j', async (argv, message) => {
    const { code, stdout, stderr } = await run(argv);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(message);
  });

  it('prints versions as text and JSON', async () => {
    expect((await run(['--version'])).stdout).toBe('0.1.0\n');
    expect((await run(['version'])).stdout).toContain(`node      ${process.versions.node}\n`);
    expect(JSON.parse((await run(['version', '--json'])).stdout)).toMatchObject({ 'alex-obs': '0.1.0' });
  });
});

describe('alex-obs config', () => {
  it('creates a file that is fine, once', async () => {
    const path = join(home, '.alex', 'config.yaml');
    expect((await run(['config', 'path'])).stdout).toBe(`${path}\n`);
    expect(await run(['config', 'check'])).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('does not exist'),
    });
    expect(await run(['config', 'init'])).toMatchObject({ code: 0, stdout: `${path}\n` });
    expect(readFileSync(path, 'utf8')).toContain('observability:');
    expect(await run(['config', 'check'])).toEqual({ code: 0, stdout: `${path} is fine\n`, stderr: '' });
    expect(await run(['config', 'init'])).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^error: .*already/),
    });
    expect((await run(['config', 'init', '--force'])).code).toBe(0);
  });

  it('shows values with their origins, and masks secrets', async () => {
    const { code, stdout } = await run(['config', 'show'], { ALEX_LOG_LEVEL: 'debug', ALEX_METRICS_TOKEN: 'hunter2' });
    expect(code).toBe(0);
    expect(stdout).toMatch(/logging\.level +debug +environment/);
    expect(stdout).not.toContain('hunter2');
    const json = JSON.parse((await run(['config', 'show', '--json'])).stdout);
    expect(json.values).toContainEqual({ path: 'tracing.service_name', value: 'alex', origin: expect.any(String) });
  });

  it('finds errors, names the place, and ends with 1', async () => {
    const path = join(home, 'broken.yaml');
    writeFileSync(path, 'observability:\n  logging:\n    level: loud\n  metrix: {}\n');
    const { code, stdout } = await run(['config', 'check', '--file', path]);
    expect(code).toBe(1);
    expect(stdout).toMatch(/^error: .*broken\.yaml:3.*loud/m);
    expect(stdout).toMatch(/^warning: .*metrix/m);
    const json = await run(['config', 'check', '--json'], { ALEX_OBSERVABILITY_CONFIG: path });
    expect(json.code).toBe(1);
    expect(JSON.parse(json.stdout)).toMatchObject({ file: path, errors: 1 });
  });
});

describe('alex-obs metrics', () => {
  const servers: Server[] = [];
  afterEach(() => {
    for (const server of servers.splice(0)) server.close();
  });

  async function serve(
    body: string,
    { type = 'application/openmetrics-text; version=1.0.0; charset=utf-8', token = '' } = {},
  ) {
    const server = createServer((request, response) => {
      const allowed = token === '' || request.headers.authorization === `Bearer ${token}`;
      response.writeHead(allowed ? 200 : 401, { 'content-type': type, connection: 'close' });
      response.end(allowed ? body : 'no');
    });
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return String((server.address() as AddressInfo).port);
  }

  function exposition(): string {
    const registry = new Registry();
    const requests = registry.counter({ name: 'requests', help: 'Served.', labelNames: ['model', 'status'] });
    requests.labels('gpt-4o', 'success').add(12);
    requests.labels('o4 mini', 'error').add(3);
    const latency = registry.histogram({ name: 'latency', unit: 'seconds', help: 'Time.', buckets: [0.1, 1, 10] });
    for (const value of [0.05, 0.5, 0.7, 20]) latency.labels().observe(value);
    return renderOpenMetrics(registry.snapshot());
  }

  it('prints families as a table', async () => {
    const { code, stdout, stderr } = await run(['metrics', await serve(exposition())]);
    expect(code).toBe(0);
    expect(stdout).toBe(
      [
        'requests (counter) Served.',
        '  model=gpt-4o status=success   12',
        '  model="o4 mini" status=error  3',
        'latency_seconds (histogram, seconds) Time.',
        '  count 4  mean 5.3125  p50 <= 1  p95 > 10',
        '',
      ].join('\n'),
    );
    expect(stderr).toMatch(/valid OpenMetrics, 2 families, 0 findings/);
  });

  it('prints families as JSON, filtered', async () => {
    const { stdout } = await run(['metrics', await serve(exposition()), '--json', '--filter', 'lat']);
    const { families, findings } = JSON.parse(stdout);
    expect(families).toMatchObject([{ name: 'latency_seconds', type: 'histogram' }]);
    expect(findings).toEqual([]);
  });

  it('warns of broken conventions, which are errors with --strict', async () => {
    const port = await serve('# TYPE queueLength gauge\n# HELP queueLength Length.\nqueueLength 1\n# EOF\n');
    expect(await run(['metrics', port])).toMatchObject({
      code: 0,
      stderr: expect.stringContaining('warning: queueLength'),
    });
    expect(await run(['metrics', port, '--strict'])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('error:'),
    });
  });

  it('ends with 1 for a text that is not valid, with line and column', async () => {
    const { code, stderr } = await run(['metrics', await serve('# TYPE a counter\na 1\n# EOF\n')]);
    expect(code).toBe(1);
    expect(stderr).toMatch(/is not valid OpenMetrics: line 2, column \d+: /);
  });

  it('ends with 1 when the endpoint does not speak OpenMetrics', async () => {
    const { code, stderr } = await run(['metrics', await serve('<html>', { type: 'text/html' })]);
    expect({ code, stderr }).toMatchObject({ code: 1, stderr: expect.stringContaining('it answers text/html') });
  });

  it('sends the token, and hints at it', async () => {
    const port = await serve(exposition(), { token: 's3cret' });
    expect(await run(['metrics', port])).toMatchObject({ code: 1, stderr: expect.stringContaining('--token') });
    expect((await run(['metrics', port, '--token', 's3cret'])).code).toBe(0);
    expect((await run(['metrics', port], { ALEX_METRICS_TOKEN: 's3cret' })).code).toBe(0);
  });

  it('ends with 1 when nothing listens or nothing answers', async () => {
    const port = await serve('');
    servers.splice(0)[0]!.close();
    expect(await run(['metrics', port])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('nothing listens there'),
    });
    const silent = createServer(() => {});
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    const late = await run(['metrics', String((silent.address() as AddressInfo).port), '--timeout', '50ms']);
    expect(late).toMatchObject({ code: 1, stderr: expect.stringContaining('no answer within 50 ms') });
    silent.closeAllConnections();
    silent.close();
  });
});
