import type { RunningService } from '@alex/service';
import { OpenAI } from 'openai';
import type { ChatCompletionCreateParamsNonStreaming } from 'openai/resources/chat/completions';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createToolbox } from '../tools.ts';
import { workspacePath } from '../workspace.ts';
import { startModelServer } from './server.ts';

const fast = { speed: Number.POSITIVE_INFINITY, failureRate: 0, slipRate: 0 };
const tools = createToolbox({ root: workspacePath }).definitions;
const question = 'How long did the incident of 14 October 2026 last?';
const request: ChatCompletionCreateParamsNonStreaming = {
  model: 'gpt-4o-mini',
  messages: [{ role: 'user', content: question }],
  tools,
};

let server: RunningService;
let client: OpenAI;

beforeAll(async () => {
  server = await startModelServer(fast);
  client = clientOf(server);
});
afterAll(() => server.close());

function clientOf({ url }: RunningService, maxRetries = 0): OpenAI {
  return new OpenAI({ baseURL: `${url}/v1`, apiKey: 'any', maxRetries });
}

async function collect<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const collected: Item[] = [];
  for await (const item of items) collected.push(item);
  return collected;
}

async function readStream(from: OpenAI, body = request) {
  const stream = await from.chat.completions.create({ ...body, stream: true, stream_options: { include_usage: true } });
  return await collect(stream);
}

describe('the model server', () => {
  it('streams what it answers in one piece otherwise', async () => {
    const whole = await client.chat.completions.create(request);
    const chunks = await readStream(client);
    const deltas = chunks.flatMap((chunk) => chunk.choices.map((choice) => choice.delta));
    const message = whole.choices[0]!.message;
    expect(deltas.map((delta) => delta.content ?? '').join('')).toBe(message.content);
    const pieces = deltas.flatMap((delta) => delta.tool_calls ?? []);
    expect(pieces[0]?.id).toBe(message.tool_calls?.[0]?.id);
    expect(pieces.map((piece) => piece.function?.arguments ?? '').join('')).toBe('{"query":"incident","path":"notes"}');
    expect(chunks.at(-2)?.choices[0]?.finish_reason).toBe('tool_calls');
    expect(chunks.at(-1)).toMatchObject({ choices: [], usage: whole.usage });
    expect(chunks.length).toBeGreaterThan(10);
  });

  it('reports usage in a stream only when asked to', async () => {
    const chunks = await collect(await client.chat.completions.create({ ...request, stream: true }));
    expect(chunks.some((chunk) => chunk.usage)).toBe(false);
  });

  it('counts a repeated prefix of at least 1024 tokens as cached', async () => {
    const call = { id: 'call_1', type: 'function' as const, function: { name: 'search_files', arguments: '{}' } };
    const long = 'word '.repeat(2000);
    const { usage } = await client.chat.completions.create({
      ...request,
      messages: [
        { role: 'system', content: long },
        { role: 'user', content: question },
        { role: 'assistant', content: 'I look.', tool_calls: [call] },
        { role: 'tool', tool_call_id: 'call_1', content: 'notes/x.md:1: incident' },
      ],
    });
    const cached = usage?.prompt_tokens_details?.cached_tokens ?? 0;
    expect(cached % 128).toBe(0);
    expect(cached).toBeGreaterThan(2400);
    expect(cached).toBeLessThan(usage!.prompt_tokens);
    const first = await client.chat.completions.create({ ...request, messages: [{ role: 'user', content: long }] });
    expect(first.usage?.prompt_tokens_details?.cached_tokens).toBe(0);
  });

  it('spends reasoning tokens with a reasoning model only', async () => {
    const reasoning = await client.chat.completions.create({ ...request, model: 'o4-mini' });
    const plain = await client.chat.completions.create(request);
    const tokens = reasoning.usage!.completion_tokens_details!.reasoning_tokens!;
    expect(tokens).toBeGreaterThanOrEqual(64);
    expect(reasoning.usage!.completion_tokens).toBe(plain.usage!.completion_tokens + tokens);
    expect(plain.usage!.completion_tokens_details!.reasoning_tokens).toBe(0);
  });

  it('answers without a tool call when none is offered', async () => {
    const { choices } = await client.chat.completions.create({ model: 'gpt-4o', messages: request.messages });
    expect(choices[0]).toMatchObject({
      finish_reason: 'stop',
      message: { content: 'I would need the tool search_files for this.' },
    });
  });

  it('lists its models', async () => {
    const ids = (await collect(client.models.list())).map(({ id }) => id);
    expect(ids).toContain('gpt-4o-mini');
  });

  it('counts its own requests for a scrape', async () => {
    await client.chat.completions.create(request);
    const metrics = await (await fetch(`${server.url}/metrics`)).text();
    expect(metrics).toMatch(/local_server_http_requests_total\{.*route="\/v1\/chat\/completions",status="200".*\} \d+/);
  });

  it('closes at once, and ends the streams that still run', async () => {
    const slow = await startModelServer({ ...fast, speed: 0.5 });
    const stream = await clientOf(slow).chat.completions.create({ ...request, stream: true });
    const reading = collect(stream).then(
      () => 'whole',
      () => 'cut',
    );
    const startedAt = performance.now();
    await slow.close();
    expect(await reading).toBe('cut');
    expect(performance.now() - startedAt).toBeLessThan(2000);
  });

  it('says which port is taken', async () => {
    const port = Number(new URL(server.url).port);
    await expect(startModelServer({ port })).rejects.toThrow(`Port ${port} on 127.0.0.1 is taken`);
  });

  it('takes its time at the speed of a real model', async () => {
    const real = await startModelServer({ ...fast, speed: 4 });
    const startedAt = performance.now();
    const { choices } = await clientOf(real).chat.completions.create(request);
    expect(choices).toHaveLength(1);
    expect(performance.now() - startedAt).toBeGreaterThan(100);
    await real.close();
  });
});

