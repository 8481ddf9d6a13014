import type {
  CounterPoint,
  Exemplar,
  GaugePoint,
  HistogramPoint,
  Label,
  MetricFamily,
  Series,
  Snapshot,
} from '@alex/openmetrics';
import { ProtobufWriter } from '../protobuf.ts';

/** What OpenTelemetry calls a family of the registry. */
export interface OtelIdentity {
  readonly name: string;
  readonly unit: string;
  /** A gauge on the wire that is a sum which can also fall. */
  readonly upDown?: boolean;
}

export interface OtlpMetricsOptions {
  /** By the name on the wire; a family without an entry goes by that name and has no unit. */
  readonly identities: ReadonlyMap<string, OtelIdentity>;
  readonly resource: Readonly<Record<string, string>>;
  readonly scope: { readonly name: string; readonly version: string };
  /** Unix milliseconds of the snapshot. */
  readonly timeMs: number;
}

const cumulative = 2;

type NumberPoint = GaugePoint & Partial<Pick<CounterPoint, 'created' | 'exemplar'>>;

/** An info or a state set as the gauges that Prometheus makes of it. */
function gaugesOf(family: MetricFamily): { readonly name: string; readonly series: Series<NumberPoint>[] } | undefined {
  if (family.type === 'info') {
    const series = [...family.series].map(({ labels, point }) => ({
      labels: [...labels, ...point.info],
      point: { value: 1 },
    }));
    return { name: `${family.name}_info`, series };
  }
  if (family.type !== 'stateset') return undefined;
  const series = [...family.series].flatMap(({ labels, point }) =>
    point.states.map(({ name, enabled }) => ({
      labels: [...labels, [family.name, name] as Label],
      point: { value: enabled ? 1 : 0 },
    })),
  );
  return { name: family.name, series };
}

class Encoder {
  readonly writer: ProtobufWriter = new ProtobufWriter(16_384);
  private readonly options: OtlpMetricsOptions;

  constructor(options: OtlpMetricsOptions) {
    this.options = options;
  }

  message(field: number, write: () => void): void {
    const mark = this.writer.begin(field);
    write();
    this.writer.end(mark);
  }

  attribute(field: number, [key, value]: Label): void {
    this.message(field, () => {
      this.writer.string(1, key);
      this.message(2, () => this.writer.string(1, value));
    });
  }

  time(field: number, unixSeconds: number): void {
    const seconds = Math.floor(unixSeconds);
    this.writer.nanoseconds(field, seconds, Math.round((unixSeconds - seconds) * 1e6) * 1000);
  }

  times(created: number | undefined): void {
    if (created !== undefined) this.time(2, created);
    this.time(3, this.options.timeMs / 1000);
  }

  exemplar(field: number, { labels, value, timestamp }: Exemplar): void {
    this.message(field, () => {
      if (timestamp !== undefined) this.time(2, timestamp);
      this.writer.double(3, value);
      for (const label of labels) {
        if (label[0] === 'span_id') this.writer.hex(4, label[1]);
        else if (label[0] === 'trace_id') this.writer.hex(5, label[1]);
        else this.attribute(7, label);
      }
    });
  }

  numberPoint({ labels, point }: Series<NumberPoint>): void {
    this.message(1, () => {
      this.times(point.created);
      this.writer.double(4, point.value);
      if (point.exemplar !== undefined) this.exemplar(5, point.exemplar);
      for (const label of labels) this.attribute(7, label);
    });
  }

  histogramPoint({ labels, point }: Series<HistogramPoint>): void {
    const counts = Array.from(point.counts);
    this.message(1, () => {
      this.times(point.created);
      this.writer.fixed64(
        4,
        counts.reduce((sum, count) => sum + count, 0),
      );
      if (point.sum !== undefined) this.writer.double(5, point.sum);
      this.writer.packedFixed64(6, counts);
      this.writer.packedDoubles(7, point.bounds);
      for (const exemplar of point.exemplars ?? []) if (exemplar !== undefined) this.exemplar(8, exemplar);
      for (const label of labels) this.attribute(9, label);
    });
  }

  sum(series: Iterable<Series<NumberPoint>>, monotonic: boolean): void {
    this.message(7, () => {
      for (const one of series) this.numberPoint(one);
      this.writer.varint(2, cumulative);
      this.writer.varint(3, monotonic);
    });
  }

  gauge(series: Iterable<Series<NumberPoint>>): void {
    this.message(5, () => {
      for (const one of series) this.numberPoint(one);
    });
  }

  data(family: MetricFamily, upDown: boolean): void {
    if (family.type === 'counter') this.sum(family.series, true);
    else if (family.type === 'gauge' || family.type === 'unknown') {
      if (upDown) this.sum(family.series, false);
      else this.gauge(family.series);
    } else if (family.type === 'histogram') {
      this.message(9, () => {
        for (const one of family.series) this.histogramPoint(one);
        this.writer.varint(2, cumulative);
      });
    }
  }

  metric(family: MetricFamily): void {
    const gauges = gaugesOf(family);
    const identity = this.options.identities.get(family.name);
    this.message(2, () => {
      this.writer.string(1, gauges?.name ?? identity?.name ?? family.name);
      this.writer.string(2, family.help);
      this.writer.string(3, identity?.unit ?? '');
      if (gauges === undefined) this.data(family, identity?.upDown === true);
      else this.gauge(gauges.series);
    });
  }

  request(snapshot: Snapshot): void {
    const { resource, scope } = this.options;
    this.message(1, () => {
      this.message(1, () => {
        for (const attribute of Object.entries(resource)) this.attribute(1, attribute);
      });
      this.message(2, () => {
        this.message(1, () => {
          this.writer.string(1, scope.name);
          this.writer.string(2, scope.version);
        });
        for (const family of snapshot.families) {
          // Prometheus refuses a whole push for one metric without points.
          const series = [...family.series];
          if (series.length > 0 && isPushed(family)) this.metric({ ...family, series } as MetricFamily);
        }
      });
    });
  }
}

/** The resource becomes `target_info` by itself; summaries are never in a registry of ours. */
function isPushed({ name, type }: MetricFamily): boolean {
  return !(type === 'info' && name === 'target') && type !== 'summary' && type !== 'gaugehistogram';
}

/**
 * A snapshot as `ExportMetricsServiceRequest` of OTLP 1.x (opentelemetry/proto/metrics/v1/metrics.proto): cumulative, with
 * the start time of each series and with exemplars. A family without series is left out.
 */
export function encodeOtlpMetrics(snapshot: Snapshot, options: OtlpMetricsOptions): Uint8Array {
  const encoder = new Encoder(options);
  encoder.request(snapshot);
  return encoder.writer.finish();
}
