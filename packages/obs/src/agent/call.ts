import { INVALID_SPAN_CONTEXT, trace } from '@opentelemetry/api';
import type { Call, LlmCall } from '../api.ts';
import { attempt } from '../context/guard.ts';
import type { AgentHost } from './host.ts';
import type { Operation } from './operation.ts';

/** The handle that a callback receives. */
export function callOf(operation: Operation): Call {
  return {
    span: operation.span,
    get logger() {
      return operation.logger;
    },
    setAttributes: (attributes) => operation.setAttributes(attributes),
    fail: (reason, status) => operation.fail(reason, status),
  };
}

/** The handle while nothing is recorded. */
export function inertCall(host: AgentHost): LlmCall {
  return {
    span: trace.wrapSpanContext(INVALID_SPAN_CONTEXT),
    get logger() {
      return host.logger();
    },
    setAttributes: () => {},
    fail: () => {},
    usage: () => {},
  };
}

/** Runs `fn` observed, or just so when the instance is shut down or the operation cannot be begun. */
export function perform<Op extends Operation, Result>(
  host: AgentHost,
  begin: () => Op,
  run: (operation: Op | undefined) => Result,
): Result {
  return run(attempt(() => (host.active() ? begin() : undefined)));
}

/** What is no function is dropped from the records and counts as its own result. */
export function callbackOf<Fn extends (...args: never[]) => unknown>(host: AgentHost, fn: Fn): Fn {
  if (typeof fn === 'function') return fn;
  attempt(() => host.dropped('records', 'invalid_value'));
  const result: unknown = fn;
  return (() => result) as Fn;
}
