import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseOpenMetrics } from '@alex/openmetrics';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Child, freePort, Prometheus, waitFor } from './harness/index.ts';

const command = fileURLToPath(new URL('../../packages/cli/bin/alex-obs.js', import.meta.url));
let home: string;
let open: (() => Promise<unknown>)[] = [];

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'alex-home-'));
});
afterEach(async () => {
  for (const stop of open.reverse()) await stop();
  open = [];
  rmSync(home, { recursive: true, force: true });
});

function demo(...args: string[]): Child {
  const child = new Child(process.execPath, [command, 'demo', ...args], {
    env: { PATH: process.env['PATH'], HOME: home },
  });
  open.push(() => child.stop());
  return child;
}

describe('the demo', () => {
  it('ends by itself with exit code 0 and says what it saw', async () => {
    const child = demo('--once', '--port', '0');
    expect(await child.ends(90_000)).toBe(0);
    expect(child.output).toMatch(/tokens/i);
    expect(child.output).toMatch(/\$\d/);
  });

  it('keeps a real endpoint open, which a real Prometheus scrapes, until it is interrupted', async () => {
    const port = await freePort();
    const child = demo('--port', String(port));
    await child.prints(new RegExp(`127\\.0\\.0\\.1:${port}`));
    const prometheus = await Prometheus.start({ targets: { alex: [`127.0.0.1:${port}`] } });
    open.push(() => prometheus.stop());
    await prometheus.scraped();
    for (const metric of [
      'alex_llm_requests_total',
      'alex_tool_executions_total',
      'alex_cost_total',
      'alex_llm_tokens_output_total',
      'alex_tasks_total',
    ]) {
      await waitFor(
        metric,
        async () => ((await prometheus.query(`sum(${metric}) > 0`)).length > 0 ? true : undefined),
        { timeoutMs: 60_000 },
      );
    }
    const accept = { headers: { accept: 'application/openmetrics-text; version=1.0.0' } };
    parseOpenMetrics(await (await fetch(`http://127.0.0.1:${port}/metrics`, accept)).text());
    const stopped = await child.stop('SIGINT');
    expect([0, 130]).toContain(stopped);
  });
});
