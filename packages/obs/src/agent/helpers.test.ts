import { once } from 'node:events';
import { Readable } from 'node:stream';
import { SpanKind, SpanStatusCode } from '@opentelemetry/api';
import { describe, expect, it } from 'vitest';
import type { Call, LlmCall } from '../api.ts';
import { activeSpanContext, sessionOf } from '../context/active.ts';
import { collectingHost } from './testing/collecting-host.ts';

const usage = { inputTokens: 100, outputTokens: 50 };
const sleep = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms));

describe('a task', () => {
  it('is a session with iterations, calls and cost below it', async () => {
    const { agent, records, span, spans, lines } = collectingHost();
    await agent.solveTask({ sessionId: 's1', agent: 'researcher' }, async () => {
      await agent.iteration(1, async () => {
        agent.generate({ model: 'gpt-4' }, (call) => call.usage(usage));
        await agent.executeTool({ name: 'read', callId: 'c1' }, async () => 'contents');
      });
      expect(sessionOf()).toBe('s1');
    });
    const task = span('alex.session.solve_task');
    const iteration = span('alex.react.iteration');
    expect(iteration.parentSpanContext?.spanId).toBe(task.spanContext().spanId);
    for (const name of ['alex.llm.generate', 'alex.tool.execute']) {
      expect(span(name).parentSpanContext?.spanId).toBe(iteration.spanContext().spanId);
    }
    expect(spans().map(({ attributes }) => attributes['alex.session_id'])).toEqual(['s1', 's1', 's1', 's1']);
    expect(spans().map(({ kind }) => kind)).toEqual([
      SpanKind.CLIENT,
      SpanKind.INTERNAL,
      SpanKind.INTERNAL,
      SpanKind.INTERNAL,
    ]);
    expect(task.attributes).toMatchObject({
      'gen_ai.operation.name': 'invoke_agent',
      'gen_ai.agent.name': 'researcher',
      'gen_ai.conversation.id': 's1',
    });
    expect(span('alex.tool.execute').attributes).toMatchObject({
      'alex.tool_name': 'read',
      'gen_ai.tool.call.id': 'c1',
      'gen_ai.tool.type': 'function',
      'alex.tool.result_length': 8,
    });
    expect(records.map(({ kind, phase }) => `${kind} ${phase}`)).toEqual([
      'task start',
      'iteration start',
      'llm start',
      'llm end',
      'tool start',
      'tool end',
      'iteration end',
      'task end',
    ]);
    expect(records.at(-1)).toMatchObject({ root: true, iterations: 1, costUsd: 0.00075, status: 'success' });
    expect(lines.map(({ message }) => message)).toContain('task completed');
  });

  it('writes its times with three digits, and what failed at level error', async () => {
    const { agent, lines } = collectingHost();
    await agent.solveTask({}, async () => {
      await agent.iteration(1, () => agent.generate({ model: 'm' }, () => sleep(1)));
      agent.executeTool({ name: 't' }, () => ({ error: 'gone' }));
    });
    const times = lines.flatMap(({ fields }) => [fields['duration_ms'], fields['latency_ms']]).filter(Boolean);
    expect(times).toHaveLength(4);
    for (const time of times) expect(String(time)).toMatch(/^\d+(\.\d{1,3})?$/);
    expect(lines.find(({ message }) => message === 'tool failed')).toMatchObject({ level: 'error' });
  });

  it('inside another is no session, and its cost is not added to the parent', () => {
    const { agent, tasks } = collectingHost();
    agent.solveTask({ sessionId: 's1' }, () => {
      agent.solveTask({ agent: 'helper' }, () => {
        agent.generate({ model: 'gpt-4' }, (call) => call.usage(usage));
      });
    });
    expect(tasks()).toMatchObject([
      { root: false, sessionId: 's1', costUsd: 0.00075, agent: 'helper' },
      { root: true, sessionId: 's1', costUsd: 0 },
    ]);
  });

  it('takes the surrounding session, or a new one, and refuses what is no id', () => {
    const { agent, tasks, drops } = collectingHost();
    agent.withSession('outer', () => agent.solveTask({}, () => {}));
    agent.solveTask({ sessionId: ' \n' }, () => {});
    agent.solveTask({ sessionId: `line\nbreak${'x'.repeat(500)}` }, () => {});
    const ids = tasks().map(({ sessionId }) => sessionId);
    expect(ids[0]).toBe('outer');
    expect(ids[1]).toMatch(/^[0-9a-f-]{36}$/);
    expect(ids[2]).toMatch(/^linebreakx+$/);
    expect(ids[2]?.length).toBeLessThanOrEqual(200);
    expect(drops).toEqual(['records:invalid_name']);
  });
});

