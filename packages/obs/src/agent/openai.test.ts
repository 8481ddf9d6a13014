import OpenAI from 'openai';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type CollectingHost, collectingHost } from './testing/collecting-host.ts';
import { chat, events, json, type ProviderServer, providerServer } from './testing/provider-server.ts';

let server: ProviderServer;
let client: OpenAI;
let collected: CollectingHost;

beforeEach(async () => {
  server = await providerServer();
  client = new OpenAI({ apiKey: 'test', baseURL: server.url, maxRetries: 0 });
  collected = collectingHost();
});
afterEach(() => server.close());

const request = { model: 'gpt-4o', messages: [{ role: 'user' as const, content: 'hi' }] };
const streaming = { ...request, stream: true as const, stream_options: { include_usage: true } };
const generation = { provider: 'openai', model: 'gpt-4o' };

function generateStream(signal?: AbortSignal) {
  return collected.agent.generate(generation, () =>
    client.chat.completions.create(streaming, signal ? { signal } : {}),
  );
}

async function waitFor(condition: () => boolean): Promise<void> {
  for (let attempt = 0; attempt < 200 && !condition(); attempt += 1) await new Promise((done) => setTimeout(done, 10));
  expect(condition()).toBe(true);
}

describe('an OpenAI chat completion', () => {
  it('gives span, record and log line with usage and cost', async () => {
    server.answer(json(chat.answer));
    const reply = await collected.agent.generate(generation, () => client.chat.completions.create(request));
    expect(reply.choices[0]?.message.content).toBe('hello');
    expect(collected.llm()).toMatchObject([
      {
        status: 'success',
        provider: 'openai',
        model: 'gpt-4o',
        responseModel: 'gpt-4o-2024-08-06',
        usage: { inputTokens: 10, outputTokens: 20, cacheReadInputTokens: 4, reasoningTokens: 5 },
        cost: { usd: 0.00015 },
        finishReason: 'stop',
        streamed: false,
      },
    ]);
    expect(collected.span('alex.llm.generate').attributes).toMatchObject({
      'alex.llm.model': 'gpt-4o',
      'alex.llm.input_tokens': 10,
      'alex.llm.token_count': 30,
      'alex.cost.priced': true,
      'alex.status': 'success',
      stop_reason: 'stop',
      'gen_ai.operation.name': 'chat',
      'gen_ai.provider.name': 'openai',
      'gen_ai.response.finish_reasons': ['stop'],
      'gen_ai.usage.cache_read.input_tokens': 4,
    });
    expect(collected.lines.map(({ message }) => message)).toEqual(['llm request started', 'llm request completed']);
  });

  it('keeps the identity of the request object and its raw response', async () => {
    server.answer(json(chat.answer));
    const made: unknown[] = [];
    const returned = collected.agent.generate(generation, () => {
      const promise = client.chat.completions.create(request);
      made.push(promise);
      return promise;
    });
    expect(returned).toBe(made[0]);
    const { data, response } = await returned.withResponse();
    expect(response.status).toBe(200);
    expect(data.id).toBe('chatcmpl-1');
    expect(collected.llm()).toMatchObject([{ usage: { inputTokens: 10 } }]);
  });

  it('leaves the body to who asks for the raw response', async () => {
    server.answer(json(chat.answer));
    const raw = await collected.agent.generate(generation, () => client.chat.completions.create(request)).asResponse();
    expect(await raw.json()).toMatchObject({ id: 'chatcmpl-1' });
    expect(collected.llm()).toMatchObject([{ status: 'success', usage: undefined }]);
    expect(collected.span('alex.llm.generate').attributes['alex.llm.usage_missing']).toBe(true);
  });

  it('is observed once, however often it is awaited', async () => {
    server.answer(json(chat.answer));
    const pending = collected.agent.generate(generation, () => client.chat.completions.create(request));
    expect((await pending).id).toBe((await pending).id);
    await pending.finally(() => {});
    expect(collected.llm()).toHaveLength(1);
  });

  it('that fails is an error with the same exception', async () => {
    server.answer(json({ error: { message: 'password=hunter2 is wrong' } }, 500));
    const error = await collected.agent
      .generate(generation, () => client.chat.completions.create(request))
      .catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(OpenAI.InternalServerError);
    expect(collected.llm()).toMatchObject([{ status: 'error', error: expect.stringContaining('***REDACTED***') }]);
    expect(collected.span('alex.llm.generate').status.message).not.toContain('hunter2');
    expect(collected.lines.at(-1)).toMatchObject({ level: 'error', message: 'llm request failed' });
  });

  it('that the SDK retries after 429 is one request', async () => {
    const patient = new OpenAI({ apiKey: 'test', baseURL: server.url, maxRetries: 2 });
    server.answer(json({}, 429, { 'retry-after-ms': '1' }), json(chat.answer));
    await collected.agent.generate(generation, () => patient.chat.completions.create(request));
    expect(server.requests).toBe(2);
    expect(collected.llm()).toMatchObject([{ status: 'success', usage: { inputTokens: 10 } }]);
  });
});

