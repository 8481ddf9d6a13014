import type { Context, ContextManager, Span, SpanContext } from '@opentelemetry/api';
import { load } from '../load.ts';
import { AgentContext, sessionKey, spanKey } from './agent-context.ts';
import { attempt } from './guard.ts';

type Api = typeof import('@opentelemetry/api');
type AsyncHooks = typeof import('@opentelemetry/context-async-hooks');

/** One for the whole process, whatever number of instances and copies of this package it holds. */
interface Shared {
  readonly manager: ContextManager;
  /** What the manager calls active where nothing is. */
  readonly nothing: Context;
  /** `manager`, or the global API where somebody else's manager was registered first. */
  current: Pick<ContextManager, 'active' | 'with' | 'bind'>;
}

const sharedKey: unique symbol = Symbol.for('alex.obs.context.1');
const holder = globalThis as { [sharedKey]?: Shared };

/** The context where nothing is active. */
export const rootContext: Context = new AgentContext();

function share(): Shared {
  const existing = holder[sharedKey];
  if (existing !== undefined) return existing;
  const { AsyncLocalStorageContextManager } = load<AsyncHooks>('@opentelemetry/context-async-hooks');
  const manager = new AsyncLocalStorageContextManager();
  const shared: Shared = { manager, nothing: manager.active(), current: manager };
  Object.defineProperty(holder, sharedKey, { value: shared });
  return shared;
}

/** The active context; `rootContext` outside of any. Costs about 10 ns and loads nothing. */
export function active(): Context {
  const shared = holder[sharedKey];
  if (shared === undefined) return rootContext;
  const context = shared.current.active();
  return context === shared.nothing ? rootContext : context;
}

/** Whether a value can be made the active context. Never throws. */
export function isContext(value: unknown): value is Context {
  return attempt(() => typeof (value as Partial<Context> | null | undefined)?.setValue === 'function') ?? false;
}

/** Runs `fn` with `context` active, also across its awaits. */
export function runWith<Result>(context: Context, fn: () => Result): Result {
  return share().current.with(context, fn);
}

/** A function, or an event emitter's listeners, that run with `context` active. */
export function bind<Target>(context: Context, target: Target): Target {
  return share().current.bind(context, target);
}

/** The span of a context. */
export function spanOf(context: Context): Span | undefined {
  return context.getValue(spanKey) as Span | undefined;
}

/** `context` with another span. */
export function withSpan(context: Context, span: Span | undefined): Context {
  return context.setValue(spanKey, span);
}

/** Ids and flags of the active span. Costs about 20 ns and loads nothing: it may be asked at each record. */
export function activeSpanContext(): SpanContext | undefined {
  return spanOf(active())?.spanContext();
}

/** `context` with another session id. */
export function withSession(context: Context, sessionId: string): Context {
  return context.setValue(sessionKey, sessionId);
}

/** The session id of a context, of the active one unless given. */
export function sessionOf(context: Context = active()): string | undefined {
  return context.getValue(sessionKey) as string | undefined;
}

/** The context manager of this process, for an SDK that registers it itself. */
export function contextManager(): ContextManager {
  return share().manager;
}

/** Whose manager the OpenTelemetry API uses: ours, somebody else's that we follow, or one that cannot be reached. */
export type GlobalManager = 'own' | 'foreign' | 'unreachable';

/**
 * Makes our manager the global one of the OpenTelemetry API. Where another is registered already, that one is used from
 * now on, so that our spans and those of other libraries see one another.
 */
export function registerContextManager(): GlobalManager {
  const shared = share();
  const { context } = load<Api>('@opentelemetry/api');
  const probe = rootContext.setValue(Symbol('probe'), true);
  const isProbe = (): boolean => context.active() === probe;
  if (shared.manager.with(probe, isProbe)) return 'own';
  if (context.with(probe, isProbe)) {
    shared.current = context;
    return 'foreign';
  }
  if (!context.setGlobalContextManager(shared.manager)) return 'unreachable';
  shared.current = shared.manager;
  return 'own';
}
