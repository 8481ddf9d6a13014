import type { Snapshot } from '@alex/openmetrics';
import type * as exporterPrometheus from '@opentelemetry/exporter-prometheus';
import type * as sdkMetrics from '@opentelemetry/sdk-metrics';
import { load } from '../load.ts';
import { SnapshotProducer } from './metric-producer.ts';

/** Renders metrics by `@opentelemetry/exporter-prometheus`: the same series as our own exposition, without exemplars. */
export interface OfficialExposition {
  render(): Promise<string>;
  shutdown(): Promise<void>;
}

/**
 * Its own server is not used: that one is silent about a taken port, answers 200 to a failed collection and can hang at
 * shutdown. Throws `MISSING_PACKAGE`.
 */
export function createOfficialExposition(
  snapshot: () => Snapshot | Promise<Snapshot>,
  scope: { readonly name: string; readonly version: string },
): OfficialExposition {
  const { PrometheusExporter, PrometheusSerializer } = load<typeof exporterPrometheus>(
    '@opentelemetry/exporter-prometheus',
  );
  const { MeterProvider } = load<typeof sdkMetrics>('@opentelemetry/sdk-metrics');
  const reader = new PrometheusExporter({
    preventServerStart: true,
    withoutScopeInfo: true,
    withoutTargetInfo: true,
    metricProducers: [new SnapshotProducer(snapshot, scope)],
  });
  const provider = new MeterProvider({ readers: [reader] });
  const serializer = new PrometheusSerializer('', false, undefined, true, true);
  return {
    async render() {
      const { resourceMetrics, errors } = await reader.collect();
      if (errors.length > 0) throw errors[0];
      return serializer.serialize(resourceMetrics);
    },
    shutdown: () => provider.shutdown(),
  };
}
