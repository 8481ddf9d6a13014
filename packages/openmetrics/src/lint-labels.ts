import { isPlainName } from './lint-names.ts';
import type { Finding, LintRule } from './lint-rules.ts';
import type { MetricFamily } from './model.ts';

/** What is wrong with the label names of a family; each name is reported once, however many series have it. */
export function* labelFindings(family: MetricFamily): Generator<Finding> {
  const finding = (rule: LintRule, message: string): Finding => ({ rule, family: family.name, message });
  for (const label of labelNames(family)) {
    if (label.startsWith('__')) yield finding('reserved-label', `the label ${label} starts with two underscores`);
    if (label === 'le' || label === 'quantile') {
      yield finding('reserved-label', `the label ${label} is reserved for the parts of a histogram or summary`);
    }
    if (!isPlainName(label)) {
      yield finding('valid-name', `the label ${label} has characters other than letters, digits and underscores`);
    }
    if (/[A-Z]/.test(label))
      yield finding('snake-case', `the label ${label} has capitals; it is written in snake_case`);
    if (family.name.endsWith(`_by_${label}`) || family.name.includes(`_by_${label}_`)) {
      yield finding('label-in-name', `the name repeats the label ${label}`);
    }
  }
}

function labelNames(family: MetricFamily): ReadonlySet<string> {
  const names = new Set<string>();
  for (const { labels, point } of family.series) {
    for (const [name] of labels) names.add(name);
    if ('info' in point) for (const [name] of point.info) names.add(name);
  }
  return names;
}
