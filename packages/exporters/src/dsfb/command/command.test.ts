import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseOpenMetrics, parsePrometheusText } from '@alex/openmetrics';
import { captureIo, runCommand } from '@alex/service';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { command } from './command.ts';

let folder: string;
const file = (name: string): string => join(folder, name);
const line = (t: number, value: number): string => JSON.stringify({ t, class: 'cardinality', value, channel: 'q1' });
const episode = Array.from({ length: 70 }, (_, t) => line(t, t >= 10 && t < 60 ? 1.5 : 0.01)).join('\n');

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'dsfb-command-'));
  writeFileSync(file('one.ndjson'), episode);
  writeFileSync(file('bad.ndjson'), `${line(0, 0)}\n{"t":1\n${line(Number.NaN, 1)}\n${line(2, 0)}\n`);
  writeFileSync(file('motifs.yaml'), 'plan_regression_onset:\n  rho: 0.9\n');
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function run(...argv: string[]) {
  const { io, output } = captureIo();
  const code = await runCommand(command, argv, io);
  return { code, ...output() };
}

describe('render', () => {
  it('prints the metrics of a file', async () => {
    const { code, stdout } = await run('render', file('one.ndjson'));
    expect(code).toBe(0);
    expect(stdout).toContain('dsfb_episodes_total{motif="cardinality_mismatch_regime"} 1\n');
    expect(stdout).toContain('dsfb_streaming_residuals_flushed_total 70\n');
    expect([...parseOpenMetrics(stdout).families]).toHaveLength(6);
  });

  it('prints Prometheus text, and the episodes as JSON', async () => {
    const classic = await run('render', file('one.ndjson'), '--format', 'text');
    expect([...parsePrometheusText(classic.stdout).families]).toHaveLength(6);
    const json = JSON.parse((await run('render', file('one.ndjson'), '--json')).stdout);
    expect(json.episodes).toMatchObject([{ channel: 'q1', tStart: 10, tEnd: 62, peak: 1.5 }]);
  });

  it('names bad records with their lines, renders the others and ends with 1', async () => {
    const { code, stdout, stderr } = await run('render', file('bad.ndjson'));
    expect(code).toBe(1);
    expect(stderr).toMatch(/bad\.ndjson:2: it is no valid JSON/);
    expect(stderr).toMatch(/bad\.ndjson:3: value|bad\.ndjson:3: t is null/);
    expect(stdout).toContain('flushed_total 2\n');
  });

  it('says what is wrong with its options', async () => {
    expect(await run('render', file('missing'))).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('no such file'),
    });
    expect(await run('render', file('one.ndjson'), '--window', '-1s')).toMatchObject({ code: 2 });
    const { code, stderr } = await run('render', file('one.ndjson'), '--motifs', file('motifs.yaml'));
    expect(code).toBe(2);
    expect(stderr).toMatch(/motifs\.yaml: plan_regression_onset\.sigma0 must be a number above 0/);
  });
});

describe('replay', () => {
  it('runs through a recording and prints the metrics with --once', async () => {
    const { code, stdout, stderr } = await run(
      'replay',
      file('one.ndjson'),
      '--speed',
      '1000',
      '--once',
      '--port',
      '0',
    );
    expect(code).toBe(0);
    expect(stdout).toContain('dsfb_episodes_total{motif="cardinality_mismatch_regime"} 1\n');
    expect(stderr).toMatch(/An episode has begun/);
  });

  it('waits for a residual that is due after the longest timer, and does not refuse it', async () => {
    writeFileSync(file('gap.ndjson'), `${line(0, 0)}\n${line(2 ** 31, 0)}\n`);
    const stop = new AbortController();
    const { io, output } = captureIo({ signal: stop.signal });
    const ended = runCommand(command, ['replay', file('gap.ndjson'), '--once', '--port', '0'], io);
    const waited = await Promise.race([ended, new Promise((resolve) => setTimeout(resolve, 500, 'waits'))]);
    stop.abort();
    await ended;
    expect(waited).toBe('waits');
    expect(output().stderr).not.toMatch(/has ended/);
  });

  it('can be ended while everything is due at once', async () => {
    const lines = Array.from({ length: 60_000 }, (_, index) =>
      JSON.stringify({ t: index, class: 'contention', value: 0, channel: `c${index % 1000}` }),
    );
    writeFileSync(file('many.ndjson'), lines.join('\n'));
    const stop = new AbortController();
    const { io, output } = captureIo({ signal: stop.signal });
    const ended = runCommand(command, ['replay', file('many.ndjson'), '--speed', '1e12', '--port', '0'], io);
    while (!output().stderr.includes('listening on')) await new Promise((resolve) => setImmediate(resolve));
    stop.abort();
    await ended;
    expect(output().stderr).not.toMatch(/has ended/);
  });

  it('of nothing is an error', async () => {
    writeFileSync(file('empty.ndjson'), '');
    expect(await run('replay', file('empty.ndjson'), '--port', '0')).toMatchObject({ code: 1 });
  });
});

