import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { createObs } from './obs.ts';
import { openHttpSink } from './testing/http-sink.ts';
import { createInstance } from './testing/instance.ts';

const throwing = (): never => {
  throw new Error('hostile');
};
const trap = {
  get: throwing,
  has: throwing,
  ownKeys: throwing,
  getOwnPropertyDescriptor: throwing,
  set: throwing,
  getPrototypeOf: throwing,
};
const cyclic: Record<string, unknown> = {};
cyclic['self'] = [cyclic];
const revoked = Proxy.revocable({}, {});
revoked.revoke();
const huge = 'x'.repeat(10_000_000);

/** What nobody should hand in. */
const hostile: readonly unknown[] = [
  undefined,
  null,
  true,
  Number.NaN,
  Number.POSITIVE_INFINITY,
  -1,
  2 ** 53,
  10n,
  '',
  'text',
  Symbol('symbol'),
  [],
  {},
  () => throwing(),
  class {},
  cyclic,
  Object.create(null),
  Object.freeze({ name: 'frozen' }),
  new Proxy({}, trap),
  new Proxy(() => {}, trap),
  revoked.proxy,
  huge,
  { name: huge, model: huge, sessionId: huge, toolName: huge, attributes: { [huge]: huge } },
  { name: cyclic, model: 5n, sessionId: Symbol('s'), agent: revoked.proxy, attributes: new Proxy({}, trap) },
  {
    get name() {
      return throwing();
    },
    get model() {
      return throwing();
    },
    get sessionId() {
      return throwing();
    },
    get timeoutMs() {
      return throwing();
    },
  },
  { toString: throwing, valueOf: throwing, [Symbol.toPrimitive]: throwing, toJSON: throwing },
  new Map([[cyclic, huge]]),
  new Date(Number.NaN),
  Buffer.alloc(10),
];

const sink = await openHttpSink();
const { obs, metric, close } = createInstance({
  config: {
    content: 'full',
    logging: { level: 'error' },
    tracing: { enabled: true, exporter: 'zipkin', zipkin_endpoint: sink.url },
  },
});
await obs.start();
afterAll(async () => {
  await close();
  await sink.close();
});

type Anything = (...args: unknown[]) => unknown;
const face = obs as unknown as Record<string, Anything>;
const metrics = obs.metrics as unknown as Record<string, Anything>;
const tracer = obs.tracer as unknown as Record<string, Anything>;
const on =
  (owner: Record<string, Anything>, name: string): Anything =>
  (...args) =>
    owner[name]!(...args);

/** Calls that run a function: what it returns or throws is what the caller gets. */
const running: Record<string, (fn: Anything, bad: unknown) => unknown> = {
  solveTask: (fn, bad) => face['solveTask']!(bad, fn),
  iteration: (fn, bad) => face['iteration']!(bad, fn),
  generate: (fn, bad) => face['generate']!(bad, fn),
  'generate with bad fields': (fn, bad) =>
    face['generate']!({ model: bad, provider: bad, input: bad, attributes: bad }, fn),
  executeTool: (fn, bad) => face['executeTool']!(bad, fn),
  'executeTool with bad fields': (fn, bad) =>
    face['executeTool']!({ name: bad, callId: bad, arguments: bad, isError: bad, attributes: bad }, fn),
  withSession: (fn, bad) => face['withSession']!(bad, fn),
  runWith: (fn, bad) => face['runWith']!(bad, fn),
  'metrics.time': (fn, bad) => metrics['time']!(bad, fn),
  'tracer.withSpan': (fn, bad) => tracer['withSpan']!(bad, fn),
  'tracer.withSpan with attributes': (fn, bad) => tracer['withSpan']!('name', bad, fn),
  'tracer.startActiveSpan': (fn, bad) => tracer['startActiveSpan']!(bad, bad, bad, fn),
  'the handle': (fn, bad) =>
    obs.generate({ model: 'm' }, (call) => {
      call.usage(bad as never);
      call.setAttributes(bad as never);
      call.fail(bad, bad as never);
      call.logger.info(bad as never, bad as never);
      return fn();
    }),
};

