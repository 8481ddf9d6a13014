import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { captureIo, runCommand } from '@alex/service';
import { afterAll, afterEach, describe, expect, it, vi } from 'vitest';
import { command } from './command.ts';

const folder = mkdtempSync(join(tmpdir(), 'alec-command-'));
afterAll(() => rmSync(folder, { recursive: true }));

interface Running {
  readonly url: string;
  readonly stderr: () => string;
  stop(): Promise<number>;
}

let open: Running | undefined;
afterEach(async () => {
  await open?.stop();
  open = undefined;
});

async function run(...argv: string[]): Promise<Running> {
  const controller = new AbortController();
  const { io, output } = captureIo({ signal: controller.signal });
  const ended = runCommand(command, ['--host', '127.0.0.1', '--port', '0', ...argv], io);
  const url = await vi.waitFor(() => {
    const found = /listening on (\S+)/.exec(output().stderr)?.[1];
    if (found === undefined) throw new Error(output().stderr);
    return found;
  });
  open = {
    url,
    stderr: () => output().stderr,
    stop: () => {
      controller.abort();
      return ended;
    },
  };
  return open;
}

async function failure(...argv: string[]): Promise<{ code: number; stderr: string }> {
  const { io, output } = captureIo();
  return { code: await runCommand(command, argv, io), stderr: output().stderr };
}

const csv = join(folder, 'data.csv');
writeFileSync(
  csv,
  'timestamp_ms,sensor1,sensor2,sensor3\n1000,25.0,60.0,1.5\n2000,25.5,61.0,1.4\n3000,26.0,62.0,1.6\n',
);