describe('parallel tools', () => {
  it('each run in a span of their own below the same iteration', async () => {
    const { agent, spans, span } = collectingHost();
    const inside = new Map<string, string | undefined>();
    await agent.iteration(1, () =>
      Promise.all(
        ['a', 'b', 'c'].map((name, index) =>
          agent.executeTool({ name }, async () => {
            await sleep(3 - index);
            inside.set(name, activeSpanContext()?.spanId);
          }),
        ),
      ),
    );
    const tools = spans().filter(({ name }) => name === 'alex.tool.execute');
    for (const tool of tools) {
      expect(inside.get(String(tool.attributes['alex.tool_name']))).toBe(tool.spanContext().spanId);
      expect(tool.parentSpanContext?.spanId).toBe(span('alex.react.iteration').spanContext().spanId);
    }
    expect(new Set(inside.values()).size).toBe(3);
  });
});

describe('the handle of a call', () => {
  it('has a logger whose lines carry its ids, and attributes for its span', async () => {
    const { agent, span, lines } = collectingHost();
    const handles: Call[] = [];
    await agent.withSession('s1', () =>
      agent.executeTool({ name: 't' }, async (call) => {
        call.setAttributes({ rows: 3 });
        handles.push(call);
      }),
    );
    handles[0]?.logger.info({ rows: 3 }, 'late');
    const { traceId, spanId } = span('alex.tool.execute').spanContext();
    expect(lines.at(-1)).toMatchObject({
      message: 'late',
      fields: { trace_id: traceId, span_id: spanId, session_id: 's1', rows: 3 },
    });
    expect(span('alex.tool.execute').attributes['rows']).toBe(3);
  });
});

describe('what fn returns', () => {
  it('stays as it was: values, promises, generators', async () => {
    const { agent, tools } = collectingHost();
    expect(agent.executeTool({ name: 't' }, () => 5)).toBe(5);
    const promise = Promise.resolve(5);
    expect(agent.executeTool({ name: 't' }, () => promise)).toBe(promise);
    await promise;
    async function* numbers(): AsyncGenerator<number> {
      yield 1;
      yield 2;
    }
    const generator = numbers();
    const returned = agent.executeTool({ name: 't' }, () => generator);
    expect(returned).toBe(generator);
    const seen: number[] = [];
    for await (const number of returned) seen.push(number);
    expect(seen).toEqual([1, 2]);
    expect(tools().map(({ status }) => status)).toEqual(['success', 'success', 'success']);
  });

  it('is a stream whose steps run in the span, wherever they are asked for', async () => {
    const { agent, span, tools } = collectingHost();
    const inside: (string | undefined)[] = [];
    const stream = agent.executeTool({ name: 't' }, async function* () {
      inside.push(activeSpanContext()?.spanId);
      await sleep(1);
      yield 1;
      inside.push(activeSpanContext()?.spanId);
    });
    for await (const _ of stream) expect(activeSpanContext()).toBeUndefined();
    const { spanId } = span('alex.tool.execute').spanContext();
    expect(inside).toEqual([spanId, spanId]);
    expect(tools()).toHaveLength(1);
  });

  it('is never awaited early when it is lazy', async () => {
    const { agent, tools } = collectingHost();
    let runs = 0;
    const query = {
      // biome-ignore lint/suspicious/noThenProperty: a lazy thenable is what is tested
      then(resolve: (value: string) => unknown): unknown {
        runs += 1;
        return Promise.resolve('row').then(resolve);
      },
    };
    const returned = agent.executeTool({ name: 'sql' }, () => query as unknown as Promise<string>);
    await sleep(1);
    expect(returned).toBe(query);
    expect([runs, tools().length]).toEqual([0, 0]);
    expect(await returned).toBe('row');
    expect([runs, tools().length]).toEqual([1, 1]);
  });

  it('is followed through web streams however they are read', async () => {
    const source = (): ReadableStream<string> => ReadableStream.from(['a', 'b']);
    const readers: ((stream: ReadableStream<string>) => Promise<unknown>)[] = [
      async (stream) => {
        for await (const _ of stream);
      },
      async (stream) => {
        const reader = stream.getReader();
        while (!(await reader.read()).done);
      },
      async (stream) => stream.pipeTo(new WritableStream()),
      async (stream) => Promise.all(stream.tee().map((branch) => branch.pipeTo(new WritableStream()))),
    ];
    for (const read of readers) {
      const { agent, tools } = collectingHost();
      const stream = source();
      expect(agent.executeTool({ name: 't' }, () => stream)).toBe(stream);
      expect(tools()).toHaveLength(0);
      await read(stream);
      expect(tools()).toMatchObject([{ status: 'success' }]);
    }
  });

  it('may be a stream that was read to its end inside', async () => {
    const { agent, records } = collectingHost();
    await agent.iteration(1, async () => {
      const stream = agent.generate({ model: 'm' }, async function* () {
        yield 1;
      });
      for await (const _ of stream);
      return stream;
    });
    expect(records.filter(({ phase }) => phase === 'end').map(({ kind, status }) => [kind, status])).toEqual([
      ['llm', 'success'],
      ['iteration', 'success'],
    ]);
  });
});