describe('serve', () => {
  async function serving(argv: readonly string[], use: (url: string) => Promise<void>): Promise<number> {
    const stop = new AbortController();
    const { io, output } = captureIo({ signal: stop.signal });
    const ended = runCommand(command, ['serve', '--port', '0', ...argv], io);
    const deadline = Date.now() + 10_000;
    let url: string | undefined;
    while (url === undefined && Date.now() < deadline) {
      await new Promise((resolve) => setTimeout(resolve, 10));
      url = /listening on (\S+)/.exec(output().stderr)?.[1];
    }
    try {
      await use(url!);
    } finally {
      stop.abort();
    }
    return await ended;
  }

  const post = async (url: string, body: string, token = 'secret') => {
    const response = await fetch(`${url}/ingest?source=app`, {
      method: 'POST',
      body,
      headers: { authorization: `Bearer ${token}` },
    });
    return { status: response.status, body: (await response.json()) as Record<string, unknown> };
  };

  it('takes residuals by HTTP and shows the six families first, then its own, then one EOF', async () => {
    const code = await serving(['--token', 'secret', '--window', '0s'], async (url) => {
      expect(await post(url, episode)).toMatchObject({ status: 200, body: { accepted: 70, dropped: 0, rejected: 0 } });
      const text = await (await fetch(`${url}/metrics`)).text();
      expect(text.startsWith('# HELP dsfb_episodes Episodes')).toBe(true);
      expect(text.match(/# EOF/g)).toHaveLength(1);
      const names = [...parseOpenMetrics(text).families].map(({ name }) => name);
      expect(names.slice(0, 7)).toEqual([
        'dsfb_episodes',
        'dsfb_episode_peak_last',
        'dsfb_episode_trust_sum_last',
        'dsfb_streaming_residuals_staged',
        'dsfb_streaming_residuals_flushed',
        'dsfb_streaming_residuals_dropped_out_of_window',
        'dsfb_episodes_open',
      ]);
      expect(text).toContain('dsfb_episodes_total{motif="cardinality_mismatch_regime"} 1\n');
      const classic = await fetch(`${url}/metrics`, { headers: { accept: 'text/plain;version=0.0.4' } });
      parsePrometheusText(await classic.text());
      const episodes = (await (await fetch(`${url}/episodes`)).json()) as { recent: unknown[] };
      expect(episodes.recent).toMatchObject([{ source: 'app', channel: 'q1' }]);
    });
    expect(code).toBe(0);
  });

  it('answers bad input with what is wrong, and counts it', async () => {
    await serving(['--token', 'secret'], async (url) => {
      expect((await fetch(`${url}/ingest`, { method: 'POST', body: '{}' })).status).toBe(401);
      expect(await post(url, 'not json')).toMatchObject({ status: 400, body: { rejected: 1, errors: [{ line: 1 }] } });
      expect(await post(url, `${line(1, 1)}\n{"t":1e99,"class":"cardinality","value":1}`)).toMatchObject({
        status: 200,
        body: { accepted: 1, rejected: 1, errors: [{ line: 2, error: expect.stringContaining('ahead of the clock') }] },
      });
      expect(await post(url, `{"x":"${'y'.repeat(2_000_000)}"}`)).toMatchObject({ status: 400, body: { rejected: 1 } });
      expect((await post(url, 'z'.repeat(10_000_000))).status).toBe(413);
      const text = await (await fetch(`${url}/metrics`)).text();
      for (const reason of ['syntax', 'future', 'too_long']) {
        expect(text).toContain(`dsfb_streaming_rejected_total{reason="${reason}"} 1\n`);
      }
    });
  });

  it('answers scrapes while a large body is worked on', async () => {
    const body = Array.from({ length: 15_000 }, (_, index) =>
      JSON.stringify({ t: Math.floor(index / 500), class: 'cache_io', value: 0, channel: `c${index % 500}` }),
    ).join('\n');
    await serving(['--token', 'secret', '--window', '0s'], async (url) => {
      let done = false;
      let scrapes = 0;
      const posted = post(url, body).finally(() => (done = true));
      while (!done) {
        expect((await fetch(`${url}/metrics`)).status).toBe(200);
        scrapes++;
      }
      expect((await posted).body).toMatchObject({ accepted: 15_000 });
      expect(scrapes).toBeGreaterThan(3);
    });
  });

  it('without a token takes nothing', async () => {
    await serving([], async (url) => {
      const response = await fetch(`${url}/ingest`, { method: 'POST', body: line(1, 1) });
      expect(response.status).toBe(403);
    });
  });

  it('feeds a file, and goes on when it does not exist', async () => {
    await serving(['--input', file('one.ndjson'), '--input', file('missing'), '--window', '0s'], async (url) => {
      const deadline = Date.now() + 5000;
      let text = '';
      while (!text.includes('flushed_total 70') && Date.now() < deadline) {
        text = await (await fetch(`${url}/metrics`)).text();
      }
      expect(text).toContain('flushed_total 70\n');
    });
  });
});