describe('the command', () => {
  it('serves its pages, and nothing else', async () => {
    const { url } = await run();
    for (const [path, type, text] of [
      ['/', /^text\/html; charset=utf-8$/i, /<!DOCTYPE html>[\s\S]*ALEC Exporter/],
      ['/metrics', /^text\/plain; version=0\.0\.4; charset=utf-8$/, /^alec_resilience_index 0$/m],
      ['/health', /^text\/plain/, /^OK$/],
      ['/ready', /^text\/plain/, /^Ready$/],
      ['/status', /^application\/json/, /^\{"version":/],
    ] as const) {
      const response = await fetch(url + path);
      expect([path, response.status]).toEqual([path, 200]);
      expect(response.headers.get('content-type')).toMatch(type);
      expect(await response.text()).toMatch(text);
      const head = await fetch(url + path, { method: 'HEAD' });
      expect([path, head.status, await head.text()]).toEqual([path, 200, '']);
      const refused = await fetch(url + path, { method: 'DELETE' });
      expect([path, refused.status]).toEqual([path, 405]);
      expect(refused.headers.get('allow')).toMatch(/GET/);
    }
    expect((await fetch(`${url}/nothing`)).status).toBe(404);
    expect((await fetch(`${url}/ingest`, { method: 'POST', body: '{}' })).status).toBe(404);
  });

  it('has a page without anything from elsewhere, which may run its own script only', async () => {
    const { url } = await run();
    const response = await fetch(url);
    expect(response.headers.get('content-security-policy')).toMatch(/default-src 'none'.*script-src 'sha256-/);
    const html = await response.text();
    expect(html).not.toMatch(/https?:|@import|innerHTML/);
    for (const path of ['metrics', 'health', 'ready', 'status']) expect(html).toContain(`href="${path}"`);
  });

  it('replays a file once and goes on serving', async () => {
    const { url, stop } = await run('--csv', csv, '--speed', '1000', '--no-loop-replay');
    const status = await vi.waitFor(async () => {
      const found = (await (await fetch(`${url}/status`)).json()) as { replay: { running: boolean; position: number } };
      expect(found.replay.running).toBe(false);
      return found;
    });
    expect(status.replay.position).toBe(3);
    expect(await (await fetch(`${url}/ready`)).text()).toBe('Ready');
    expect(await (await fetch(`${url}/metrics`)).text()).toMatch(/^alec_exporter_replay_running 0$/m);
    expect(await stop()).toBe(0);
  });

  it.each(['--loop-replay', '--loop-replay=true', '-l'])('loops with %s, as by default', async (flag) => {
    const { url } = await run('--csv', csv, '--speed', '1000', flag);
    await vi.waitFor(async () => {
      expect(await (await fetch(`${url}/metrics`)).text()).toMatch(/^alec_exporter_replay_loops_total [1-9]/m);
    });
  });

  it.each([
    [['--csv', '/nowhere.csv'], 1, /nowhere\.csv cannot be read: there is no such file/],
    [['--csv', csv, '--speed', '0'], 2, /--speed must be a number above 0/],
    [['--speed', 'NaN'], 2, /--speed must be/],
    [['--speed=-1'], 2, /--speed must be/],
    [['--speed', 'inf'], 2, /--speed must be/],
    [['--port', '65536'], 2, /--port must be/],
    [['--log-level', 'loud'], 2, /--log-level must be one of trace, debug/],
    [['--loop-replay=maybe'], 2, /--loop-replay must be true or false/],
    [['--ingest'], 2, /--ingest needs --token/],
    [['--csv', csv, '--ingest', '--token', 'x'], 2, /--csv and --ingest exclude one another/],
    [['--prometheus', 'http://127.0.0.1:9'], 2, /at least one --query/],
    [['--prometheus', 'nowhere', '--query', 'a=b'], 2, /must be an http URL/],
    [['--query', 'a=b'], 2, /--query needs --prometheus/],
    [['--prometheus', 'http://127.0.0.1:9', '--query', 'up'], 2, /NAME=PROMQL/],
    [['--prometheus', 'http://127.0.0.1:9', '--query', 'a=1', '--query', 'a=2'], 2, /"a" twice/],
    [['--resolution', 'temp=0'], 2, /--resolution must be/],
    [['--min-samples', '100', '--window-samples', '50'], 2, /cannot be more than/],
    [['--zone-critical', '0.9'], 2, /cannot be more than/],
  ] as const)('refuses %j', async (argv, code, message) => {
    const found = await failure(
      '--host',
      '127.0.0.1',
      ...(argv.includes('65536' as never) ? [] : ['--port', '0']),
      ...argv,
    );
    expect(found.code).toBe(code);
    expect(found.stderr).toMatch(message);
  });

  it('samples a Prometheus, even one that does not answer', async () => {
    const { url, stderr } = await run(
      '--prometheus',
      'http://127.0.0.1:9',
      '--query',
      'a=up{job="x"}',
      '--interval',
      '100ms',
    );
    await vi.waitFor(async () => {
      const text = await (await fetch(`${url}/metrics`)).text();
      expect(text).toMatch(/^alec_exporter_rejected_values_total\{reason="query_failed"\} [2-9]/m);
      expect(text).toMatch(/^alec_exporter_samples_total [2-9]/m);
    });
    expect(stderr().match(/A query gave no reading/g)).toHaveLength(1);
  });
});

describe('POST /ingest', () => {
  const row = (time: number) => `{"timestamp_ms":${time},"values":{"temp":25,"humid":null}}\n`;
  const post = (url: string, body: string, token = 'secret') =>
    fetch(`${url}/ingest`, { method: 'POST', body, headers: { Authorization: `Bearer ${token}` } });

  it('takes rows of those who have the token', async () => {
    const { url } = await run('--ingest', '--token', 'secret');
    const response = await post(url, row(1000) + row(2000));
    expect([response.status, await response.json()]).toEqual([202, { accepted: 2 }]);
    expect((await post(url, row(3000), 'wrong')).status).toBe(401);
    expect(await (await fetch(`${url}/metrics`)).text()).toMatch(/^alec_exporter_samples_total 2$/m);
  });

  it('says which line is bad and how many were taken', async () => {
    const { url } = await run('--ingest', '--token', 'secret');
    const response = await post(url, `${row(1000)}oops\n`);
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ accepted: 1, line: 2 });
  });

  it('refuses a body of 100 MB, a million channels and a body that never ends, without growing', async () => {
    const { url } = await run('--ingest', '--token', 'secret');
    const before = process.memoryUsage().rss;
    const declared = await send(url, { 'Content-Length': String(100 * 2 ** 20) }, (client) =>
      client.write('{"timestamp_ms":'),
    );
    expect(declared).toBe(413);
    let sent = 0;
    const endless = await send(url, { 'Transfer-Encoding': 'chunked' }, (client) => {
      const piece = 'x'.repeat(64 * 1024);
      const more = (): void => {
        while (sent < 100 * 2 ** 20 && !client.destroyed) {
          sent += piece.length;
          if (!client.write(piece)) return void client.once('drain', more);
        }
      };
      more();
    });
    expect(endless).toBe(413);
    expect(sent).toBeLessThan(50 * 2 ** 20);
    const wide = `{"timestamp_ms":1,"values":{${Array.from({ length: 1_000_000 }, (_, index) => `"${index}":1`)}}}`;
    expect((await post(url, wide)).status).toBe(413);
    expect(process.memoryUsage().rss - before).toBeLessThan(150 * 2 ** 20);
    expect((await post(url, row(1))).status).toBe(202);
  });

  function send(
    url: string,
    headers: Record<string, string>,
    write: (client: ReturnType<typeof request>) => void,
  ): Promise<number> {
    return new Promise((resolve, reject) => {
      const client = request(`${url}/ingest`, {
        method: 'POST',
        headers: { Authorization: 'Bearer secret', ...headers },
      });
      let answered = false;
      client.on('response', (response) => {
        answered = true;
        resolve(response.statusCode!);
        response.resume();
        client.destroy();
      });
      client.on('error', (error) => {
        if (!answered) reject(error);
      });
      write(client);
    });
  }
});

