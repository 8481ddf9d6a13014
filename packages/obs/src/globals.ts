import type { TextMapPropagator } from '@opentelemetry/api';
import { registerContextManager } from './context/active.ts';
import { extractHeaders, injectHeaders } from './context/propagation.ts';
import { load } from './load.ts';
import type { Parts } from './parts.ts';

/** The W3C trace context for other libraries, through the API's getter and setter. */
const propagator: TextMapPropagator = {
  inject(context, carrier, setter) {
    for (const [name, value] of Object.entries<string>(injectHeaders(context, {}))) setter.set(carrier, name, value);
  },
  extract(context, carrier, getter) {
    const headers = propagator
      .fields()
      .map((name): [string, string | string[] | undefined] => [name, getter.get(carrier, name)]);
    return extractHeaders(context, Object.fromEntries(headers));
  },
  fields: () => ['traceparent', 'tracestate'],
};

/**
 * Makes an instance the one that OpenTelemetry's API hands to every library, as far as nobody else was first; says what
 * somebody else holds. Returns a function that takes back what was registered.
 */
export function registerGlobals({ tracing, metrics: ours }: Parts, warn: (message: string) => void): () => void {
  const { metrics, propagation, trace } = load<typeof import('@opentelemetry/api')>('@opentelemetry/api');
  const undo: (() => void)[] = [];
  const taken: string[] = [];
  const claim = (name: string, isOurs: boolean, release: () => void): void => {
    if (isOurs) undo.push(release);
    else taken.push(name);
  };
  if (registerContextManager() === 'unreachable') taken.push('context manager');
  claim('propagator', propagation.setGlobalPropagator(propagator), () => propagation.disable());
  if (tracing.provider)
    claim('tracer provider', trace.setGlobalTracerProvider(tracing.provider), () => trace.disable());
  if (ours.meterProvider) {
    claim('meter provider', metrics.setGlobalMeterProvider(ours.meterProvider), () => metrics.disable());
  }
  if (taken.length > 0) {
    warn(`OpenTelemetry already has a global ${taken.join(', ')}; what other libraries record goes there, not to obs`);
  }
  return () => {
    for (const release of undo) release();
  };
}
