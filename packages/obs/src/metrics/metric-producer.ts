import type { MetricFamily, Series, Snapshot } from '@alex/openmetrics';
import type { HrTime } from '@opentelemetry/api';
import type { CollectionResult, DataPoint, Histogram, MetricData, MetricProducer } from '@opentelemetry/sdk-metrics';

/** The enumerations of sdk-metrics, whose values are part of its public types. */
const cumulative = 1;
const histogramPoint = 0;
const gaugePoint = 2;
const sumPoint = 3;

/** `ValueType.DOUBLE` of the API. */
const double = 1;

function hrTime(unixSeconds: number): HrTime {
  const seconds = Math.floor(unixSeconds);
  return [seconds, Math.round((unixSeconds - seconds) * 1e9)];
}

function points<Point extends object, Value>(
  series: Iterable<Series<Point>>,
  timeMs: number,
  read: (point: Point) => Value,
): DataPoint<Value>[] {
  const endTime = hrTime(timeMs / 1000);
  return [...series].map(({ labels, point }) => ({
    startTime: 'created' in point && typeof point.created === 'number' ? hrTime(point.created) : endTime,
    endTime,
    attributes: Object.fromEntries(labels),
    value: read(point),
  }));
}

function describe(family: MetricFamily): Pick<MetricData, 'descriptor' | 'aggregationTemporality'> {
  const name = family.type === 'info' ? `${family.name}_info` : family.name;
  return {
    descriptor: { name, description: family.help, unit: '', valueType: double },
    aggregationTemporality: cumulative,
  };
}

function translate(family: MetricFamily, timeMs: number): MetricData | undefined {
  const described = describe(family);
  const value = ({ value }: { readonly value: number }): number => value;
  switch (family.type) {
    case 'counter':
      return {
        ...described,
        dataPointType: sumPoint,
        isMonotonic: true,
        dataPoints: points(family.series, timeMs, value),
      };
    case 'gauge':
    case 'unknown':
      return { ...described, dataPointType: gaugePoint, dataPoints: points(family.series, timeMs, value) };
    case 'histogram':
      return {
        ...described,
        dataPointType: histogramPoint,
        dataPoints: points(family.series, timeMs, (point): Histogram => {
          const counts = Array.from(point.counts);
          const count = counts.reduce((sum, one) => sum + one, 0);
          return { buckets: { boundaries: [...point.bounds], counts }, sum: point.sum ?? 0, count };
        }),
      };
    case 'info': {
      const series = [...family.series].map(({ labels, point }) => ({ labels: [...labels, ...point.info], point: {} }));
      return { ...described, dataPointType: gaugePoint, dataPoints: points(series, timeMs, () => 1) };
    }
    default:
      return undefined;
  }
}

/**
 * Hands a registry to the metric readers of OpenTelemetry, cumulative, under the names on the wire, which their
 * translation leaves as they are. Exemplars are lost: the SDK's model has none. Never rejects.
 */
export class SnapshotProducer implements MetricProducer {
  private readonly snapshot: () => Snapshot | Promise<Snapshot>;
  private readonly scope: { readonly name: string; readonly version: string };

  constructor(
    snapshot: () => Snapshot | Promise<Snapshot>,
    scope: { readonly name: string; readonly version: string },
  ) {
    this.snapshot = snapshot;
    this.scope = scope;
  }

  async collect(): Promise<CollectionResult> {
    const { families } = await this.snapshot();
    const timeMs = Date.now();
    const metrics = [...families].flatMap((family) => translate(family, timeMs) ?? []);
    // The reader that asks puts in its own resource.
    const resource = undefined as unknown as CollectionResult['resourceMetrics']['resource'];
    return { resourceMetrics: { resource, scopeMetrics: [{ scope: this.scope, metrics }] }, errors: [] };
  }
}
