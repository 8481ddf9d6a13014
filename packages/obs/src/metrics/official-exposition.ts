import type { Snapshot } from '@alex/openmetrics';
import { load } from '../load.ts';
import { SnapshotProducer } from './metric-producer.ts';

type ExporterPrometheus = typeof import('@opentelemetry/exporter-prometheus');
type SdkMetrics = typeof import('@opentelemetry/sdk-metrics');

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
  const { PrometheusExporter, PrometheusSerializer } = load<ExporterPrometheus>('@opentelemetry/exporter-prometheus');
  const { MeterProvider } = load<SdkMetrics>('@opentelemetry/sdk-metrics');
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