describe('an OpenAI stream', () => {
  it('that is read to its end tells the usage of its last chunk', async () => {
    server.answer(events(chat.chunks));
    const stream = await generateStream();
    expect(collected.llm()).toHaveLength(0);
    let text = '';
    for await (const chunk of stream) text += chunk.choices[0]?.delta.content ?? '';
    expect(text).toBe('hello');
    expect(collected.llm()).toMatchObject([
      { status: 'success', usage: { inputTokens: 10, outputTokens: 20 }, streamed: true, finishReason: 'stop' },
    ]);
    expect(collected.llm()[0]?.timeToFirstTokenMs).toBeLessThanOrEqual(collected.llm()[0]?.durationMs ?? 0);
    expect(collected.span('alex.llm.generate').attributes['gen_ai.response.time_to_first_chunk']).toBeGreaterThan(0);
  });

  it('without usage is flagged, not guessed', async () => {
    server.answer(events(chat.chunks.slice(0, 3)));
    for await (const _ of await generateStream());
    expect(collected.llm()).toMatchObject([{ status: 'success', usage: undefined, cost: undefined }]);
    expect(collected.span('alex.llm.generate').attributes['alex.llm.usage_missing']).toBe(true);
  });

  it('that its reader breaks off ends its span and the upstream request', async () => {
    server.answer(events(chat.chunks.slice(0, 2), { after: 'hang' }));
    for await (const _ of await generateStream()) break;
    expect(collected.llm()).toMatchObject([{ status: 'cancelled' }]);
    expect(collected.span('alex.llm.generate').attributes['alex.ending']).toBe('broken');
    await server.closedEarly;
  });

  it('whose socket breaks is an error', async () => {
    server.answer(events(chat.chunks.slice(0, 2), { after: 'break' }));
    const read = async (): Promise<void> => {
      for await (const _ of await generateStream());
    };
    await expect(read()).rejects.toThrow();
    expect(collected.llm()).toMatchObject([{ status: 'error' }]);
  });

  it('that is aborted while it is read is cancelled', async () => {
    server.answer(events(chat.chunks.slice(0, 2), { after: 'hang' }));
    const controller = new AbortController();
    const stream = await generateStream(controller.signal);
    await (async () => {
      for await (const _ of stream) controller.abort();
    })().catch(() => {});
    expect(collected.llm()).toMatchObject([{ status: 'cancelled' }]);
  });

  it('whose request is aborted before an answer is cancelled', async () => {
    server.answer(() => {});
    const controller = new AbortController();
    const pending = generateStream(controller.signal);
    setTimeout(() => controller.abort(), 20);
    await expect(pending).rejects.toBeInstanceOf(OpenAI.APIUserAbortError);
    expect(collected.llm()).toMatchObject([{ status: 'cancelled' }]);
  });

  it('that nobody reads ends when it is collected', async () => {
    const { setFlagsFromString } = await import('node:v8');
    const { runInNewContext } = await import('node:vm');
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    server.answer(events(chat.chunks));
    await (async () => void (await generateStream()))();
    await waitFor(() => {
      collect();
      return collected.llm().length === 1;
    });
    expect(collected.llm()).toMatchObject([{ status: 'cancelled' }]);
    expect(collected.span('alex.llm.generate').attributes['alex.ending']).toBe('abandoned');
  });

  it('that is still read is not taken for abandoned', async () => {
    const { setFlagsFromString } = await import('node:v8');
    const { runInNewContext } = await import('node:vm');
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    server.answer(events(chat.chunks));
    const iterator = (await generateStream())[Symbol.asyncIterator]();
    await iterator.next();
    for (let round = 0; round < 3; round += 1) {
      collect();
      await new Promise((done) => setTimeout(done, 5));
    }
    expect(collected.llm()).toHaveLength(0);
    while (!(await iterator.next()).done);
    expect(collected.llm()).toMatchObject([{ status: 'success' }]);
  });

  it('can be teed', async () => {
    server.answer(events(chat.chunks));
    const [left, right] = (await generateStream()).tee();
    for await (const _ of left);
    for await (const _ of right);
    expect(collected.llm()).toMatchObject([{ status: 'success', usage: { outputTokens: 20 } }]);
  });
});

