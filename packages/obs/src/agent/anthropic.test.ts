import Anthropic from '@anthropic-ai/sdk';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type CollectingHost, collectingHost } from './testing/collecting-host.ts';
import { events, json, messages, type ProviderServer, providerServer } from './testing/provider-server.ts';

let server: ProviderServer;
let client: Anthropic;
let collected: CollectingHost;

beforeEach(async () => {
  server = await providerServer();
  client = new Anthropic({ apiKey: 'test', baseURL: server.url, maxRetries: 0 });
  collected = collectingHost();
});
afterEach(() => server.close());

const request = { model: 'claude-test', max_tokens: 100, messages: [{ role: 'user' as const, content: 'hi' }] };
const generation = { provider: 'anthropic', model: 'claude-test' };
const usage = { inputTokens: 115, outputTokens: 20, cacheReadInputTokens: 100, cacheWriteInputTokens: 5 };

async function ended(count = 1): Promise<void> {
  for (let attempt = 0; attempt < 100 && collected.llm().length < count; attempt += 1) {
    await new Promise((done) => setTimeout(done, 10));
  }
}

describe('an Anthropic message', () => {
  it('tells input tokens with the cached ones added up', async () => {
    server.answer(json(messages.answer));
    const made: unknown[] = [];
    const returned = collected.agent.generate(generation, () => {
      made[0] = client.messages.create(request);
      return made[0] as ReturnType<typeof client.messages.create>;
    });
    expect(returned).toBe(made[0]);
    await returned;
    expect(collected.llm()).toMatchObject([
      { status: 'success', usage, responseModel: 'claude-test-1', finishReason: 'end_turn' },
    ]);
  });

  it('that is overloaded is an error', async () => {
    server.answer(json({ type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } }, 529));
    await expect(collected.agent.generate(generation, () => client.messages.create(request))).rejects.toThrow();
    expect(collected.llm()).toMatchObject([{ status: 'error' }]);
  });
});

describe('an Anthropic stream', () => {
  it('adds message_start and message_delta up', async () => {
    server.answer(events(messages.events, { named: true }));
    const stream = await collected.agent.generate(generation, () =>
      client.messages.create({ ...request, stream: true }),
    );
    for await (const _ of stream);
    expect(collected.llm()).toMatchObject([{ status: 'success', usage, streamed: true, finishReason: 'end_turn' }]);
    expect(collected.span('alex.llm.generate').attributes).not.toHaveProperty('alex.llm.usage_partial');
  });

  it('that is broken off tells what was reported so far and says that it is partial', async () => {
    server.answer(events(messages.events.slice(0, 3), { named: true, after: 'hang' }));
    const stream = await collected.agent.generate(generation, () =>
      client.messages.create({ ...request, stream: true }),
    );
    for await (const event of stream) if (event.type === 'content_block_delta') break;
    expect(collected.llm()).toMatchObject([{ status: 'cancelled', usage: { inputTokens: 115, outputTokens: 1 } }]);
    expect(collected.span('alex.llm.generate').attributes['alex.llm.usage_partial']).toBe(true);
    await server.closedEarly;
  });

  it('by the emitter ends with it', async () => {
    server.answer(events(messages.events, { named: true }));
    const stream = collected.agent.generate(generation, () => client.messages.stream(request));
    expect(await stream.finalText()).toBe('hello');
    await ended();
    expect(collected.llm()).toMatchObject([{ status: 'success', usage, streamed: true }]);
  });

  it('by the emitter that is aborted is cancelled', async () => {
    server.answer(events(messages.events.slice(0, 3), { named: true, after: 'hang' }));
    const stream = collected.agent.generate(generation, () => client.messages.stream(request));
    stream.on('text', () => stream.abort());
    await expect(stream.finalMessage()).rejects.toBeInstanceOf(Anthropic.APIUserAbortError);
    await ended();
    expect(collected.llm()).toMatchObject([{ status: 'cancelled' }]);
  });

  it('by the emitter that fails is an error', async () => {
    server.answer(json({ type: 'error', error: { type: 'api_error', message: 'no' } }, 500));
    const stream = collected.agent.generate(generation, () => client.messages.stream(request));
    await expect(stream.finalMessage()).rejects.toThrow();
    await ended();
    expect(collected.llm()).toMatchObject([{ status: 'error', error: expect.stringContaining('500') }]);
  });
});

describe('an observed Anthropic client', () => {
  it('observes create and stream once each', async () => {
    expect(collected.agent.observeClient(client)).toBe(client);
    server.answer(json(messages.answer));
    await client.messages.create(request);
    server.answer(events(messages.events, { named: true }));
    expect((await client.messages.stream(request).finalMessage()).usage.output_tokens).toBe(20);
    await ended(2);
    expect(collected.llm()).toMatchObject([
      { usage, provider: 'anthropic', model: 'claude-test', streamed: false },
      { usage, provider: 'anthropic', model: 'claude-test', streamed: true },
    ]);
    expect(collected.spans()).toHaveLength(2);
  });

  it('inside obs.generate makes no second span, streams included', async () => {
    collected.agent.observeClient(client);
    server.answer(events(messages.events, { named: true }));
    await collected.agent.generate(generation, () => client.messages.stream(request).finalText());
    expect(collected.llm()).toMatchObject([{ status: 'success', usage }]);
    expect(collected.spans()).toHaveLength(1);
  });
});
