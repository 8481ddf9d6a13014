import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { captureIo, runCommand } from '@alex/service';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startModelServer } from '../model-server/server.ts';
import { agentCommand } from './agent.ts';

let home: string;
let env: Record<string, string>;

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'agent-command-'));
  env = { HOME: home, ALEX_METRICS_PORT: '0', ALEX_LOG_OUTPUT: join(home, 'log.jsonl') };
});
afterEach(() => rm(home, { recursive: true }));

const fast = ['--speed', '1000000', '--failure-rate', '0', '--slip-rate', '0'];

describe('the agent command', () => {
  it('prints the answer on stdout, and thoughts and cost on stderr', async () => {
    const { io, output } = captureIo({ env });
    expect(await runCommand(agentCommand, ['--task', 'plan-price', ...fast], io)).toBe(0);
    expect(output().stdout).toBe(
      '12 seats of Team cost $3,549.60 for a year with annual billing (15 % off 29.00 USD per seat and month).\n',
    );
    expect(output().stderr).toMatch(/^Asking gpt-4o-mini at the local model server, .* Metrics: http:.*\/metrics\n/);
    expect(output().stderr).toContain('\n> I look for the price of Team.\n');
    expect(output().stderr).toMatch(/Correct\. 4 steps, .* tokens in, .* out, \$0\.\d{6}\. Session /);
    expect(await readFile(join(home, 'log.jsonl'), 'utf8')).toContain('"msg":"Task solved"');
  });

  it('takes a question in words', async () => {
    const { io, output } = captureIo({ env });
    expect(await runCommand(agentCommand, [...fast, 'Who owns the action item about', 'rate limits?'], io)).toBe(0);
    expect(output().stdout).toContain('Mara Lindqvist');
  });

  it('asks the provider that the environment names', async () => {
    const server = await startModelServer({ speed: Number.POSITIVE_INFINITY, failureRate: 0 });
    const { io, output } = captureIo({ env: { ...env, OPENAI_BASE_URL: `${server.url}/v1`, OPENAI_API_KEY: 'key' } });
    expect(await runCommand(agentCommand, ['--task', 'rollback', '--model', 'gpt-4o'], io)).toBe(0);
    expect(output().stderr).toContain(`Asking gpt-4o at ${server.url}/v1.`);
    await server.close();
  });

  it('says what a provider answered when there is no such model', async () => {
    const { io, output } = captureIo({ env });
    expect(await runCommand(agentCommand, ['--task', 'rollback', '--model', 'gpt-0', ...fast], io)).toBe(1);
    expect(output().stderr).toContain('There is no model gpt-0');
  });

  it('without a question is used in a wrong way', async () => {
    const { io, output } = captureIo({ env });
    expect(await runCommand(agentCommand, [], io)).toBe(2);
    expect(output().stderr).toContain('choose a task: vendor-total');
  });

  it('runs from the source without a build', async () => {
    const main = fileURLToPath(new URL('../main.ts', import.meta.url));
    const run = promisify(execFile);
    const [agent, server] = await Promise.all([
      run(process.execPath, [main, '--help']),
      run(process.execPath, [main, 'model-server', '--help']),
    ]);
    expect(agent.stdout).toContain('OPENAI_BASE_URL');
    expect(server.stdout).toContain('--failure-rate');
  });
});
