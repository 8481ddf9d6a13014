import type { TracerProvider } from '@opentelemetry/api';
import type { Resource } from '@opentelemetry/resources';
import type { IdGenerator, Sampler, SpanLimits, SpanProcessor } from '@opentelemetry/sdk-trace';

/** What a tracer provider is made of. */
export interface PipelineParts {
  readonly resource: Resource;
  readonly sampler: Sampler;
  readonly spanProcessors: SpanProcessor[];
  readonly spanLimits: SpanLimits;
  readonly idGenerator: IdGenerator;
}

/** Makes a provider of these parts, and registers it itself. */
export type CreateProvider = (parts: PipelineParts) => TracerProvider;

let hosted: CreateProvider | undefined;

/** An instance that starts tracing while `fn` runs makes its spans with the host's provider instead of the SDK's. */
export function hostProvider<Result>(create: CreateProvider, fn: () => Result): Result {
  hosted = create;
  try {
    return fn();
  } finally {
    hosted = undefined;
  }
}

/** The provider of the surrounding `hostProvider`. */
export function hostedProvider(): CreateProvider | undefined {
  return hosted;
}
