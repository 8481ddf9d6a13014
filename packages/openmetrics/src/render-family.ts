import { type ByteWriter, type EncodedText, encodeText } from './byte-writer.ts';
import { escapeLabelValue, labelNameText } from './label-text.ts';
import type { CounterFamily, HistogramFamily, HistogramPoint, MetricFamily, SummaryFamily } from './model.ts';
import { goFloat, openMetricsFloat } from './number-text.ts';
import { type SampleName, SampleWriter, sampleName } from './sample-writer.ts';
import { escapeMetricName, isLegalMetricName } from './translation.ts';

/** In what the two formats differ. */
export interface Dialect {
  readonly openMetrics: boolean;
  /** Whether `_created` lines are written; Prometheus text never has them. */
  readonly created: boolean;
  /** Whether names are written without quotes, with underscores for what Prometheus 2 does not know. */
  readonly escapeNames: boolean;
  /** A family pauses after a series once the writer holds that many bytes. */
  readonly pauseAt: number;
}

/** Where a renderer may be left for a while: between two series. */
export type Pauses = Generator<void, void, void>;

interface Target {
  readonly writer: ByteWriter;
  readonly samples: SampleWriter;
  readonly dialect: Dialect;
}

/** Writes one family; pauses between series when enough has been written. */
export function* renderFamily(named: MetricFamily, writer: ByteWriter, dialect: Dialect): Pauses {
  const target: Target = { writer, samples: new SampleWriter(writer, dialect), dialect };
  const family = dialect.escapeNames ? withEscapedNames(named) : named;
  switch (family.type) {
    case 'counter':
      return yield* renderCounter(family, target);
    case 'gauge':
    case 'unknown':
      return yield* renderGauge(family, target);
    case 'histogram':
    case 'gaugehistogram':
      return yield* renderHistogram(family, target);
    case 'summary':
      return yield* renderSummary(family, target);
    case 'info':
      return yield* renderInfo(family, target);
    case 'stateset':
      return yield* renderStateSet(family, target);
  }
}

function* renderCounter(family: CounterFamily, { writer, samples, dialect }: Target): Pauses {
  const { name, series } = family;
  // A counter that does not end in _total is none to OpenMetrics: its name matters more than its type.
  const isUnknown = dialect.openMetrics && family.sampleName !== undefined;
  const full = family.sampleName ?? `${name}_total`;
  metadata(
    { name: isUnknown || !dialect.openMetrics ? full : name, type: isUnknown ? 'unknown' : 'counter', family },
    writer,
    dialect,
  );
  const total = sampleName(full);
  const created = dialect.created && !isUnknown ? sampleName(`${name}_created`) : undefined;
  for (const one of series) {
    const { point } = one;
    const exemplar = dialect.openMetrics && !isUnknown ? point.exemplar : undefined;
    samples.begin(one);
    if (exemplar === undefined) {
      samples.sample(total, point.value);
    } else {
      samples.sampleWithExemplar(total, point.value, exemplar);
    }
    if (created !== undefined && point.created !== undefined) {
      samples.sample(created, point.created);
    }
    if (writer.position >= dialect.pauseAt) {
      yield;
    }
  }
}

function* renderGauge(
  family: MetricFamily & { type: 'gauge' | 'unknown' },
  { writer, samples, dialect }: Target,
): Pauses {
  const { name, type } = family;
  metadata({ name, type: type === 'unknown' && !dialect.openMetrics ? 'untyped' : type, family }, writer, dialect);
  const sample = sampleName(name);
  for (const one of family.series) {
    samples.begin(one);
    samples.sample(sample, one.point.value);
    if (writer.position >= dialect.pauseAt) {
      yield;
    }
  }
}

function withEscapedNames(family: MetricFamily): MetricFamily {
  const name = escapeMetricName(family.name);
  if (family.type === 'counter' && family.sampleName !== undefined) {
    return { ...family, name, sampleName: escapeMetricName(family.sampleName) };
  }
  // The name of a state set is also the name of a label, which has no colon.
  return { ...family, name: family.type === 'stateset' ? name.replaceAll(':', '_') : name };
}

interface HistogramNames {
  readonly bucket: SampleName;
  readonly count: SampleName;
  readonly sum: SampleName;
  readonly created: SampleName | undefined;
}

