import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createObs, type Obs, type ObsRecord } from '@alex/obs';
import type { RunningService } from '@alex/service';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createClient } from './client.ts';
import { type ModelServerOptions, startModelServer } from './model-server/server.ts';
import { type RunTaskOptions, runTask, type TaskOutcome } from './run-task.ts';
import { startStatusServer } from './status-server.ts';
import { isCorrect, tasks } from './tasks.ts';
import { workspacePath } from './workspace.ts';

const fast: ModelServerOptions = { speed: Number.POSITIVE_INFINITY, failureRate: 0, slipRate: 0 };

let obs: Obs;
let records: ObsRecord[];
let status: RunningService;
let logs: string;
const servers: RunningService[] = [];

beforeAll(async () => {
  status = await startStatusServer();
  logs = await mkdtemp(join(tmpdir(), 'agent-logs-'));
});
afterAll(async () => {
  await status.close();
  await rm(logs, { recursive: true });
});

beforeEach(() => {
  obs = createObs({ configPath: false, env: {}, config: { logging: { output: join(logs, 'log.jsonl') } } });
  records = [];
  obs.observe((record) => records.push(record));
});
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.close()));
  await obs.shutdown();
});

async function ask(
  task: RunTaskOptions['task'],
  model: ModelServerOptions = {},
  more: Partial<RunTaskOptions> = {},
): Promise<TaskOutcome> {
  const server = await startModelServer({ ...fast, ...model });
  servers.push(server);
  const client = createClient({ baseUrl: `${server.url}/v1`, apiKey: 'any' });
  return await runTask({ obs, client, task, maxRetries: 6, sessionId: 'session-1', statusUrl: status.url, ...more });
}

const task = (id: string) => tasks.find((each) => each.id === id)!;
const ended = (kind: ObsRecord['kind']) => records.filter((record) => record.kind === kind && record.phase === 'end');

describe('every task', () => {
  it.each(tasks)('$id is answered correctly', async (each) => {
    const outcome = await ask(each);
    expect(outcome).toMatchObject({ correct: true });
    expect(outcome.steps).toBeGreaterThanOrEqual(3);
    expect(outcome.costUsd).toBeGreaterThan(0);
  });

  it.each(tasks)('$id is answered correctly although requests and the first path fail', async (each) => {
    expect(await ask(each, { failureRate: 0.3, slipRate: 1, seed: 5 })).toMatchObject({ correct: true });
  });
});

describe('answers come from the files', () => {
  let root: string;
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'agent-workspace-'));
    await cp(workspacePath, root, { recursive: true });
  });
  afterEach(() => rm(root, { recursive: true }));

  const change = async (path: string, from: string | RegExp, to: string): Promise<void> => {
    const before = await readFile(join(root, path), 'utf8');
    const after = before.replace(from, to);
    expect(after).not.toBe(before);
    await writeFile(join(root, path), after);
  };

  it.each([
    ['vendor-total', 'billing/invoices-2026.csv', '456.05,paid', '1456.05,paid', '$2,724.12'],
    ['costliest-vendor', 'billing/invoices-2026.csv', '69.68,paid', '9069.68,paid', 'Fernhill Office'],
    ['plan-price', 'billing/price-list.md', '15 % off', '50 % off', '$2,088.00'],
    ['most-errors', 'logs/checkout-2026-10-14.txt', /^.* ERROR .*\n/gm, '', 'accounts'],
    ['response-time', 'logs/search-2026-10-14.txt', /duration_ms=\d+/g, 'duration_ms=100', '100 ms'],
    ['service-level', 'docs/service-levels.md', '| 5 %', '| 20 %', 'Yes'],
    ['lost-revenue', 'docs/business-figures.md', '47.50', '100.00', '$600.00'],
    [
      'action-item-owner',
      'notes/2026-10-15-incident-review.md',
      'Mara Lindqvist, due',
      'Ines Duarte, due',
      'Ines Duarte',
    ],
    ['open-action-items', 'notes/2026-10-05-planning.md', '[ ]', '[x]', '5 action items'],
    ['incident-duration', 'notes/2026-10-15-incident-review.md', '10:27', '11:00', '78 minutes'],
    ['rollback', 'docs/deployment.md', 'harbour rollback', 'harbour back', 'harbour back'],
  ])('%s, from %s', async (...[id, path, from, to, expected]) => {
    await change(path, from, to);
    const outcome = await ask(task(id), {}, { root });
    expect(outcome.answer).toContain(expected);
    expect(outcome.correct).toBe(false);
  });

  it('a file that is gone is said, not made up', async () => {
    await rm(join(root, 'billing'), { recursive: true });
    const outcome = await ask(task('vendor-total'), {}, { root });
    expect(outcome.answer).toContain('I could not find this out');
    expect(outcome.correct).toBe(false);
  });

  it('a question of no known kind is answered with the line that fits best', async () => {
    await writeFile(join(root, 'docs', 'parrots.md'), '# Parrots\n\nThe ship parrot is called Quillfeather.\n');
    const { answer } = await ask('What is the name of the ship parrot?', {}, { root });
    expect(answer).toBe('According to docs/parrots.md: The ship parrot is called Quillfeather.');
  });
});