describe('what fn throws', () => {
  it('is thrown on as the same object, errors or not', async () => {
    const { agent, span, tools } = collectingHost();
    const error = new TypeError('no hunter2');
    expect(() =>
      agent.executeTool({ name: 't' }, () => {
        throw error;
      }),
    ).toThrow(error);
    const attributes = span('alex.tool.execute').attributes;
    expect(attributes).toMatchObject({ 'alex.error': true, 'error.type': 'TypeError', 'alex.status': 'error' });
    expect(attributes['error.message']).toBe('no ***REDACTED***');
    expect(span('alex.tool.execute').status.code).toBe(SpanStatusCode.ERROR);
    expect(JSON.stringify(span('alex.tool.execute').events)).not.toContain('hunter2');
    for (const thrown of ['text', undefined, null, 0, Symbol('s'), Object.create(null)]) {
      const caught = await agent.executeTool({ name: 't' }, () => Promise.reject(thrown)).catch((reason) => reason);
      expect(caught).toBe(thrown);
    }
    expect(tools().every(({ status }) => status === 'error')).toBe(true);
  });

  it('is cancelled when it is an AbortError', () => {
    const { agent, tools, lines } = collectingHost();
    expect(() => agent.executeTool({ name: 't' }, () => AbortSignal.abort().throwIfAborted())).toThrow();
    expect(tools()).toMatchObject([{ status: 'cancelled' }]);
    expect(lines.at(-1)).toMatchObject({ level: 'warn', message: 'tool cancelled' });
  });
});

describe('a hostile program', () => {
  const throws = (): never => {
    throw new Error('hostile');
  };
  const hostile = new Proxy({}, { get: throws, has: throws, ownKeys: throws, getOwnPropertyDescriptor: throws });

  it('never meets an exception of ours', async () => {
    const { agent, tools, llm } = collectingHost({ content: () => 'full' });
    const revoked = Proxy.revocable({}, {});
    revoked.revoke();
    for (const result of [
      hostile,
      revoked.proxy,
      Object.freeze({ usage: hostile }),
      { usage: 5, choices: [hostile] },
    ]) {
      expect(agent.executeTool({ name: 't', arguments: result }, () => result)).toBe(result);
      expect(agent.generate({ model: 'm', input: result }, () => result)).toBe(result);
    }
    expect(tools()).toHaveLength(4);
    expect(llm()).toHaveLength(4);
    agent.executeTool(hostile as never, () => {});
    agent.generate(undefined as never, () => {});
    agent.solveTask({ attributes: hostile } as never, () => {});
    agent.iteration('x' as never, () => {});
    agent.observeClient(hostile);
    agent.observeTools(hostile);
  });

  it('is called once when parts of the host fail', () => {
    const { agent } = collectingHost({
      emit: throws,
      logger: throws,
      price: throws,
      content: throws,
      redact: throws,
      redactText: throws,
      dropped: throws,
    });
    let calls = 0;
    const call = (): number => (calls += 1);
    agent.solveTask({ sessionId: 5 as never }, call);
    agent.generate({ model: '' }, call);
    agent.executeTool({ name: 't' }, call);
    expect(calls).toBe(3);
    expect(() => agent.executeTool({ name: 't' }, () => Promise.resolve(throws()))).toThrow('hostile');
  });

  it('is only called when the instance is shut down', () => {
    const { agent, records, spans } = collectingHost({ active: () => false });
    let handle: Call | LlmCall | undefined;
    expect(
      agent.generate({ model: 'm' }, (call) => {
        handle = call;
        call.usage(usage);
        call.fail();
        return 7;
      }),
    ).toBe(7);
    expect(handle?.span.isRecording()).toBe(false);
    expect([records.length, spans().length]).toEqual([0, 0]);
  });
});

