/** ½·log2(2πe): the differential entropy of a unit normal variable, in bits. */
const unitEntropy: number = 0.5 * Math.log2(2 * Math.PI * Math.E);

/**
 * Differential entropy of a normal variable in quanta of `resolution`, ½·log2(2πe·σ²/δ²) bits (Cover and Thomas, theorem
 * 8.4.1); 0 when the variance is not positive. Negative below a spread of about a quarter quantum.
 */
export function gaussianEntropy(variance: number, resolution: number = 1): number {
  return variance > 0 ? unitEntropy + 0.5 * Math.log2(variance) - Math.log2(resolution) : 0;
}

/** R = TC/ΣH, held to 0…1, no unit; NaN when ΣH is below `minSumEntropy` bits. */
export function resilienceIndex(totalCorrelation: number, sumEntropy: number, minSumEntropy: number = 0.1): number {
  if (!(sumEntropy >= minSumEntropy)) return Number.NaN;
  return Math.max(0, Math.min(1, totalCorrelation / sumEntropy));
}

/** 0 healthy, 1 warning, 2 critical; a bound belongs to the healthier side. */
export type Zone = 0 | 1 | 2;

/** The zone of a resilience index. */
export function resilienceZone(resilience: number, zones = { healthy: 0.5, critical: 0.2 }): Zone {
  if (resilience >= zones.healthy) return 0;
  return resilience >= zones.critical ? 1 : 2;
}
