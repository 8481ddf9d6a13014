import type { Tracer, TracerProvider } from '@opentelemetry/api';
import type { AgentTracer, Failure } from '../api.ts';
import type { Configuration } from '../config/configuration.ts';
import { messageOf } from '../errors.ts';
import { load } from '../load.ts';
import type { ContextAccess } from './context-access.ts';
import { ContextTracer, type ContextTracerOptions, type SpanSource } from './context-tracer.ts';
import { createSpanExporter } from './create-exporter.ts';
import { hostedProvider, type PipelineParts } from './hosted-provider.ts';
import { IdGenerator } from './id-generator.ts';
import { LightTracer } from './light-tracer.ts';
import type { TracingListener } from './listener.ts';
import { QueueSpanProcessor } from './queue-span-processor.ts';
import { RateSampler } from './rate-sampler.ts';
import { createResource } from './resource.ts';
import { valueLengthLimit } from './span-size.ts';
import { totalSpans } from './total-spans.ts';

type SdkTrace = typeof import('@opentelemetry/sdk-trace');

export interface TracingOptions {
  readonly config: Configuration['tracing'];
  readonly context: ContextAccess;
  readonly listener?: Partial<TracingListener>;
  /** Hides secrets in what `withSpan` says of errors; default: nothing is hidden. */
  readonly redactText?: (text: string) => string;
  /** Told of what does not work, failed exports at most once per minute. */
  readonly warn?: (message: string) => void;
  /** Spans wait in the queue until `start`; default false. */
  readonly held?: boolean;
  /** Where `OTEL_RESOURCE_ATTRIBUTES` is read; default: the environment of the process. */
  readonly env?: Readonly<Record<string, string | undefined>>;
}

/** The traces of one instance. */
export interface Tracing {
  readonly tracer: AgentTracer;
  /** For the OpenTelemetry API's global; undefined while nothing is exported, or a host has registered its own. */
  readonly provider: TracerProvider | undefined;
  /** Spans that wait for export, and their estimated bytes. */
  readonly queued: { readonly spans: number; readonly bytes: number };
  /** Lets spans go out, where they were held. */
  start(): void;
  /** For roots and remote parents from now on; what is no number from 0 to 1 is ignored. */
  setSampleRate(rate: number): void;
  /** Sends what waits and what is in flight. Resolves within the time with what failed; never rejects. */
  flush(timeoutMs?: number): Promise<readonly Failure[]>;
  /** Flushes and closes; afterwards spans only have ids. Resolves within the time with what failed; never rejects. */
  shutdown(timeoutMs?: number): Promise<readonly Failure[]>;
}

const spanLimits: PipelineParts['spanLimits'] = {
  attributeCountLimit: 128,
  attributeValueLengthLimit: valueLengthLimit,
  eventCountLimit: 128,
  linkCountLimit: 128,
  attributePerEventCountLimit: 32,
  attributePerLinkCountLimit: 32,
};

/** Starts tracing; never throws. Where it is off or cannot be set up, spans have ids and nothing is exported. */
export function createTracing(options: TracingOptions): Tracing {
  if (options.config.enabled) {
    try {
      return createExporting(options);
    } catch (error) {
      options.warn?.(`Tracing is off: ${messageOf(error)}`);
    }
  }
  const light = new LightTracer(options.context);
  return {
    tracer: new ContextTracer(light, light, tracerOptions(options)),
    provider: undefined,
    queued: { spans: 0, bytes: 0 },
    start: () => {},
    setSampleRate: () => {},
    flush: async () => [],
    shutdown: async () => [],
  };
}

function tracerOptions({ context, listener, redactText = (text) => text }: TracingOptions): ContextTracerOptions {
  const dropped = total(listener?.dropped?.bind(listener));
  return { context, redactText, total: totalSpans(() => dropped('traces', 'invalid_attribute', 1)) };
}

function createExporting(options: TracingOptions): Tracing {
  const { config, context } = options;
  const warn = total(options.warn);
  const sampler = new RateSampler(config.sample_rate, context.spanOf);
  const processor = new QueueSpanProcessor({
    context,
    warn,
    held: options.held ?? false,
    exporter: createSpanExporter(config, warn),
    listener: {
      spansExported: total(options.listener?.spansExported?.bind(options.listener)),
      spansFailed: total(options.listener?.spansFailed?.bind(options.listener)),
      dropped: total(options.listener?.dropped?.bind(options.listener)),
      exportSeconds: total(options.listener?.exportSeconds?.bind(options.listener)),
    },
  });
  const hosted = hostedProvider();
  const provider = (hosted ?? createSdkProvider)({
    resource: createResource({
      serviceName: config.service_name,
      serviceVersion: config.service_version,
      env: options.env ?? process.env,
    }),
    sampler,
    spanProcessors: [processor],
    spanLimits,
    idGenerator: new IdGenerator(),
  });
  const source: Tracer & SpanSource = provider.getTracer('alex');
  const tracer = new ContextTracer(source, new LightTracer(context), tracerOptions(options));
  return {
    tracer,
    provider: hosted ? undefined : provider,
    get queued() {
      return processor.queued;
    },
    start: () => processor.release(),
    setSampleRate: (rate) => sampler.setRate(rate),
    flush: (timeoutMs) => processor.flush(timeoutMs),
    shutdown: async (timeoutMs) => {
      const failures = await processor.close(timeoutMs);
      tracer.disable();
      return failures;
    },
  };
}

function createSdkProvider(parts: PipelineParts): TracerProvider {
  const { TracerProvider: SdkTracerProvider } = load<SdkTrace>('@opentelemetry/sdk-trace');
  return new SdkTracerProvider(parts);
}

/** A callback that is never missing and never throws. */
function total<Arguments extends readonly unknown[]>(
  callback: ((...args: Arguments) => void) | undefined,
): (...args: Arguments) => void {
  return (...args) => {
    try {
      callback?.(...args);
    } catch {
      // What listens to us cannot break us.
    }
  };
}
