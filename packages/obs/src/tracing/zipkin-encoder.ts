import type { Attributes, HrTime } from '@opentelemetry/api';
import type { ReadableSpan } from '@opentelemetry/sdk-trace';
import { attributeText } from './attribute-text.ts';

const kinds = [undefined, 'SERVER', 'CLIENT', 'PRODUCER', 'CONSUMER'] as const;

/**
 * A Zipkin JSON v2 list (https://zipkin.io/zipkin-api/), mapped as
 * https://opentelemetry.io/docs/specs/otel/trace/sdk_exporters/zipkin/ says.
 */
export class ZipkinEncoder {
  readonly contentType = 'application/json';

  encode(spans: readonly ReadableSpan[]): Uint8Array {
    return Buffer.from(JSON.stringify(spans.map(zipkinSpan)));
  }
}

function zipkinSpan(span: ReadableSpan): Record<string, unknown> {
  const { traceId, spanId } = span.spanContext();
  const serviceName = span.resource.attributes['service.name'];
  return {
    traceId,
    id: spanId,
    parentId: span.parentSpanContext?.spanId,
    name: span.name,
    kind: kinds[span.kind],
    timestamp: microseconds(span.startTime),
    duration: Math.max(1, microseconds(span.duration)),
    localEndpoint: { serviceName: attributeText(serviceName) },
    annotations: span.events.map((event) => ({
      timestamp: microseconds(event.time),
      value: annotation(event.name, event.attributes),
    })),
    tags: tags(span),
  };
}

function tags(span: ReadableSpan): Record<string, string> {
  const all: Record<string, string> = {};
  for (const [key, value] of Object.entries({ ...span.resource.attributes, ...span.attributes })) {
    if (key !== 'service.name') all[key] = attributeText(value);
  }
  all['otel.scope.name'] = span.instrumentationScope.name;
  if (span.instrumentationScope.version) all['otel.scope.version'] = span.instrumentationScope.version;
  if (span.status.code === 1) all['otel.status_code'] = 'OK';
  if (span.status.code === 2) {
    all['otel.status_code'] = 'ERROR';
    all['error'] = span.status.message ?? '';
  }
  if (span.droppedAttributesCount) all['otel.dropped_attributes_count'] = String(span.droppedAttributesCount);
  if (span.droppedEventsCount) all['otel.dropped_events_count'] = String(span.droppedEventsCount);
  if (span.droppedLinksCount) all['otel.dropped_links_count'] = String(span.droppedLinksCount);
  return all;
}

function annotation(name: string, attributes: Attributes | undefined): string {
  const hasAttributes = attributes !== undefined && Object.keys(attributes).length > 0;
  return hasAttributes ? `${JSON.stringify(name)}: ${JSON.stringify(attributes)}` : name;
}

function microseconds([seconds, nanoseconds]: HrTime): number {
  return seconds * 1e6 + Math.round(nanoseconds / 1000);
}
