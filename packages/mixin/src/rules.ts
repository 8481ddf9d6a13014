import type { Rule, RuleGroup } from './system.ts';

export interface RecordingDescription {
  /** `level:metric:operation`, for instance `job_model:alex_cost:increase1h`. */
  readonly record: string;
  readonly expr: string;
  readonly labels?: Readonly<Record<string, string>>;
}

export interface AlertDescription {
  /** PascalCase, beginning with the system's name; also its heading in the runbook. */
  readonly name: string;
  readonly expr: string;
  /** How long it must hold, for instance `5m`. */
  readonly for: string;
  readonly severity: 'critical' | 'warning' | 'info';
  /** One line, with `{{ $labels.x }}` where it helps. */
  readonly summary: string;
  /** What it means and the value that was seen. */
  readonly description: string;
  /** The page `docs/runbooks/<runbook>.md` that has a section named as the alert. */
  readonly runbook: string;
  readonly labels?: Readonly<Record<string, string>>;
}

/** A recording rule. */
export function recording({ record, expr, labels }: RecordingDescription): Rule {
  return { record, expr, ...(labels ? { labels } : {}) };
}

/** An alert with a severity, a summary, a description and the address of its runbook section. */
export function alert(description: AlertDescription): Rule {
  const { name, expr, severity, summary, runbook, labels } = description;
  return {
    alert: name,
    expr,
    for: description.for,
    labels: { severity, ...labels },
    annotations: {
      summary,
      description: description.description,
      runbook_url: `docs/runbooks/${runbook}.md#${name.toLowerCase()}`,
    },
  };
}

/** A group of rules, evaluated in order. */
export function group(name: string, rules: readonly Rule[], interval?: string): RuleGroup {
  return { name, ...(interval ? { interval } : {}), rules };
}
