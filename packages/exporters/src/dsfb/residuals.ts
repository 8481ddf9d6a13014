const smallestBaseline = 1e-9;

/** Relative change of a latency: (latency - baseline) / max(|baseline|, 1e-9). Any unit, the same for both. */
export function planRegressionResidual(latency: number, baseline: number): number {
  return (latency - baseline) / Math.max(Math.abs(baseline), smallestBaseline);
}

/** The impulse that a changed plan leaves on the channel `planChangeChannel(statement)`. */
export const planChangeImpulse = 1;

export function planChangeChannel(statement: string): string {
  return `${statement}#plan_change`;
}

/** Orders of magnitude between actual and estimated rows: log10(max(actual, 1) / max(estimated, 1)). */
export function cardinalityResidual(actualRows: number, estimatedRows: number): number {
  return Math.log10(Math.max(actualRows, 1) / Math.max(estimatedRows, 1));
}

/** The channel of the length of a wait chain, beside the waited seconds on the event's own channel. */
export function chainChannel(event: string): string {
  return `${event}#chain`;
}

/** How far a cache hit ratio has fallen: expected - observed, both from 0 to 1. */
export function cacheHitResidual(expectedRatio: number, observedRatio: number): number {
  return expectedRatio - observedRatio;
}

/** Relative change of an I/O time: time / baseline - 1; 0 without a positive baseline. */
export function ioTimeResidual(ioTime: number, baseline: number): number {
  return baseline > 0 ? ioTime / baseline - 1 : 0;
}

/** The channel of I/O times, beside the hit ratio on the object's own channel. */
export function ioChannel(object: string): string {
  return `${object}#io`;
}

/** Counts by key, for instance calls by statement. */
export type Histogram = ReadonlyMap<string, number>;

/** Jensen-Shannon divergence of two histograms, base 2, from 0 (alike) to 1 (disjoint); 0 when either one is empty. */
export function workloadPhaseResidual(observed: Histogram, expected: Histogram): number {
  const observedTotal = total(observed);
  const expectedTotal = total(expected);
  if (!(observedTotal > 0) || !(expectedTotal > 0)) return 0;
  let divergence = 0;
  for (const key of new Set([...observed.keys(), ...expected.keys()])) {
    const p = (observed.get(key) ?? 0) / observedTotal;
    const q = (expected.get(key) ?? 0) / expectedTotal;
    const mean = (p + q) / 2;
    divergence += (contribution(p, mean) + contribution(q, mean)) / 2;
  }
  return Math.min(1, Math.max(0, divergence));
}

function contribution(share: number, mean: number): number {
  return share > 0 ? share * Math.log2(share / mean) : 0;
}

function total(histogram: Histogram): number {
  let sum = 0;
  for (const count of histogram.values()) sum += count;
  return sum;
}
