import type {
  CounterPoint,
  Exemplar,
  GaugePoint,
  HistogramPoint,
  InfoPoint,
  Label,
  MetricType,
  StateSetPoint,
  SummaryPoint,
} from './model.ts';
import { Cursor, quote } from './parse-cursor.ts';
import type { Sample } from './parse-sample.ts';
import { canonicalNumber } from './parse-types.ts';

export type Point = CounterPoint | GaugePoint | HistogramPoint | SummaryPoint | InfoPoint | StateSetPoint;

/** Takes the samples of one point and checks the rules of its type. */
export interface PointBuilder {
  /** `label` is the one that tells the samples of the point apart: `le`, `quantile`, the state. */
  add(suffix: string, label: Label | undefined, sample: Sample): void;
  finish(): Point;
}

/** A fresh builder for a point of each type. */
export const pointBuilders: Readonly<Record<MetricType, () => PointBuilder>> = {
  counter: () => new CounterBuilder(),
  gauge: () => new GaugeBuilder(),
  unknown: () => new GaugeBuilder(),
  histogram: () => new HistogramBuilder(),
  gaugehistogram: () => new HistogramBuilder(),
  summary: () => new SummaryBuilder(),
  info: () => new InfoBuilder(),
  stateset: () => new StateSetBuilder(),
};

/** Values that occur once in a point, with the sample that they came from. */
class Parts {
  readonly #samples = new Map<string, Sample>();
  /** The sample that messages about the whole point refer to. */
  last: Sample | undefined;

  set(suffix: string, sample: Sample): void {
    this.last = sample;
    if (!this.#samples.has(suffix)) this.#samples.set(suffix, sample);
    // Two points may round to one timestamp; the first one counts.
    else if (sample.timestamp === undefined) sample.cursor.fail('this series was exposed before', 0);
  }

  get(suffix: string): number | undefined {
    return this.#samples.get(suffix)?.value;
  }

  fail(reason: string): never {
    return this.last!.cursor.fail(reason, 0);
  }

  /** The parts that are present, under the names of the model. */
  optional<Names extends Readonly<Record<string, string>>>(names: Names): { [Key in keyof Names]?: number } {
    const found: { [Key in keyof Names]?: number } = {};
    for (const key in names) {
      const value = this.get(names[key]!);
      if (value !== undefined) found[key] = value;
    }
    return found;
  }
}

class GaugeBuilder implements PointBuilder {
  readonly #parts = new Parts();

  add(_suffix: string, _label: Label | undefined, sample: Sample): void {
    rejectExemplar(sample);
    this.#parts.set('', sample);
  }

  finish(): GaugePoint {
    return { value: this.#parts.get('')! };
  }
}

class CounterBuilder implements PointBuilder {
  readonly #parts = new Parts();
  #exemplar: Exemplar | undefined;

  add(suffix: string, _label: Label | undefined, sample: Sample): void {
    if (suffix === '_created') checkCreated(sample);
    else {
      checkNotNegative(sample, 'a counter');
      this.#exemplar = sample.exemplar;
    }
    this.#parts.set(suffix, sample);
  }

  finish(): CounterPoint {
    const value = this.#parts.get('_total') ?? this.#parts.fail('a counter has a sample that ends in "_total"');
    const point = { value, ...this.#parts.optional({ created: '_created' }) };
    return this.#exemplar === undefined ? point : { ...point, exemplar: this.#exemplar };
  }
}

class HistogramBuilder implements PointBuilder {
  readonly #parts = new Parts();
  readonly #bounds: number[] = [];
  readonly #counts: number[] = [];
  readonly #exemplars: (Exemplar | undefined)[] = [];
  #cumulated = 0;

  add(suffix: string, label: Label | undefined, sample: Sample): void {
    if (suffix === '_bucket') {
      this.#parts.last = sample;
      this.#addBucket(label!, sample);
      return;
    }
    if (suffix === '_created') checkCreated(sample);
    else if (suffix !== '_gsum') checkNotNegative(sample, suffix);
    if (suffix === '_gsum' && Number.isNaN(sample.value)) sample.cursor.fail('a sum is not NaN', sample.valuePosition);
    if (suffix.endsWith('count')) checkWhole(sample);
    rejectExemplar(sample);
    this.#parts.set(suffix, sample);
  }

