import type { Configuration } from '../config/configuration.ts';
import { messageOf } from '../errors.ts';
import { createTransport } from '../transport.ts';
import { otlpTracesUrl } from './endpoint.ts';
import { createJaegerClient } from './jaeger-client.ts';
import { JaegerEncoder } from './jaeger-encoder.ts';
import { OtlpEncoder } from './otlp-encoder.ts';
import { HttpSpanExporter, type HurryingExporter, type SpanEncoder } from './span-exporter.ts';
import { ZipkinEncoder } from './zipkin-encoder.ts';

/**
 * The exporter that the configuration names. Connects to nothing yet. A missing `@opentelemetry/exporter-jaeger` is told
 * to `warn` and replaced by the built-in client. Throws a `TypeError` for an endpoint that is no address.
 */
export function createSpanExporter(
  config: Configuration['tracing'],
  warn: (message: string) => void,
): HurryingExporter {
  const http = (url: string | URL, encoder: SpanEncoder): HurryingExporter =>
    new HttpSpanExporter(encoder, createTransport({ url, headers: config.headers }));
  if (config.exporter === 'otlp') return http(otlpTracesUrl(config.otlp_endpoint), new OtlpEncoder());
  if (config.exporter === 'zipkin') return http(config.zipkin_endpoint, new ZipkinEncoder());
  if (config.jaeger_client === 'opentelemetry') {
    if (config.headers !== undefined) warn('tracing.headers do not apply to tracing.jaeger_client: opentelemetry.');
    try {
      return createJaegerClient(config.jaeger_endpoint);
    } catch (error) {
      warn(`${messageOf(error)} (spans go through the built-in client instead)`);
    }
  }
  return http(config.jaeger_endpoint, new JaegerEncoder());
}