describe('a tool result', () => {
  const run = (result: unknown, isError?: (value: unknown) => boolean) => {
    const { agent, tools } = collectingHost();
    agent.executeTool({ name: 't', ...(isError && { isError }) }, () => result);
    return tools()[0];
  };

  it('that carries an error counts as one without throwing', () => {
    expect(run({ error: 'no such file' })).toMatchObject({ status: 'error', error: 'no such file' });
    expect(run({ error: new Error('inner') })).toMatchObject({ status: 'error', error: 'inner' });
    expect(run({ isError: true, content: [{ type: 'text', text: 'bad' }] })).toMatchObject({ error: 'bad' });
    for (const error of [undefined, null, false, '', [], {}]) expect(run({ error })?.status).toBe('success');
    for (const result of [undefined, null, 'error', 0]) expect(run(result)?.status).toBe('success');
  });

  it('is judged by isError and call.fail before that', () => {
    expect(run({ error: 'known' }, () => false)?.status).toBe('success');
    expect(run(404, (code) => code === 404)?.status).toBe('error');
    const { agent, tools } = collectingHost();
    agent.executeTool({ name: 't' }, (call) => call.fail('gave up', 'cancelled'));
    expect(tools()).toMatchObject([{ status: 'cancelled' }]);
  });

  it('of any size is measured without turning it into text', () => {
    const cyclic: Record<string, unknown> = { text: 'x'.repeat(1000) };
    cyclic['self'] = cyclic;
    expect(run(cyclic)?.resultLength).toBeGreaterThan(1000);
    const before = performance.now();
    expect(run(new Array(5_000_000).fill('abc'))?.resultLength).toBeGreaterThan(10_000);
    expect(performance.now() - before).toBeLessThan(1000);
  });
});

describe('content', () => {
  const input = [{ role: 'user', content: 'secret words' }];
  const attributes = (content: 'off' | 'metadata' | 'full') => {
    const { agent, span } = collectingHost({
      content: () => content,
      redact: (value) => JSON.parse(JSON.stringify(value).replaceAll('secret', '***')) as unknown,
    });
    agent.generate({ model: 'm', input }, () => ({ choices: [{ message: { role: 'assistant', content: 'secret' } }] }));
    return span('alex.llm.generate').attributes;
  };

  it('is off: only lengths', () => {
    expect(attributes('off')['alex.llm.input_length']).toBeGreaterThan(10);
    expect(JSON.stringify(attributes('off'))).not.toMatch(/words|role/);
  });

  it('is metadata: shapes and roles', () => {
    expect(attributes('metadata')['alex.llm.input_shape']).toBe('[{"role":"user","content":"string(12)"}]');
    expect(JSON.stringify(attributes('metadata'))).not.toContain('words');
  });

  it('is full: redacted', () => {
    expect(attributes('full')['gen_ai.input.messages']).toBe('[{"role":"user","content":"*** words"}]');
    expect(attributes('full')['gen_ai.output.messages']).toBe('[{"role":"assistant","content":"***"}]');
    const { agent, span } = collectingHost({ content: () => 'full' });
    agent.executeTool({ name: 't', arguments: 'x'.repeat(1_000_000) }, () => {});
    expect(String(span('alex.tool.execute').attributes['gen_ai.tool.call.arguments']).length).toBeLessThan(33_000);
  });
});

describe('usage', () => {
  it('that the callback reports wins over what is read', () => {
    const { agent, llm } = collectingHost();
    agent.generate({ model: 'm' }, (call) => {
      call.usage({ inputTokens: 1.9, outputTokens: Number.NaN, costUsd: 0.5 });
      return { usage: { prompt_tokens: 7, completion_tokens: 7 } };
    });
    expect(llm()).toMatchObject([{ usage: { inputTokens: 1, outputTokens: 0, costUsd: 0.5 }, cost: { usd: 0.5 } }]);
  });

  it('of a model without a price is flagged on the span', () => {
    const { agent, span } = collectingHost();
    agent.generate({ model: 'unpriced' }, (call) => call.usage(usage));
    expect(span('alex.llm.generate').attributes).toMatchObject({
      'alex.cost.priced': false,
      'alex.cost.source': 'none',
    });
    expect(span('alex.llm.generate').attributes).not.toHaveProperty('alex.cost');
  });
});

describe('a stream', () => {
  it('takes as long as until its last piece, however slow its reader is', async () => {
    const { agent, llm, span } = collectingHost();
    const stream = agent.generate({ model: 'm' }, async function* () {
      yield { choices: [] };
    });
    for await (const _ of stream) await sleep(60);
    expect(llm()[0]?.durationMs).toBeLessThan(50);
    const [seconds, nanoseconds] = span('alex.llm.generate').duration;
    expect(seconds + nanoseconds / 1e9).toBeLessThan(0.05);
  });

  it('of Node is followed by its events, and an unhandled error stays unhandled', async () => {
    const { agent, tools } = collectingHost();
    const stream = agent.executeTool({ name: 't' }, () => Readable.from(['a', 'b']));
    for await (const _ of stream);
    const broken = agent.executeTool({ name: 't' }, () => Readable.from(['a']));
    const failure = new Error('broken');
    expect(() => broken.emit('error', failure)).toThrow(failure);
    const closed = agent.executeTool({ name: 't' }, () => Readable.from(['a']));
    await once(closed.destroy(), 'close');
    expect(tools().map(({ status }) => status)).toEqual(['success', 'error', 'cancelled']);
  });
});
