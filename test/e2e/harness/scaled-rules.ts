import { readFileSync, writeFileSync } from 'node:fs';
import { parse, stringify } from 'yaml';

const units: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
};

/** A Prometheus duration in milliseconds, for instance `1h30m`. */
export function durationMs(text: string): number {
  return [...text.matchAll(/(\d+)(ms|[smhdw])/g)].reduce(
    (sum, [, count, unit]) => sum + Number(count) * units[unit!]!,
    0,
  );
}

interface RuleFile {
  readonly groups: readonly {
    readonly interval?: string;
    readonly rules: readonly { readonly for?: string; readonly keep_firing_for?: string; readonly expr: string }[];
  }[];
}

/**
 * Writes a copy of a rule file in which every `for`, interval and range is divided by `factor`, so that a test sees an
 * alert fire in seconds. Ranges do not go below `leastRangeMs`, or a rate would have no two samples.
 */
export function scaleRules(
  from: string,
  to: string,
  { factor, leastRangeMs = 3000 }: { readonly factor: number; readonly leastRangeMs?: number },
): void {
  const scaled = (text: string, least: number) => `${Math.max(least, Math.round(durationMs(text) / factor))}ms`;
  const { groups } = parse(readFileSync(from, 'utf8')) as RuleFile;
  const result = groups.map((group) => ({
    ...group,
    ...(group.interval ? { interval: scaled(group.interval, 500) } : {}),
    rules: group.rules.map((rule) => ({
      ...rule,
      ...(rule.for ? { for: scaled(rule.for, 0) } : {}),
      ...(rule.keep_firing_for ? { keep_firing_for: scaled(rule.keep_firing_for, 0) } : {}),
      expr: rule.expr.replace(
        /\[((?:\d+(?:ms|[smhdw]))+)(:?)/g,
        (_, range: string, colon: string) => `[${scaled(range, leastRangeMs)}${colon}`,
      ),
    })),
  }));
  writeFileSync(to, stringify({ groups: result }));
}
