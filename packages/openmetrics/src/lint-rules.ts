/** The rules by the names that `lintExempt` of a catalogue uses; their texts say what each demands. */
export const lintRules = {
  help: 'A family has a help text.',
  'valid-name': 'Names consist of letters, digits and underscores.',
  'snake-case': 'Names are in snake_case, neither camelCase nor with capitals.',
  'reserved-suffix': 'A family does not end in a suffix that OpenMetrics adds itself, nor a gauge in one of a counter.',
  'counter-suffix': 'The samples of a counter end in _total; OpenMetrics cannot expose others as counters.',
  'base-unit': 'Values are in base units: seconds, bytes, ratio, not milliseconds, megabytes, percent.',
  'abbreviated-unit': 'Units are written out: seconds, not s.',
  'unit-suffix': 'The name ends in the declared unit; info metrics and state sets have none.',
  'type-in-name': 'The name does not contain the type of the metric.',
  'reserved-label': 'Labels do not start with two underscores and are not le or quantile.',
  'label-in-name': 'The name does not repeat a label name as "by_label".',
} as const;

export type LintRule = keyof typeof lintRules;

/** A convention that a family breaks. */
export interface Finding {
  readonly rule: LintRule;
  /** The family's name on the wire, without `_total` and the like. */
  readonly family: string;
  readonly message: string;
}
