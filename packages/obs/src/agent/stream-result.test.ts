import { describe, expect, it } from 'vitest';
import { collectingHost } from './testing/collecting-host.ts';

const total = { inputTokens: 10, outputTokens: 5 };
const sleep = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms));

/** Like the AI SDK's: streams are tees of one source, and asking for a promise starts to read. */
class StreamTextResult {
  started = false;
  #base: ReadableStream<object>;
  #resolve: (usage: object) => void = () => {};
  #usage: Promise<object> = new Promise((resolve) => {
    this.#resolve = resolve;
  });

  constructor(parts: readonly object[]) {
    const queue = [...parts];
    this.#base = new ReadableStream<object>(
      {
        pull: (controller) => {
          this.started = true;
          const part = queue.shift();
          if (part !== undefined) return controller.enqueue(part);
          this.#resolve(total);
          return controller.close();
        },
      },
      { highWaterMark: 0 },
    );
  }

  get fullStream(): ReadableStream<object> {
    const [left, right] = this.#base.tee();
    this.#base = right;
    return left;
  }

  get textStream(): ReadableStream<string> {
    return this.fullStream.pipeThrough(
      new TransformStream<object, string>({
        transform(part, controller) {
          if ('text' in part) controller.enqueue(String(part.text));
        },
      }),
    );
  }

  get totalUsage(): Promise<object> {
    void this.consumeStream();
    return this.#usage;
  }

  async consumeStream(): Promise<void> {
    for await (const _ of this.fullStream);
  }
}

const parts = [
  { type: 'text-delta', text: 'hel' },
  { type: 'text-delta', text: 'lo' },
  { type: 'finish', totalUsage: total, finishReason: 'stop' },
];

describe('a streamed result of the AI SDK', () => {
  it('is not started by being observed', async () => {
    const { agent, llm } = collectingHost();
    const result = new StreamTextResult(parts);
    expect(agent.generate({ model: 'm' }, () => result)).toBe(result);
    await sleep(5);
    expect(result.started).toBe(false);
    expect(llm()).toHaveLength(0);
  });

  it('ends with its text stream and tells the usage of its promise', async () => {
    const { agent, llm } = collectingHost();
    const result = agent.generate({ model: 'm' }, () => new StreamTextResult(parts));
    let text = '';
    for await (const piece of result.textStream) text += piece;
    expect(text).toBe('hello');
    await sleep(5);
    expect(llm()).toMatchObject([{ status: 'success', usage: total, streamed: true }]);
  });

  it('ends with its full stream', async () => {
    const { agent, llm } = collectingHost();
    const result = agent.generate({ model: 'm' }, () => new StreamTextResult(parts));
    for await (const _ of result.fullStream);
    await sleep(5);
    expect(llm()).toMatchObject([{ status: 'success', usage: total, finishReason: 'stop' }]);
  });

  it('ends when only its usage is asked for', async () => {
    const { agent, llm } = collectingHost();
    expect(await agent.generate({ model: 'm' }, () => new StreamTextResult(parts)).totalUsage).toEqual(total);
    await sleep(5);
    expect(llm()).toMatchObject([{ status: 'success', usage: total }]);
  });

  it('may be a plain object with a stream and a promise', async () => {
    const { agent, llm } = collectingHost();
    async function* words(): AsyncGenerator<string> {
      yield 'hello';
    }
    const usage = Promise.resolve(total);
    const result = agent.generate({ model: 'm' }, () => ({ textStream: words(), usage }));
    for await (const _ of result.textStream);
    await sleep(5);
    expect(llm()).toMatchObject([{ status: 'success', usage: total }]);
  });

  it('says by a part of its own that it failed or was aborted', async () => {
    const { agent, llm } = collectingHost();
    const error = new Error('overloaded');
    for (const part of [{ type: 'error', error }, { type: 'abort' }]) {
      const result = agent.generate({ model: 'm' }, () => new StreamTextResult([{ type: 'start' }, part]));
      for await (const _ of result.fullStream);
    }
    await sleep(5);
    expect(llm()).toMatchObject([{ status: 'error', error: 'overloaded' }, { status: 'cancelled' }]);
  });
});
