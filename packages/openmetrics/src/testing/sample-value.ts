import type { Label, MetricFamily, Series, Snapshot } from '../model.ts';

/** A snapshot, or what makes one. */
export type Exposed = Snapshot | { snapshot(): Snapshot };

/** The snapshot of a registry, or the one that is given. */
export function snapshotOf(exposed: Exposed): Snapshot {
  return 'snapshot' in exposed ? exposed.snapshot() : exposed;
}

/** One line of an exposition. */
export interface FlatSample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/**
 * The value of one sample by its name on the wire (`requests_total`, `latency_seconds_count`) and exactly these
 * labels, in any order; buckets and quantiles by `le` and `quantile` as numbers read (`'0.5'`, `'+Inf'`).
 * `undefined` when there is no such series.
 */
export function sampleValue(
  exposed: Exposed,
  name: string,
  labels: Readonly<Record<string, string>> = {},
): number | undefined {
  const wanted = labelKey(Object.entries(labels));
  return samplesOf(exposed).find((sample) => sample.name === name && labelKey(Object.entries(sample.labels)) === wanted)
    ?.value;
}

/** All samples as OpenMetrics exposes them, without `_created`, in their order. */
export function samplesOf(exposed: Exposed): readonly FlatSample[] {
  const samples: FlatSample[] = [];
  for (const family of snapshotOf(exposed).families) {
    for (const series of family.series) {
      for (const [suffix, value, extra = []] of partsOf(family, series)) {
        const name = family.type === 'counter' ? (family.sampleName ?? `${family.name}_total`) : family.name + suffix;
        samples.push({ name, labels: Object.fromEntries([...series.labels, ...extra]), value });
      }
    }
  }
  return samples;
}

type Part = readonly [suffix: string, value: number, labels?: readonly Label[]];

function partsOf(family: MetricFamily, { point }: Series<object>): readonly Part[] {
  if ('counts' in point) return histogramParts(family, point as never);
  if ('quantiles' in point) return summaryParts(point as never);
  if ('info' in point) return [['_info', 1, point.info as readonly Label[]]];
  if ('states' in point) {
    const states = point.states as readonly { readonly name: string; readonly enabled: boolean }[];
    return states.map(({ name, enabled }): Part => ['', enabled ? 1 : 0, [[family.name, name]]]);
  }
  return [['', (point as { readonly value: number }).value]];
}

interface Distribution {
  readonly bounds: readonly number[];
  readonly counts: ArrayLike<number>;
  readonly sum?: number;
}

function histogramParts({ type }: MetricFamily, { bounds, counts, sum }: Distribution): readonly Part[] {
  const prefix = type === 'gaugehistogram' ? '_g' : '_';
  let cumulated = 0;
  const parts: Part[] = [...bounds, Infinity].map((bound, index) => {
    cumulated += counts[index] ?? 0;
    return ['_bucket', cumulated, [['le', bound === Infinity ? '+Inf' : String(bound)]]];
  });
  parts.push([`${prefix}count`, cumulated]);
  if (sum !== undefined) parts.push([`${prefix}sum`, sum]);
  return parts;
}

interface Quantiles {
  readonly quantiles: readonly { readonly quantile: number; readonly value: number }[];
  readonly count?: number;
  readonly sum?: number;
}

function summaryParts({ quantiles, count, sum }: Quantiles): readonly Part[] {
  const parts: Part[] = quantiles.map(({ quantile, value }) => ['', value, [['quantile', String(quantile)]]]);
  if (count !== undefined) parts.push(['_count', count]);
  if (sum !== undefined) parts.push(['_sum', sum]);
  return parts;
}

function labelKey(labels: readonly (readonly [string, string])[]): string {
  return JSON.stringify([...labels].sort(([a], [b]) => (a < b ? -1 : 1)));
}
