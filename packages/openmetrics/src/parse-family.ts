import type { Label, MetricFamily, MetricType, Series } from './model.ts';
import { quote } from './parse-cursor.ts';
import type { Point, PointBuilder } from './parse-point.ts';
import { pointBuilders } from './parse-point.ts';
import type { Sample } from './parse-sample.ts';
import { sampleSuffixes } from './parse-types.ts';

const pointLabels: Partial<Record<MetricType, string>> = { histogram: 'le', gaugehistogram: 'le', summary: 'quantile' };

/** A metric of a family while its samples come in. */
interface Group {
  readonly key: string;
  readonly labels: readonly Label[];
  timestamp: number | undefined;
  builder: PointBuilder;
}

/** Collects the metadata and samples of one family and checks that its samples form complete points, one after another. */
export class FamilyBuilder {
  readonly name: string;
  type: MetricType | undefined;
  help: string | undefined;
  unit: string | undefined;
  hasSamples = false;
  readonly #series: Series<Point>[] = [];
  readonly #finished = new Set<string>();
  #group: Group | undefined;

  constructor(name: string) {
    this.name = name;
  }

  /** Whether a sample of this name belongs here. */
  owns(sampleName: string): boolean {
    return sampleName.startsWith(this.name) && this.suffixes.includes(sampleName.slice(this.name.length));
  }

  get suffixes(): readonly string[] {
    return sampleSuffixes[this.type ?? 'unknown'];
  }

  add(sample: Sample): void {
    this.hasSamples = true;
    const { own, point } = this.#split(sample);
    const key = keyOf(own);
    let group = this.#group;
    if (group?.key !== key) {
      this.#closeGroup();
      if (this.#finished.has(key)) {
        sample.cursor.fail('this series was exposed before: duplicate, or its samples are not in one group', 0);
      }
      group = this.#open(key, own, sample);
    } else if (group.timestamp !== sample.timestamp) {
      this.#checkTimestamps(group.timestamp, sample);
      this.#closePoint(group);
      group = this.#open(key, own, sample);
    }
    const suffix = sample.name.slice(this.name.length);
    group.builder.add(suffix, point, sample);
  }

  finish(): MetricFamily {
    this.#closeGroup();
    const { name, type = 'unknown', help = '', unit = '' } = this;
    // The builders of a type make points of that type only.
    return { name, type, help, unit, series: this.#series } as MetricFamily;
  }

  #open(key: string, labels: readonly Label[], sample: Sample): Group {
    const builder = pointBuilders[this.type ?? 'unknown']();
    this.#group = { key, labels, timestamp: sample.timestamp, builder };
    return this.#group;
  }

  #checkTimestamps(before: number | undefined, sample: Sample): void {
    if (before === undefined || sample.timestamp === undefined) {
      sample.cursor.fail('either all samples of a series have a timestamp or none has');
    }
    if (sample.timestamp < before) sample.cursor.fail('the timestamps of a series do not go back');
  }

  #closePoint(group: Group): void {
    const { timestamp } = group;
    const labels = this.type === 'info' ? [] : group.labels;
    const point = group.builder.finish();
    this.#series.push(timestamp === undefined ? { labels, point } : { labels, point, timestamp });
  }

  #closeGroup(): void {
    if (this.#group === undefined) return;
    this.#closePoint(this.#group);
    this.#finished.add(this.#group.key);
    this.#group = undefined;
  }

  /** Separates the label that tells the points of one metric apart (`le`, `quantile`, the state) from the metric's own. */
  #split(sample: Sample): { own: readonly Label[]; point: Label | undefined } {
    const special = this.type === 'stateset' ? this.name : pointLabels[this.type ?? 'unknown'];
    if (special === undefined) return { own: sample.labels, point: undefined };
    const point = sample.labels.find(([name]) => name === special);
    const suffix = sample.name.slice(this.name.length);
    const expected = suffix === '' || suffix === '_bucket';
    if (expected && point === undefined) sample.cursor.fail(`the label ${quote(special)} is missing`, 0);
    if (!expected && point !== undefined) {
      sample.cursor.fail(`the label ${quote(special)} does not belong on ${quote(sample.name)}`, 0);
    }
    return { own: sample.labels.filter((label) => label !== point), point };
  }
}

/** A text that is equal for equal label sets, in whatever order; an empty value is as good as no label. */
function keyOf(labels: readonly Label[]): string {
  const present = labels.filter(([, value]) => value !== '');
  if (present.length > 1) present.sort(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify(present);
}