  finish(): HistogramPoint {
    const parts = this.#parts;
    if (this.#bounds.pop() !== Infinity) parts.fail('the bucket le="+Inf" is missing, or not the last one');
    const count = parts.get('_count') ?? parts.get('_gcount');
    const sum = parts.get('_sum') ?? parts.get('_gsum');
    if (count !== undefined && count !== this.#cumulated) {
      parts.fail(`the count is ${count}, but the bucket le="+Inf" holds ${this.#cumulated}`);
    }
    if ((count === undefined) !== (sum === undefined)) parts.fail('a histogram has both a sum and a count, or neither');
    if (this.#hasNegativeBounds && parts.get('_sum') !== undefined)
      parts.fail('a histogram with negative buckets has no sum');
    if (!this.#hasNegativeBounds && (parts.get('_gsum') ?? 0) < 0)
      parts.fail('a sum without negative buckets is not negative');
    const point = {
      bounds: this.#bounds,
      counts: this.#counts,
      ...(sum === undefined ? {} : { sum }),
      ...parts.optional({ created: '_created' }),
    };
    return this.#exemplars.some((exemplar) => exemplar !== undefined)
      ? { ...point, exemplars: this.#exemplars }
      : point;
  }

  get #hasNegativeBounds(): boolean {
    return (this.#bounds[0] ?? 0) < 0;
  }

  #addBucket([, text]: Label, sample: Sample): void {
    const bound = labelNumber(text, 'le', sample);
    const previous = this.#bounds.at(-1);
    if (previous !== undefined && bound <= previous)
      sample.cursor.fail(`the bucket le=${quote(text)} is not above the one before`, 0);
    checkNotNegative(sample, 'a bucket');
    checkWhole(sample);
    if (sample.value < this.#cumulated)
      sample.cursor.fail('a bucket holds the smaller ones, so it is not less than they are', sample.valuePosition);
    if (sample.exemplar !== undefined && sample.exemplar.value > bound) {
      sample.cursor.fail(`an exemplar of ${sample.exemplar.value} does not belong into the bucket le=${quote(text)}`);
    }
    this.#bounds.push(bound);
    this.#counts.push(sample.value - this.#cumulated);
    this.#exemplars.push(sample.exemplar);
    this.#cumulated = sample.value;
  }
}

class SummaryBuilder implements PointBuilder {
  readonly #parts = new Parts();
  readonly #known = new Set<number>();
  readonly #quantiles: { quantile: number; value: number }[] = [];

  add(suffix: string, label: Label | undefined, sample: Sample): void {
    rejectExemplar(sample);
    if (suffix === '') {
      this.#addQuantile(label!, sample);
      return;
    }
    if (suffix === '_created') checkCreated(sample);
    else checkNotNegative(sample, suffix);
    if (suffix === '_count') checkWhole(sample);
    this.#parts.set(suffix, sample);
  }

  finish(): SummaryPoint {
    return {
      quantiles: this.#quantiles,
      ...this.#parts.optional({ count: '_count', sum: '_sum', created: '_created' }),
    };
  }

  #addQuantile([, text]: Label, sample: Sample): void {
    const quantile = labelNumber(text, 'quantile', sample);
    if (!(quantile >= 0 && quantile <= 1)) sample.cursor.fail(`a quantile is between 0 and 1, not ${quote(text)}`, 0);
    if (sample.value < 0) sample.cursor.fail('the value of a quantile is not negative', sample.valuePosition);
    if (this.#known.has(quantile)) sample.cursor.fail('this series was exposed before', 0);
    this.#known.add(quantile);
    this.#quantiles.push({ quantile, value: sample.value });
  }
}

class InfoBuilder implements PointBuilder {
  #info: readonly Label[] = [];
  readonly #parts = new Parts();

  add(_suffix: string, _label: Label | undefined, sample: Sample): void {
    rejectExemplar(sample);
    if (sample.value !== 1) sample.cursor.fail('the value of an info metric is 1', sample.valuePosition);
    this.#parts.set('', sample);
    this.#info = sample.labels;
  }

  finish(): InfoPoint {
    return { info: this.#info };
  }
}

class StateSetBuilder implements PointBuilder {
  readonly #states: { name: string; enabled: boolean }[] = [];
  readonly #names = new Set<string>();

  add(_suffix: string, label: Label | undefined, sample: Sample): void {
    rejectExemplar(sample);
    const name = label![1];
    if (sample.value !== 0 && sample.value !== 1)
      sample.cursor.fail('the value of a state is 0 or 1', sample.valuePosition);
    if (this.#names.has(name)) sample.cursor.fail('this series was exposed before', 0);
    this.#names.add(name);
    this.#states.push({ name, enabled: sample.value === 1 });
  }

  finish(): StateSetPoint {
    return { states: this.#states };
  }
}

function labelNumber(text: string, label: string, sample: Sample): number {
  const cursor = new Cursor(text, sample.cursor.line);
  const start = text.startsWith('-') || text.startsWith('+') ? text[1] : text[0];
  const isNumber = start !== undefined && '.0123456789iI'.includes(start);
  const value = isNumber ? cursor.number('a number') : Number.NaN;
  if (!isNumber || !cursor.atEnd) sample.cursor.fail(`the label ${label} is a number, not ${quote(text)}`, 0);
  const canonical = canonicalNumber(value);
  if (canonical !== undefined && canonical !== text) {
    sample.cursor.fail(`the label ${label} is written ${quote(canonical)}, not ${quote(text)}`, 0);
  }
  return value;
}

function rejectExemplar(sample: Sample): void {
  if (sample.exemplar !== undefined) sample.cursor.fail('only counters and buckets have exemplars');
}

function checkCreated(sample: Sample): void {
  rejectExemplar(sample);
  if (!Number.isFinite(sample.value))
    sample.cursor.fail('a creation time is a finite number of seconds', sample.valuePosition);
}

function checkNotNegative(sample: Sample, what: string): void {
  if (!(sample.value >= 0))
    sample.cursor.fail(`the value of ${what} is neither negative nor NaN`, sample.valuePosition);
}

function checkWhole(sample: Sample): void {
  if (!Number.isInteger(sample.value)) sample.cursor.fail('a count is a whole number', sample.valuePosition);
}