/** Calls that only take something in. */
const taking: Record<string, Anything> = {
  recordToolExecution: on(metrics, 'recordToolExecution'),
  recordLLMRequest: on(metrics, 'recordLLMRequest'),
  'recordLLMRequest with bad fields': (a, b, c) =>
    metrics['recordLLMRequest']!({ model: a, status: b, latencyMs: c, inputTokens: a, outputTokens: b, costUsd: c }),
  decrementActiveSessions: on(metrics, 'decrementActiveSessions'),
  observeClient: on(face, 'observeClient'),
  observeTools: on(face, 'observeTools'),
  inject: on(face, 'inject'),
  extract: on(face, 'extract'),
  'extract of bad headers': (a, b) => face['extract']!({ traceparent: a, tracestate: b }),
  startSpan: on(tracer, 'startSpan'),
  observe: (listener) => (face['observe']!(listener) as () => void)(),
  info: (...args) => (obs.logger.info as Anything)(...args),
  child: (bindings) => (obs.logger.child as Anything)(bindings),
};

describe('bad input', () => {
  for (const [name, run] of Object.entries(running)) {
    it(`in ${name} changes nothing of what fn does`, async () => {
      const thrown = { what: 'anything' };
      for (const bad of hostile) {
        let calls = 0;
        const count: Anything = () => {
          calls += 1;
          return bad;
        };
        expect(Object.is(run(count, bad), bad)).toBe(true);
        expect(calls).toBe(1);
        const caught = (fn: Anything): unknown => {
          try {
            return run(fn, bad);
          } catch (error) {
            return error;
          }
        };
        expect(
          caught(() => {
            throw thrown;
          }),
        ).toBe(thrown);
        await expect(run(async () => Promise.reject(thrown), bad)).rejects.toBe(thrown);
      }
    });

    it(`in place of the function of ${name} comes back`, () => {
      for (const bad of hostile) {
        if (typeof bad === 'function' || name === 'the handle') continue;
        expect(Object.is(run(bad as Anything, 'name'), bad)).toBe(true);
      }
    });
  }

  for (const [name, take] of Object.entries(taking)) {
    it(`is survived by ${name}`, () => {
      for (const bad of hostile) for (const other of [bad, undefined, huge]) take(bad, other, bad);
    });
  }

  it('of any kind and combination is survived by every recording call', () => {
    const small = hostile.slice(0, hostile.indexOf(huge));
    // In boxes, because fast-check looks into what it generates.
    const anything = fc.oneof(
      fc.anything({ withBigInt: true, withNullPrototype: true, withDate: true, withMap: true, withTypedArray: true }),
      fc.nat(small.length - 1).map((index) => () => small[index]),
    );
    const open = (value: unknown): unknown => (typeof value === 'function' ? (value as () => unknown)() : value);
    fc.assert(
      fc.property(anything, anything, anything, (...values) => {
        const [a, b, c] = values.map(open);
        for (const take of Object.values(taking)) take(a, b, c);
        for (const run of Object.values(running)) if (run(() => 5, a) !== 5) return false;
        return true;
      }),
      { numRuns: 100 },
    );
  });

  it('leaves endpoint, spans and log alive', async () => {
    obs.metrics.recordToolExecution('after', 'success', 1);
    expect(await metric('alex_tool_executions_total', { tool_name: 'after' })).toBe(1);
    expect(await metric('alex_obs_dropped_total', { signal: 'records', reason: 'invalid_name' })).toBeGreaterThan(0);
    obs.tracer.withSpan('after', () => {});
    expect(await obs.flush()).toEqual([]);
    expect(sink.requests.some(({ body }) => body.includes('"after"'))).toBe(true);
  });

  it('is survived by flush and shutdown, and by the making of an instance', async () => {
    for (const bad of hostile) {
      expect(Array.isArray(await obs.flush(bad as never))).toBe(true);
      const other = createObs(bad as never);
      expect(await other.shutdown(bad as never)).toEqual([]);
    }
    for (const bad of hostile) {
      const other = createObs({
        config: bad,
        configPath: false,
        env: { HOME: '/dev/null', ALEX_METRICS_ENABLED: 'false', ALEX_LOG_OUTPUT: '/dev/null' },
        signals: bad,
        registerGlobals: false,
      } as never);
      await other.start();
      await other.shutdown({ timeoutMs: 100 });
    }
    for (const [env, configPath] of [
      [null, false],
      [new Proxy({}, trap), false],
      [{ HOME: 5, ALEX_LOG_LEVEL: 5n }, 5],
    ]) {
      const config = { logging: { output: '/dev/null' }, metrics: { enabled: false } };
      expect(createObs({ env, configPath, config } as never).executeTool({ name: 't' }, () => 5)).toBe(5);
    }
  });
});