describe('what goes wrong', () => {
  it('a wrong path is a failed tool execution, and the agent finds another way', async () => {
    const outcome = await ask(task('plan-price'), { slipRate: 1 });
    expect(outcome).toMatchObject({ correct: true, steps: 5 });
    expect(ended('tool').map((record) => record.status)).toEqual(['success', 'error', 'success', 'success']);
    expect(ended('task')).toMatchObject([{ status: 'success' }]);
  });

  it('a gateway that answers 503 is asked once more', async () => {
    const shaky = await startStatusServer({ failEvery: 2 });
    servers.push(shaky);
    await fetch(`${shaky.url}/status`);
    const outcome = await ask(task('service-level'), {}, { statusUrl: shaky.url });
    expect(outcome.correct).toBe(true);
    expect(ended('tool').map((record) => record.status)).toContain('error');
  });

  it('a model that keeps failing ends the task as an error', async () => {
    await expect(ask(task('plan-price'), { failureRate: 1 }, { maxRetries: 1 })).rejects.toMatchObject({
      status: expect.toSatisfy((code) => code === 429 || code === 500),
    });
    expect(ended('llm')).toMatchObject([{ status: 'error' }, { status: 'error' }]);
    expect(ended('task')).toMatchObject([{ status: 'error' }]);
  });

  it('a model that fails now and then is asked again, and each failed request is seen', async () => {
    const outcome = await ask(task('lost-revenue'), { failureRate: 0.4, seed: 2 });
    expect(outcome).toMatchObject({ correct: true, steps: 6 });
    const statuses = ended('llm').map((record) => record.status);
    expect(statuses.filter((status) => status === 'success')).toHaveLength(6);
    expect(statuses).toContain('error');
  });

  it('a model that cannot be reached ends the task as an error', async () => {
    const client = createClient({ baseUrl: 'http://127.0.0.1:1/v1', apiKey: 'any' });
    await expect(runTask({ obs, client, task: 'Anything?', maxRetries: 0 })).rejects.toThrow('Connection error');
    expect(ended('task')).toMatchObject([{ status: 'error' }]);
  });

  it('steps that run out end the task as an error', async () => {
    await expect(ask(task('lost-revenue'), {}, { maxSteps: 3 })).rejects.toThrow('no answer after 3 steps');
    expect(ended('iteration')).toHaveLength(3);
  });

  it('an abort ends the task while the model streams, as cancelled', async () => {
    const abort = new AbortController();
    const options = { signal: abort.signal, onText: () => abort.abort() };
    await expect(ask(task('lost-revenue'), { speed: 20 }, options)).rejects.toThrow(/abort/i);
    expect(ended('task')).toMatchObject([{ status: 'cancelled' }]);
    expect(ended('llm')).toMatchObject([{ status: 'cancelled' }]);
    expect(ended('tool')).toEqual([]);
  });
});

describe('what is recorded', () => {
  it('is one task with its iterations, requests and tools, in one trace', async () => {
    const outcome = await ask(task('costliest-vendor'));
    expect(ended('task')).toMatchObject([{ sessionId: 'session-1', agent: 'researcher', iterations: outcome.steps }]);
    expect(ended('iteration')).toHaveLength(outcome.steps);
    expect(ended('llm')).toHaveLength(outcome.steps);
    expect(ended('tool').map((record) => record.kind === 'tool' && record.toolName)).toEqual([
      'list_files',
      'read_file',
      'calculate',
      'calculate',
      'calculate',
    ]);
    expect(new Set(records.map((record) => record.traceId)).size).toBe(1);
    expect(ended('llm').at(-1)).toMatchObject({ model: 'gpt-4o-mini', streamed: true, finishReason: 'stop' });
  });

  it('reaches the gateway: its requests carry the trace and the span of the tool', async () => {
    const seen: (string | undefined)[] = [];
    const gateway = createServer((request, response) => {
      seen.push(request.headers['traceparent'] as string | undefined);
      response.end('{"service":"checkout","requests":100,"errors":1}');
    });
    await new Promise<void>((resolve) => gateway.listen(0, '127.0.0.1', resolve));
    const { port } = gateway.address() as AddressInfo;
    const { answer } = await ask(task('service-level'), {}, { statusUrl: `http://127.0.0.1:${port}` });
    gateway.close();
    expect(answer).toContain('Yes: the error rate of checkout is 1 %');
    const call = ended('tool').find((record) => record.kind === 'tool' && record.toolName === 'http_get');
    expect(seen).toEqual([expect.stringContaining(`${call?.traceId}-${call?.spanId}`)]);
  });

  it('adds up to the cost that the outcome names', async () => {
    const outcome = await ask(task('plan-price'), {}, { model: 'o4-mini' });
    const usage = ended('llm').flatMap((record) => (record.kind === 'llm' && record.usage ? [record.usage] : []));
    expect(usage).toHaveLength(outcome.steps);
    expect(outcome.inputTokens).toBe(usage.reduce((sum, each) => sum + each.inputTokens, 0));
    expect(usage.every((each) => (each.reasoningTokens ?? 0) >= 64)).toBe(true);
    expect(outcome.costUsd).toBeCloseTo(
      ended('task').map((record) => (record.kind === 'task' && record.costUsd) || 0)[0]!,
      12,
    );
  });

  it('is the same for the same seed and session', async () => {
    const run = async (seed: number) => {
      records = [];
      const { answer, steps, inputTokens, outputTokens } = await ask(task('rollback'), { seed, slipRate: 0.5 });
      const tools = ended('tool')
        .map((record) => record.kind === 'tool' && [record.toolName, record.callId])
        .sort();
      return { answer, steps, inputTokens, outputTokens, tools };
    };
    expect(await run(3)).toEqual(await run(3));
    expect((await run(3)).tools).not.toEqual((await run(4)).tools);
  });
});

describe('isCorrect', () => {
  it.each([
    ['We paid $1,724.12.', true],
    ['It was 1724.12 USD', true],
    ['It was 21724.12', false],
    ['It was 1724.125', false],
  ])('%s', (answer, correct) => {
    expect(isCorrect(task('vendor-total'), answer)).toBe(correct);
  });
});