describe('generate', () => {
  it('writes a dataset to stdout, the same for the same seed', async () => {
    const texts = await Promise.all(
      ['3', '3', '4'].map(async (seed) => {
        const { io, output } = captureIo();
        expect(await runCommand(command, ['generate', '--hours', '0.1', '--seed', seed], io)).toBe(0);
        return output().stdout;
      }),
    );
    expect(texts[0]).toBe(texts[1]);
    expect(texts[0]).not.toBe(texts[2]);
    const lines = texts[0]!.trimEnd().split('\n');
    expect(lines).toHaveLength(361);
    expect(lines[0]).toBe(
      'timestamp_ms,motor_current,motor_power,axis_speed,vibration,coolant_flow,hydraulic_pressure',
    );
    expect(lines[1]).toMatch(/^1706745600000(,-?\d+\.\d{6}){6}$/);
  });

  it('writes a file with anomalies', async () => {
    const path = join(folder, 'farm.csv');
    const { io, output } = captureIo();
    const argv = ['generate', '--preset', 'farm', '--hours', '2', '--inject', 'dropout@1h:air_temp:10m', '-o', path];
    expect(await runCommand(command, argv, io)).toBe(0);
    expect(output().stderr).toMatch(/120 rows of 8 sensors/);
    const rows = readFileSync(path, 'utf8').trimEnd().split('\n').slice(1);
    const missing = rows.flatMap((row, index) => (row.split(',')[3] === '' ? [index] : []));
    expect(missing).toEqual([60, 61, 62, 63, 64, 65, 66, 67, 68, 69]);
  });

  it.each([
    [['--inject', 'melt@1:vibration:1'], /"melt" is no kind of fault: stuck, spike/],
    [['--inject', 'noise@1:nothing:1'], /has no channel nothing: motor_current/],
    [['--inject', 'noise'], /is not KIND@TIME:CHANNEL:SECONDS/],
    [['--inject', 'noise@soon:vibration:1'], /is not KIND@TIME/],
    [['--hours', '0'], /--hours must be/],
  ] as const)('refuses %j', async (argv, message) => {
    const { code, stderr } = await failure('generate', ...argv);
    expect(code).toBe(2);
    expect(stderr).toMatch(message);
  });

  it('says when it cannot write', async () => {
    const { code, stderr } = await failure('generate', '--hours', '0.1', '-o', join(folder, 'no/such/file.csv'));
    expect([code, /cannot be written/.test(stderr)]).toEqual([1, true]);
  });
});

it('a port that is taken gets a clear error', async () => {
  const { url } = await run();
  const { code, stderr } = await failure('--host', '127.0.0.1', '--port', new URL(url).port);
  expect([code, stderr]).toEqual([1, expect.stringMatching(/is taken by another program/)]);
});

it('ends while a file is still being loaded', async () => {
  const path = join(folder, 'long.csv');
  writeFileSync(path, `timestamp_ms,a\n${Array.from({ length: 400_000 }, (_, index) => `${index},1`).join('\n')}`);
  const controller = new AbortController();
  const { io, output } = captureIo({ signal: controller.signal });
  const ended = runCommand(command, ['--host', '127.0.0.1', '--port', '0', '--csv', path], io);
  await vi.waitFor(() => expect(output().stderr).toMatch(/Loading the dataset/));
  controller.abort();
  expect(await ended).toBe(0);
  expect(output().stderr).not.toMatch(/listening/);
});
