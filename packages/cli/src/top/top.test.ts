import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createObs } from '@alex/obs';
import { captureIo, runCommand } from '@alex/service';
import { describe, expect, it } from 'vitest';
import { command } from '../main.ts';
import { type Session, table } from './sessions.ts';

async function top(...argv: string[]) {
  const { io, output } = captureIo({ env: {} });
  return { code: await runCommand(command, ['top', ...argv], io), ...output() };
}

const session: Session = {
  sessionId: 's-1',
  status: 'active',
  durationMs: 4200,
  iteration: 3,
  llmRequests: 2,
  toolExecutions: 1,
  inputTokens: 12_345,
  outputTokens: 67,
  costUsd: 0.0123,
  errors: 0,
};

describe('alex-obs top', () => {
  it('prints what a running agent says of its sessions', async () => {
    const obs = createObs({
      configPath: false,
      env: {},
      config: { metrics: { prometheus_port: 0, token: 's3cret' }, logging: { level: 'error' } },
    });
    const { metricsUrl } = await obs.start();
    const task = Promise.withResolvers<void>();
    const running = obs.solveTask({ sessionId: 'session-7', agent: 'researcher' }, () => task.promise);
    const { code, stdout } = await top(metricsUrl!, '--once', '--token', 's3cret');
    expect(code).toBe(0);
    expect(stdout).toMatch(/^1 active, 0 finished lately, \$0\.0000\n/);
    expect(stdout).toMatch(/session-7 +researcher +between steps/);
    expect(JSON.parse((await top(metricsUrl!, '--json', '--token', 's3cret')).stdout).active).toMatchObject([
      { sessionId: 'session-7' },
    ]);
    expect(await top(metricsUrl!, '--once')).toMatchObject({ code: 1, stderr: expect.stringContaining('--token') });
    task.resolve();
    await running;
    await obs.shutdown();
  });

  it('puts the dearest active session first, and as many finished ones as asked for', () => {
    const active = [session, { ...session, sessionId: 's-2', costUsd: 3 }];
    const lines = table({ active, finished: [{ ...session, sessionId: 'old', status: 'error' }, session] }, 1);
    expect(lines.map((line) => line.split(' ')[0])).toEqual(['2', '', 'SESSION', 's-2', 's-1', 'old']);
    expect(lines[4]).toMatch(/12\.3k +67 +\$0\.0123 +0$/);
  });

  it('ends with 1 where no agent is', async () => {
    expect(await top('9', '--once')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('no agent answers there'),
    });
    const server = createServer((_, response) => response.writeHead(404, { connection: 'close' }).end());
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { stderr } = await top(String((server.address() as AddressInfo).port), '--once');
    expect(stderr).toContain('is that an agent with @alex/obs?');
    server.close();
  });
});
