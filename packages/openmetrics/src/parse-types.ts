import type { MetricType } from './model.ts';

/** The suffixes of sample names by type, as OpenMetrics 1.0 reserves them; '' is the family's own name. */
export const sampleSuffixes: Readonly<Record<MetricType, readonly string[]>> = {
  counter: ['_total', '_created'],
  gauge: [''],
  unknown: [''],
  histogram: ['_bucket', '_count', '_sum', '_created'],
  gaugehistogram: ['_bucket', '_gcount', '_gsum'],
  summary: ['', '_count', '_sum', '_created'],
  info: ['_info'],
  stateset: [''],
};

const allSuffixes: readonly string[] = [...new Set(Object.values(sampleSuffixes).flat())].filter(
  (suffix) => suffix !== '',
);

/** Whether `text` is a word of `# TYPE`. */
export function isMetricType(text: string): text is MetricType {
  return Object.hasOwn(sampleSuffixes, text);
}

/** The suffix that makes `sampleName` out of `familyName` by some type, though perhaps not by the family's. */
export function reservedSuffix(familyName: string, sampleName: string): string | undefined {
  if (!sampleName.startsWith(familyName)) return undefined;
  const rest = sampleName.slice(familyName.length);
  return rest === '' ? rest : allSuffixes.find((suffix) => suffix === rest);
}

const powersOfTen: readonly string[] = [
  ...['1e-10', '1e-09', '1e-08', '1e-07', '1e-06', '1e-05', '0.0001'],
  ...['100.0', '1000.0', '10000.0', '100000.0', '1e+06', '1e+07', '1e+08', '1e+09', '1e+10', '+Inf'],
];
const canonicalByValue: ReadonlyMap<number, string> = new Map(
  powersOfTen.map((text) => [text === '+Inf' ? Infinity : Number(text), text]),
);

/**
 * How `value` is written in `le` and `quantile` where OpenMetrics 1.0 ("Canonical Numbers") names a spelling: 0 to 10
 * by thousandths, powers of ten up to 1e+10, +Inf. Any spelling of another number is valid.
 */
export function canonicalNumber(value: number): string | undefined {
  const listed = canonicalByValue.get(value);
  if (listed !== undefined) return listed;
  if (!(value >= 0 && value <= 10) || Math.round(value * 1000) / 1000 !== value) return undefined;
  const text = String(value);
  return text.includes('.') ? text : `${text}.0`;
}
