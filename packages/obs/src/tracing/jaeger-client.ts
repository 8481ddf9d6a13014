import type { ReadableSpan, SpanExporter } from '@opentelemetry/sdk-trace';
import { load } from '../load.ts';
import { attributeText } from './attribute-text.ts';
import type { HurryingExporter } from './span-exporter.ts';

interface JaegerExporterOptions {
  readonly endpoint: string;
  readonly username?: string;
  readonly password?: string;
  readonly tags: readonly { readonly key: string; readonly value: string }[];
  readonly maxSpanBatchSize: number;
  readonly flushTimeout: number;
}

interface JaegerPackage {
  readonly JaegerExporter: new (options: JaegerExporterOptions) => SpanExporter;
}

/**
 * Spans through `@opentelemetry/exporter-jaeger`. One request for each export, so that an error cannot silently lose the
 * rest of a batch, and a shutdown that does not hold the process for its two seconds; a request that hangs is given up by
 * whoever calls `export`. Throws an `ObsError` where the package is not installed.
 */
export function createJaegerClient(endpoint: string): HurryingExporter {
  const { JaegerExporter } = load<JaegerPackage>('@opentelemetry/exporter-jaeger');
  const { username, password } = new URL(endpoint);
  const create = (span: ReadableSpan | undefined): SpanExporter =>
    new JaegerExporter({
      endpoint,
      ...(username === '' ? {} : { username: decodeURIComponent(username), password: decodeURIComponent(password) }),
      tags: Object.entries(span?.resource.attributes ?? {})
        .filter(([key]) => key !== 'service.name')
        .map(([key, value]) => ({ key, value: attributeText(value) })),
      maxSpanBatchSize: Number.MAX_SAFE_INTEGER,
      flushTimeout: 50,
    });
  let exporter: SpanExporter | undefined;
  let closed = false;
  return {
    export(spans, done) {
      if (closed) {
        done({ code: 1, error: new Error('shut down') });
        return;
      }
      exporter ??= create(spans[0]);
      exporter.export(spans, done);
    },
    async shutdown() {
      closed = true;
      // It rejects whenever a request was still in flight, which is what closing cuts.
      await exporter?.shutdown().catch(() => {});
    },
  };
}
