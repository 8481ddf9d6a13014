import type { Label, MetricFamily } from './model.ts';
import { type Cursor, quote } from './parse-cursor.ts';

/** A sample of Prometheus text; `timestamp` in Unix seconds. */
export interface TextSample {
  readonly name: string;
  readonly labels: readonly Label[];
  readonly value: number;
  readonly timestamp: number | undefined;
}

interface TextSeries {
  readonly labels: readonly Label[];
  timestamp: number | undefined;
  /** By suffix: the value, the count and the sum. */
  readonly values: Map<string, number>;
  /** Cumulated counts by bucket bound, or values by quantile. */
  readonly parts: Map<number, number>;
}

type TextType = 'counter' | 'gauge' | 'histogram' | 'summary' | 'untyped';

/** Collects the lines of one family of Prometheus text, in whatever order they come. */
export class TextFamily {
  readonly name: string;
  help = '';
  /** Whether its TYPE was given. */
  typed = false;
  #type: TextType = 'untyped';
  readonly #series = new Map<string, TextSeries>();

  constructor(name: string) {
    this.name = name;
  }

  get hasSamples(): boolean {
    return this.#series.size > 0;
  }

  setType(type: TextType): void {
    this.#type = type;
    this.typed = true;
  }

  /** Whether samples with this suffix are parts of the family's points. */
  owns(suffix: string): boolean {
    return this.#type === 'histogram' || (this.#type === 'summary' && suffix !== '_bucket');
  }

  /** Adds a sample whose name is the family's with `suffix`. */
  add(suffix: string, sample: TextSample, cursor: Cursor): void {
    const special = this.#partLabel(suffix);
    const part = special === undefined ? undefined : sample.labels.find(([name]) => name === special);
    if (special !== undefined && part === undefined) cursor.fail(`the label ${quote(special)} is missing`, 0);
    const series = this.#seriesOf(sample.labels.filter((label) => label !== part));
    series.timestamp ??= sample.timestamp;
    if (part === undefined) put(series.values, suffix, sample.value, cursor);
    else put(series.parts, partNumber(part, cursor), sample.value, cursor);
  }

  finish(): MetricFamily {
    const { name, help } = this;
    const series = [...this.#series.values()].map((one) => ({
      labels: one.labels,
      point: this.#pointOf(one),
      ...(one.timestamp === undefined ? {} : { timestamp: one.timestamp }),
    }));
    const head = { type: this.#type === 'untyped' ? 'unknown' : this.#type, help, unit: '', series };
    if (this.#type !== 'counter') return { name, ...head } as MetricFamily;
    const isTotal = name.endsWith('_total') && name.length > '_total'.length;
    const named = isTotal ? { name: name.slice(0, -'_total'.length) } : { name, sampleName: name };
    return { ...named, ...head } as MetricFamily;
  }

  #partLabel(suffix: string): string | undefined {
    if (this.#type === 'histogram' && suffix === '_bucket') return 'le';
    return this.#type === 'summary' && suffix === '' ? 'quantile' : undefined;
  }

  #seriesOf(labels: readonly Label[]): TextSeries {
    const key = JSON.stringify([...labels].sort(([a], [b]) => (a < b ? -1 : 1)));
    const known = this.#series.get(key);
    if (known !== undefined) return known;
    const series: TextSeries = { labels, timestamp: undefined, values: new Map(), parts: new Map() };
    this.#series.set(key, series);
    return series;
  }

  #pointOf({ values, parts }: TextSeries): object {
    const count = values.get('_count');
    const sum = values.get('_sum');
    const shared = sum === undefined ? {} : { sum };
    const sorted = [...parts].sort(([a], [b]) => a - b);
    if (this.#type === 'summary') {
      const quantiles = sorted.map(([quantile, value]) => ({ quantile, value }));
      return { quantiles, ...shared, ...(count === undefined ? {} : { count }) };
    }
    if (this.#type !== 'histogram') return { value: values.get('') ?? Number.NaN };
    const finite = sorted.filter(([bound]) => bound !== Infinity);
    const cumulated = [...finite.map(([, value]) => value), parts.get(Infinity) ?? count ?? finite.at(-1)?.[1] ?? 0];
    const counts = cumulated.map((value, index) => value - (cumulated[index - 1] ?? 0));
    return { bounds: finite.map(([bound]) => bound), counts, ...shared };
  }
}

function put<Key>(map: Map<Key, number>, key: Key, value: number, cursor: Cursor): void {
  if (map.has(key)) cursor.fail('this series was exposed before', 0);
  map.set(key, value);
}

function partNumber([name, text]: Label, cursor: Cursor): number {
  const value = /^\+?inf(?:inity)?$/i.test(text) ? Infinity : text.trim() === '' ? Number.NaN : Number(text);
  if (Number.isNaN(value)) cursor.fail(`the label ${name} is a number, not ${quote(text)}`, 0);
  return value;
}
