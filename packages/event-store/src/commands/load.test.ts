import { captureIo, type RunningService, runCommand, runService } from '@alex/service';
import { afterEach, describe, expect, it } from 'vitest';
import { createControlPlane } from '../control-plane/control-plane.ts';
import { createCore } from '../http/core.ts';
import { Progress } from '../load/workload.ts';
import { fittingLine, loadCommand } from './load.ts';

const running: RunningService[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((service) => service.close()));
});

async function startCore(token?: string): Promise<string> {
  const service = { host: '127.0.0.1', port: 0, shutdownTimeout: 300, token };
  const started = await runService(createCore({ store: {}, service }), { io: captureIo().io });
  running.push(started);
  return started.url;
}

async function run(...argv: string[]) {
  const { io, output } = captureIo();
  return { code: await runCommand(loadCommand, argv, io), ...output() };
}

const nowhere = 'http://127.0.0.1:1';

describe('a load', () => {
  it('sends what it is told to a core and a control plane, and tells what came of it', async () => {
    const url = await startCore();
    const service = { host: '127.0.0.1', port: 0, shutdownTimeout: 300 };
    const plane = await runService(createControlPlane({ service, coreUrl: url, healthCheckIntervalMs: 0 }), {
      io: captureIo().io,
    });
    running.push(plane);
    const targets = ['--url', url, '--control-plane', plane.url];
    const { code, stdout, stderr } = await run(...targets, '--count', '60', '--rate', '0', '--batch', '7', '--json');
    expect(stderr).toBe(`Sending events to ${url}\n`);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ events: 60, failed: 0, ingest: { count: expect.any(Number) } });
    const { total_events } = (await (await fetch(`${url}/api/v1/stats`)).json()) as { total_events: number };
    expect(total_events).toBe(60);
  });

  it('shows no times where there were no queries', async () => {
    const { stdout } = await run('--url', await startCore(), '--count', '1', '--queries', '0', '--no-operations');
    expect(stdout).toMatch(/^1 events, \d+\/s, ingest p50 .* ms, query none, 0 failed\n$/);
  });

  it('ends at once where nobody takes events, and says what to do', async () => {
    expect(await run('--url', nowhere)).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/No event store is ready at .* Start one: alex-obs event-store core/),
    });
    expect((await run('--url', await startCore(), '--control-plane', nowhere)).stderr).toMatch(
      /No control plane is ready at .* Start one: alex-obs event-store control-plane/,
    );
    expect((await run('--url', await startCore('secret'))).stderr).toMatch(/it answered 401 .*--token/);
  });

  it.each([200, 80, 60, 20])('has a line that fits %i columns', (columns) => {
    const progress = new Progress();
    progress.acknowledged = 12_345_678;
    for (const latencies of [progress.ingest, progress.query]) latencies.add(12_345.6);
    const line = fittingLine(progress, columns);
    expect(line.length).toBeLessThan(columns);
    expect(line).toMatch(columns > 100 ? /p50 12345\.6 p95/ : /^12345678 events/);
  });
});
