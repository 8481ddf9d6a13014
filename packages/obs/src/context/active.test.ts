import { setTimeout as sleep } from 'node:timers/promises';
import { context as globalContext, ROOT_CONTEXT, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { afterEach, describe, expect, it, vi } from 'vitest';
import {
  active,
  activeSpanContext,
  bind,
  contextManager,
  registerContextManager,
  rootContext,
  runWith,
  sessionOf,
  spanOf,
  withSession,
  withSpan,
} from './active.ts';
import { contextKey } from './agent-context.ts';
import { nonRecordingSpan } from './non-recording-span.ts';

const span = nonRecordingSpan({ traceId: '1'.repeat(32), spanId: '2'.repeat(16), traceFlags: 1 });
const inSession = (id: string) => withSession(rootContext, id);

afterEach(() => globalContext.disable());

describe('the active context', () => {
  it('is the root outside of everything', () => {
    expect(active()).toBe(rootContext);
    expect(activeSpanContext()).toBeUndefined();
    expect(sessionOf()).toBeUndefined();
  });

  it('holds across awaits and timers, and not outside', async () => {
    const seen = await runWith(withSpan(inSession('a'), span), async () => {
      await sleep(1);
      return [sessionOf(), activeSpanContext()?.spanId];
    });
    expect(seen).toEqual(['a', '2222222222222222']);
    expect(sessionOf()).toBeUndefined();
  });

  it('of concurrent sessions never mixes', async () => {
    const ids = Array.from({ length: 50 }, (_, n) => `session-${n}`);
    const seen = await Promise.all(
      ids.map((id) =>
        runWith(inSession(id), async () => {
          await sleep(Math.random() * 3);
          return sessionOf();
        }),
      ),
    );
    expect(seen).toEqual(ids);
  });

  it('can be bound to a function', () => {
    expect(bind(inSession('bound'), () => sessionOf())()).toBe('bound');
  });

  it('is left when the function throws', () => {
    expect(() =>
      runWith(inSession('a'), () => {
        throw new Error('boom');
      }),
    ).toThrow('boom');
    expect(active()).toBe(rootContext);
  });

  it('carries any other values, which nothing else overwrites', () => {
    const state = contextKey<{ n: number }>('state');
    const other = contextKey<string>('state');
    const context = withSession(withSpan(other.set(state.set(rootContext, { n: 1 }), 'x'), span), 's');
    expect([state.get(context), other.get(context), sessionOf(context), spanOf(context)]).toEqual([
      { n: 1 },
      'x',
      's',
      span,
    ]);
    expect(state.get(rootContext)).toBeUndefined();
    expect(spanOf(context.deleteValue(Symbol.for('OpenTelemetry Context Key SPAN')))).toBeUndefined();
  });

  it('speaks with the helpers of the OpenTelemetry API', () => {
    expect(trace.getSpan(withSpan(rootContext, span))).toBe(span);
    expect(spanOf(trace.setSpan(rootContext, span))).toBe(span);
    expect(sessionOf(trace.setSpan(withSession(ROOT_CONTEXT, 's'), span))).toBe('s');
  });
});

describe('copies of this module', () => {
  it('share one storage', async () => {
    vi.resetModules();
    const copy = await import('./active.ts');
    expect(copy.runWith).not.toBe(runWith);
    expect(runWith(inSession('a'), () => copy.sessionOf())).toBe('a');
    expect(copy.runWith(copy.withSession(copy.rootContext, 'b'), () => sessionOf())).toBe('b');
    expect(copy.contextManager()).toBe(contextManager());
  });
});

describe('registering globally', () => {
  it('makes our context the one of the API, any number of times', () => {
    expect(registerContextManager()).toBe('own');
    expect(registerContextManager()).toBe('own');
    const context = inSession('a');
    expect(runWith(context, () => globalContext.active())).toBe(context);
    expect(globalContext.with(context, () => sessionOf())).toBe('a');
  });

  it('follows a foreign manager that is there already', () => {
    const foreign = new AsyncLocalStorageContextManager();
    globalContext.setGlobalContextManager(foreign);
    expect(registerContextManager()).toBe('foreign');
    const context = inSession('a');
    expect(foreign.with(context, () => sessionOf())).toBe('a');
    expect(runWith(context, () => foreign.active())).toBe(context);
    globalContext.disable();
    expect(registerContextManager()).toBe('own');
  });
});
