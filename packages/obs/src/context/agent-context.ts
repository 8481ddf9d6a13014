import type { Context, Span } from '@opentelemetry/api';

/** The key that the OpenTelemetry API keeps the active span under, in every copy and version of it. */
export const spanKey: symbol = Symbol.for('OpenTelemetry Context Key SPAN');

/** The key that the session id is kept under. */
export const sessionKey: symbol = Symbol.for('alex.obs.session_id');

const noEntries: ReadonlyMap<symbol, unknown> = new Map();

/**
 * An OpenTelemetry context that keeps span and session in fields, so that activating a span copies no map. Immutable;
 * nesting replaces values instead of chaining contexts, so that no ended span is kept alive.
 */
export class AgentContext implements Context {
  readonly #span: Span | undefined;
  readonly #sessionId: unknown;
  readonly #entries: ReadonlyMap<symbol, unknown>;

  constructor(span?: Span, sessionId?: unknown, entries: ReadonlyMap<symbol, unknown> = noEntries) {
    this.#span = span;
    this.#sessionId = sessionId;
    this.#entries = entries;
  }

  getValue(key: symbol): unknown {
    if (key === spanKey) return this.#span;
    if (key === sessionKey) return this.#sessionId;
    return this.#entries.get(key);
  }

  setValue(key: symbol, value: unknown): AgentContext {
    if (key === spanKey) return new AgentContext(value as Span | undefined, this.#sessionId, this.#entries);
    if (key === sessionKey) return new AgentContext(this.#span, value, this.#entries);
    return new AgentContext(this.#span, this.#sessionId, new Map(this.#entries).set(key, value));
  }

  deleteValue(key: symbol): AgentContext {
    if (key === spanKey || key === sessionKey) return this.setValue(key, undefined);
    const entries = new Map(this.#entries);
    entries.delete(key);
    return new AgentContext(this.#span, this.#sessionId, entries);
  }
}

/** A typed value of the context. */
export interface ContextKey<Value> {
  get(context: Context): Value | undefined;
  set(context: Context, value: Value): Context;
}

/** A key of its own for each call; the description is for debugging only. */
export function contextKey<Value>(description: string): ContextKey<Value> {
  const key = Symbol(description);
  return {
    get: (context) => context.getValue(key) as Value | undefined,
    set: (context, value) => context.setValue(key, value),
  };
}
