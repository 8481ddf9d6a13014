import { type Label, parseOpenMetrics } from '@alex/openmetrics';

type Labels = Readonly<Record<string, string>>;
interface Sample {
  readonly name: string;
  readonly labels: readonly Label[];
  readonly value: number;
}

/** The sum of a sample's series that have all these labels; `undefined` when none has. Throws for text that is no OpenMetrics. */
export function sampleValue(text: string, name: string, labels: Labels): number | undefined {
  let sum: number | undefined;
  for (const sample of samplesOf(text)) {
    if (sample.name !== name || !matches(sample.labels, labels)) continue;
    sum = (sum ?? 0) + sample.value;
  }
  return sum;
}

function matches(labels: readonly Label[], wanted: Labels): boolean {
  return Object.entries(wanted).every(([name, value]) => labels.some((one) => one[0] === name && one[1] === value));
}

function* samplesOf(text: string): Generator<Sample> {
  for (const family of parseOpenMetrics(text).families) {
    const { name } = family;
    if (family.type === 'counter') {
      for (const { labels, point } of family.series) yield { name: `${name}_total`, labels, value: point.value };
    } else if (family.type === 'gauge') {
      for (const { labels, point } of family.series) yield { name, labels, value: point.value };
    } else if (family.type === 'histogram') {
      for (const { labels, point } of family.series) {
        const count = Array.from(point.counts).reduce((sum, one) => sum + one, 0);
        yield { name: `${name}_count`, labels, value: count };
        yield { name: `${name}_sum`, labels, value: point.sum ?? 0 };
      }
    }
  }
}