describe('a wrong request', () => {
  it.each([
    ['no model', { messages: request.messages }, 400, "'model'"],
    ['no messages', { model: 'gpt-4o' }, 400, "'messages'"],
    ['an unknown role', { model: 'gpt-4o', messages: [{ role: 'wizard' }] }, 400, 'messages[0].role'],
    ['an unknown model', { ...request, model: 'gpt-0' }, 404, 'gpt-4o-mini'],
  ])('with %s gets the error that OpenAI clients know', async (_name, body, status, message) => {
    const pending = client.chat.completions.create(body as typeof request);
    await expect(pending).rejects.toMatchObject({ status, message: expect.stringContaining(message) });
  });

  it('without a key gets 401, and one that is no JSON 400', async () => {
    const url = `${server.url}/v1/chat/completions`;
    expect((await fetch(url, { method: 'POST', body: '{}' })).status).toBe(401);
    const headers = { authorization: 'Bearer x', 'content-type': 'application/json' };
    expect((await fetch(url, { method: 'POST', body: '{"model"', headers })).status).toBe(400);
    expect((await fetch(`${server.url}/v1/embeddings`)).status).toBe(404);
    expect((await fetch(url)).status).toBe(405);
  });
});

describe('chance', () => {
  it('gives the same answers for the same seed, others for another', async () => {
    const ids = async (seed: number): Promise<unknown> => {
      const one = await startModelServer({ ...fast, seed });
      const { id, choices } = await clientOf(one).chat.completions.create(request);
      await one.close();
      return [id, choices[0]?.message.tool_calls?.[0]?.id];
    };
    expect(await ids(7)).toEqual(await ids(7));
    expect(await ids(7)).not.toEqual(await ids(8));
  });

  it('fails as often as it was told, with 429 and 500, and the client gets over it', async () => {
    const unlucky = await startModelServer({ ...fast, failureRate: 0.5 });
    const statuses: number[] = [];
    for (let user = 0; user < 40; user++) {
      const outcome = clientOf(unlucky).chat.completions.create({ ...request, user: `${user}` });
      statuses.push(
        await outcome.then(
          () => 200,
          (error: { status: number }) => error.status,
        ),
      );
    }
    expect(new Set(statuses)).toEqual(new Set([200, 429, 500]));
    expect(statuses.filter((status) => status !== 200).length).toBeGreaterThan(8);
    const persistent = await clientOf(unlucky, 12).chat.completions.create({ ...request, user: '3' });
    expect(persistent.choices).toHaveLength(1);
    await unlucky.close();
  });
});