function* renderHistogram(family: HistogramFamily, target: Target): Pauses {
  const { writer, samples, dialect } = target;
  const { name, type } = family;
  const isGauge = type === 'gaugehistogram' && dialect.openMetrics;
  metadata({ name, type: isGauge ? type : 'histogram', family }, writer, dialect);
  const names: HistogramNames = {
    bucket: sampleName(`${name}_bucket`),
    count: sampleName(isGauge ? `${name}_gcount` : `${name}_count`),
    sum: sampleName(isGauge ? `${name}_gsum` : `${name}_sum`),
    created: dialect.created && !isGauge ? sampleName(`${name}_created`) : undefined,
  };
  let bounds: readonly number[] | undefined;
  let boundLabels: readonly EncodedText[] = [];
  for (const one of family.series) {
    const { point } = one;
    if (point.bounds !== bounds) {
      bounds = point.bounds;
      boundLabels = [...bounds, Infinity].map((bound) =>
        encodeText(`le="${dialect.openMetrics ? openMetricsFloat(bound) : goFloat(bound)}"`),
      );
    }
    samples.begin(one);
    // OpenMetrics 1.0: the sum of a histogram is never negative; without it there is no count either.
    const sum = dialect.openMetrics && !isGauge && (point.sum ?? 0) < 0 ? undefined : point.sum;
    writeHistogram(point, sum, { names, boundLabels, target });
    if (writer.position >= dialect.pauseAt) {
      yield;
    }
  }
}

function writeHistogram(
  point: HistogramPoint,
  sum: number | undefined,
  { names, boundLabels, target }: { names: HistogramNames; boundLabels: readonly EncodedText[]; target: Target },
): void {
  const { samples, dialect } = target;
  const { counts } = point;
  const exemplars = dialect.openMetrics ? point.exemplars : undefined;
  let cumulated = 0;
  for (let index = 0; index < boundLabels.length; index++) {
    cumulated += counts[index] ?? 0;
    const exemplar = exemplars?.[index];
    const label = boundLabels[index] as EncodedText;
    if (exemplar === undefined) {
      samples.sample(names.bucket, cumulated, label);
    } else {
      samples.sampleWithExemplar(names.bucket, cumulated, exemplar, label);
    }
  }
  if (sum !== undefined || !dialect.openMetrics) {
    samples.sample(names.count, cumulated);
  }
  if (sum !== undefined) {
    samples.sample(names.sum, sum);
  }
  if (names.created !== undefined && point.created !== undefined) {
    samples.sample(names.created, point.created);
  }
}

function* renderSummary(family: SummaryFamily, { writer, samples, dialect }: Target): Pauses {
  const { name } = family;
  metadata({ name, type: 'summary', family }, writer, dialect);
  const [quantile, count, sum, created] = ['', '_count', '_sum', '_created'].map((suffix) =>
    sampleName(name + suffix),
  ) as [SampleName, SampleName, SampleName, SampleName];
  for (const one of family.series) {
    const { point } = one;
    samples.begin(one);
    for (const { quantile: rank, value } of point.quantiles) {
      const text = dialect.openMetrics ? openMetricsFloat(rank) : goFloat(rank);
      samples.sample(quantile, value, encodeText(`quantile="${text}"`));
    }
    if (point.count !== undefined) {
      samples.sample(count, point.count);
    }
    if (point.sum !== undefined) {
      samples.sample(sum, point.sum);
    }
    if (dialect.created && point.created !== undefined) {
      samples.sample(created, point.created);
    }
    if (writer.position >= dialect.pauseAt) {
      yield;
    }
  }
}

function* renderInfo(family: MetricFamily & { type: 'info' }, { writer, samples, dialect }: Target): Pauses {
  const full = `${family.name}_info`;
  metadata(
    { name: dialect.openMetrics ? family.name : full, type: dialect.openMetrics ? 'info' : 'gauge', family },
    writer,
    dialect,
  );
  const sample = sampleName(full);
  for (const one of family.series) {
    samples.begin({ ...one, labels: [...one.labels, ...one.point.info] });
    samples.sample(sample, 1);
    if (writer.position >= dialect.pauseAt) {
      yield;
    }
  }
}

function* renderStateSet(family: MetricFamily & { type: 'stateset' }, { writer, samples, dialect }: Target): Pauses {
  const { name } = family;
  metadata({ name, type: dialect.openMetrics ? 'stateset' : 'gauge', family }, writer, dialect);
  const sample = sampleName(name);
  const label = labelNameText(name);
  for (const one of family.series) {
    samples.begin(one);
    for (const { name: state, enabled } of one.point.states) {
      samples.sample(sample, enabled ? 1 : 0, encodeText(`${label}="${escapeLabelValue(state)}"`));
    }
    if (writer.position >= dialect.pauseAt) {
      yield;
    }
  }
}

function metadata(
  { name, type, family }: { name: string; type: string; family: MetricFamily },
  writer: ByteWriter,
  { openMetrics }: Dialect,
): void {
  const shown = isLegalMetricName(name) ? name : `"${escapeLabelValue(name)}"`;
  const help = openMetrics ? escapeLabelValue(family.help) : family.help.replace(/\\/g, '\\\\').replace(/\n/g, '\\n');
  if (help !== '') {
    writer.text(`# HELP ${shown} ${help}\n`);
  }
  writer.text(`# TYPE ${shown} ${type}\n`);
  if (openMetrics && family.unit !== '' && type !== 'unknown') {
    writer.text(`# UNIT ${shown} ${family.unit}\n`);
  }
}
