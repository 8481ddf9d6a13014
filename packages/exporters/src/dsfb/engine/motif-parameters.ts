import { type Motif, motifs } from '../motif.ts';

/** What makes a motif: the grammar of its envelope. */
export interface MotifParameters {
  /** Memory of the smoothed innovation, from 0 to below 1. */
  readonly rho: number;
  /** Floor of the noise in the trust weights, above 0. */
  readonly sigma0: number;
  /** A smoothed innovation from here on is drift. */
  readonly driftThreshold: number;
  /** An absolute residual from here on is slew. */
  readonly slewThreshold: number;
  /** Seconds that a recovery must last. */
  readonly minDwellSeconds: number;
}

export type AllMotifParameters = Readonly<Record<Motif, MotifParameters>>;

/** The defaults of DSFB-Database 0.1.1, from its code and its YAML. */
export const defaultMotifParameters: AllMotifParameters = {
  plan_regression_onset: { rho: 0.9, sigma0: 0.05, driftThreshold: 0.2, slewThreshold: 0.5, minDwellSeconds: 5 },
  cardinality_mismatch_regime: { rho: 0.9, sigma0: 0.05, driftThreshold: 0.5, slewThreshold: 1, minDwellSeconds: 2 },
  contention_ramp: { rho: 0.85, sigma0: 0.01, driftThreshold: 0.05, slewThreshold: 0.5, minDwellSeconds: 1 },
  cache_collapse: { rho: 0.9, sigma0: 0.02, driftThreshold: 0.1, slewThreshold: 0.3, minDwellSeconds: 5 },
  workload_phase_transition: { rho: 0.9, sigma0: 0.02, driftThreshold: 0.15, slewThreshold: 0.35, minDwellSeconds: 30 },
};

const fileKeys: Readonly<Record<keyof MotifParameters, string>> = {
  rho: 'rho',
  sigma0: 'sigma0',
  driftThreshold: 'drift_threshold',
  slewThreshold: 'slew_threshold',
  minDwellSeconds: 'min_dwell_seconds',
};

/**
 * Parameters from a document of five motif keys with five keys each, as DSFB-Database has it in YAML; all are required.
 * Throws RangeError that names the motif, the key and what is allowed.
 */
export function parseMotifParameters(document: unknown): AllMotifParameters {
  const found = mapOf(document, 'the motif parameters');
  const unknown = Object.keys(found).find((key) => !motifs.includes(key as Motif));
  if (unknown !== undefined) throw new RangeError(`${unknown} is no motif; there are ${motifs.join(', ')}`);
  return Object.fromEntries(
    motifs.map((motif) => [motif, parseOne(motif, found[motif])]),
  ) as unknown as AllMotifParameters;
}

/** Checks parameters that come from code; throws RangeError as `parseMotifParameters` does. */
export function checkMotifParameters(motif: Motif, parameters: MotifParameters): void {
  const { rho, sigma0, driftThreshold, slewThreshold, minDwellSeconds } = parameters;
  const rules: readonly [string, number, boolean, string][] = [
    [fileKeys.rho, rho, rho >= 0 && rho < 1, 'from 0 to below 1'],
    [fileKeys.sigma0, sigma0, sigma0 > 0, 'above 0'],
    [fileKeys.driftThreshold, driftThreshold, driftThreshold > 0, 'above 0'],
    [fileKeys.slewThreshold, slewThreshold, slewThreshold > 0, 'above 0'],
    [fileKeys.minDwellSeconds, minDwellSeconds, minDwellSeconds >= 0, 'at least 0'],
  ];
  for (const [key, value, isAllowed, allowed] of rules) {
    if (typeof value !== 'number' || !Number.isFinite(value) || !isAllowed) {
      throw new RangeError(`${motif}.${key} must be a number ${allowed}, but is ${JSON.stringify(value)}`);
    }
  }
}

function parseOne(motif: Motif, document: unknown): MotifParameters {
  const found = mapOf(document, motif);
  const known = Object.values(fileKeys);
  const unknown = Object.keys(found).find((key) => !known.includes(key));
  if (unknown !== undefined) throw new RangeError(`${motif}.${unknown} is unknown; there are ${known.join(', ')}`);
  const parameters = Object.fromEntries(
    Object.entries(fileKeys).map(([name, key]) => [name, found[key]]),
  ) as unknown as MotifParameters;
  checkMotifParameters(motif, parameters);
  return parameters;
}

function mapOf(found: unknown, place: string): Readonly<Record<string, unknown>> {
  if (typeof found === 'object' && found !== null && !Array.isArray(found)) return found as Record<string, unknown>;
  throw new RangeError(`${place} must be a map, but is ${JSON.stringify(found) ?? 'missing'}`);
}
