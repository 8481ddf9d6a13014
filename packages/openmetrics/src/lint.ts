import { labelFindings } from './lint-labels.ts';
import { nameFindings } from './lint-names.ts';
import type { Finding } from './lint-rules.ts';
import type { MetricFamily, Snapshot } from './model.ts';

/** Reasons by rule by family name on the wire, as `lintExempt` gives them per declaration. */
export type LintExemptions = Readonly<Record<string, Readonly<Record<string, string>> | undefined>>;

/**
 * Checks names and labels against the conventions of Prometheus (promtool's metric linter) and OpenMetrics 1.0.
 * Findings come in the order of the families; what `exempt` names with a reason is left out. Never throws.
 */
export function lint(snapshot: Snapshot, options: { readonly exempt?: LintExemptions } = {}): readonly Finding[] {
  const findings: Finding[] = [];
  for (const family of snapshot.families) {
    const exempt = options.exempt?.[family.name] ?? {};
    for (const finding of familyFindings(family)) {
      if (!Object.hasOwn(exempt, finding.rule)) findings.push(finding);
    }
  }
  return findings;
}

function* familyFindings(family: MetricFamily): Generator<Finding> {
  if (family.help.trim() === '') yield { rule: 'help', family: family.name, message: 'the help text is missing' };
  yield* nameFindings(family);
  yield* labelFindings(family);
}