describe('an observed OpenAI client', () => {
  it('is the same object and observes each request once, wrapped twice or not', async () => {
    server.answer(json(chat.answer));
    expect(collected.agent.observeClient(client)).toBe(client);
    expect(collected.agent.observeClient(client)).toBe(client);
    const { response } = await client.chat.completions.create(request).withResponse();
    expect(response.ok).toBe(true);
    expect(collected.llm()).toMatchObject([{ model: 'gpt-4o', provider: 'openai', usage: { inputTokens: 10 } }]);
    expect(collected.spans()).toHaveLength(1);
  });

  it('observes the helpers stream and parse once', async () => {
    collected.agent.observeClient(client);
    server.answer(events(chat.chunks));
    const runner = client.chat.completions.stream({ ...request, stream_options: { include_usage: true } });
    expect(await runner.finalContent()).toBe('hello');
    await waitFor(() => collected.llm().length === 1);
    server.answer(json(chat.answer));
    expect((await client.chat.completions.parse(request)).choices[0]?.message.content).toBe('hello');
    expect(collected.llm()).toMatchObject([
      { status: 'success', usage: { outputTokens: 20 } },
      { status: 'success', usage: { outputTokens: 20 } },
    ]);
  });

  it('is observed by obs.generate alone when that is around it, which learns the usage', async () => {
    collected.agent.observeClient(client);
    server.answer(json(chat.answer));
    const text = await collected.agent.generate(generation, async () => {
      const reply = await client.chat.completions.create(request);
      return reply.choices[0]?.message.content;
    });
    expect(text).toBe('hello');
    expect(collected.llm()).toMatchObject([{ usage: { inputTokens: 10, outputTokens: 20 } }]);
    expect(collected.spans()).toHaveLength(1);
  });

  it('reads the responses API, streamed or not', async () => {
    collected.agent.observeClient(client);
    const answer = {
      id: 'resp_1',
      object: 'response',
      model: 'gpt-5',
      status: 'completed',
      output: [],
      usage: {
        input_tokens: 7,
        input_tokens_details: { cached_tokens: 2 },
        output_tokens: 9,
        output_tokens_details: { reasoning_tokens: 3 },
        total_tokens: 16,
      },
    };
    server.answer(json(answer));
    await client.responses.create({ model: 'gpt-5', input: 'hi' });
    server.answer(
      events(
        [
          { type: 'response.created', response: { ...answer, status: 'in_progress', usage: null } },
          { type: 'response.completed', response: answer },
        ],
        {
          named: true,
        },
      ),
    );
    for await (const _ of await client.responses.create({ model: 'gpt-5', input: 'hi', stream: true }));
    const usage = { inputTokens: 7, outputTokens: 9, cacheReadInputTokens: 2, reasoningTokens: 3 };
    expect(collected.llm()).toMatchObject([
      { usage, streamed: false, finishReason: 'completed' },
      { usage, streamed: true, finishReason: 'completed' },
    ]);
  });

  it('hands on its observation to clients that withOptions makes', async () => {
    collected.agent.observeClient(client);
    server.answer(json(chat.answer));
    await client.withOptions({ timeout: 5000 }).chat.completions.create(request);
    expect(collected.llm()).toHaveLength(1);
  });

  it('keeps parallel calls apart', async () => {
    collected.agent.observeClient(client);
    server.answer(json(chat.answer));
    await Promise.all(
      ['a', 'b', 'c'].map((sessionId) =>
        collected.agent.solveTask({ sessionId }, () => client.chat.completions.create(request)),
      ),
    );
    const byTrace = new Map(
      collected.tasks().map(({ traceId, sessionId, costUsd }) => [traceId, [sessionId, costUsd]]),
    );
    expect(collected.llm().map(({ traceId, sessionId }) => byTrace.get(traceId)?.[0] === sessionId)).toEqual([
      true,
      true,
      true,
    ]);
    expect([...byTrace.values()].map(([, cost]) => cost)).toEqual([0.00015, 0.00015, 0.00015]);
  });
});
