import type { Finding } from './lint.ts';
import { parsePromql } from './promql.ts';
import type { Rule, System } from './system.ts';

const severities = ['critical', 'warning', 'info'];

/** What mixtool checks of rules, and the mistakes that make an alert useless. */
export function lintRuleGroups({ rules }: System): Finding[] {
  return rules.flatMap(({ name, rules: members }) => {
    const names = members.map((rule) => ('alert' in rule ? rule.alert : rule.record));
    const twice = names.filter((one, index) => names.indexOf(one) !== index);
    return [
      ...twice.map((one) => ({ where: name, rule: 'unique-rules', message: `${one} stands there twice` })),
      ...members.flatMap((rule) => {
        const where = 'alert' in rule ? rule.alert : rule.record;
        return lintRule(rule).map(({ rule: broken, message }) => ({ where, rule: broken, message }));
      }),
    ];
  });
}

type Remark = Omit<Finding, 'where'>;

function lintRule(rule: Rule): Remark[] {
  let parsed: ReturnType<typeof parsePromql>;
  try {
    parsed = parsePromql(rule.expr);
  } catch (error) {
    return [{ rule: 'promql', message: (error as Error).message }];
  }
  const selectsLe = parsed.selectors.some(({ matchers }) => matchers.some(({ label }) => label === 'le'));
  const found: [boolean, string, string][] = [
    [/\$__/.test(rule.expr), 'no-variables', 'a variable of Grafana means nothing to Prometheus'],
    [selectsLe, 'no-le', 'selects an le value, whose text differs between scrape and push'],
    [parsed.quantilesWithoutLe.length > 0, 'quantile-le', 'a quantile that does not keep le'],
    [parsed.unguardedDivisors.length > 0, 'ratio-guard', `divides by ${parsed.unguardedDivisors[0]}, which can be 0`],
  ];
  const more = 'alert' in rule ? lintAlert(rule) : lintRecording(rule);
  return [...found, ...more].filter(([bad]) => bad).map(([, broken, message]) => ({ rule: broken, message }));
}

function lintRecording({ record, annotations }: Rule & { readonly record: string }): [boolean, string, string][] {
  return [
    [!/^[a-z0-9_]+:[a-z0-9_]+:[a-z0-9_]+$/.test(record), 'record-name', 'is not named level:metric:operation'],
    [annotations !== undefined, 'record-annotations', 'a recorded series has no annotations'],
  ];
}

function lintAlert(rule: Rule & { readonly alert: string }): [boolean, string, string][] {
  const { summary, description, runbook_url: runbook } = rule.annotations ?? {};
  return [
    [!/^[A-Z][A-Za-z0-9]+$/.test(rule.alert), 'alert-name', 'is not in PascalCase'],
    [
      !severities.includes(rule.labels?.['severity'] ?? ''),
      'alert-severity',
      `severity is not ${severities.join(', ')}`,
    ],
    [rule.for === undefined, 'alert-for', 'does not say how long it must hold'],
    [!summary || !description, 'alert-text', 'has no summary or no description'],
    [!runbook?.endsWith(`#${rule.alert.toLowerCase()}`), 'alert-runbook', 'has no runbook section of its name'],
  ];
}
