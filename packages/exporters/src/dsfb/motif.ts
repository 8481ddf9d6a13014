/** The five classes of structural episodes, in the order of every output. */
export type Motif =
  | 'plan_regression_onset'
  | 'cardinality_mismatch_regime'
  | 'contention_ramp'
  | 'cache_collapse'
  | 'workload_phase_transition';

export const motifs: readonly Motif[] = [
  'plan_regression_onset',
  'cardinality_mismatch_regime',
  'contention_ramp',
  'cache_collapse',
  'workload_phase_transition',
];

/** What a residual was made of; each class feeds the motif at the same position. */
export type ResidualClass = 'plan_regression' | 'cardinality' | 'contention' | 'cache_io' | 'workload_phase';

export const residualClasses: readonly ResidualClass[] = [
  'plan_regression',
  'cardinality',
  'contention',
  'cache_io',
  'workload_phase',
];

/** The motif that a class of residuals feeds. */
export function motifOf(residualClass: ResidualClass): Motif {
  return motifs[residualClasses.indexOf(residualClass)]!;
}

/** Whether a text names a class of residuals. */
export function isResidualClass(text: unknown): text is ResidualClass {
  return residualClasses.includes(text as ResidualClass);
}
