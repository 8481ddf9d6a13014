import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { classic } from './classic.ts';
import { systems } from './index.ts';
import { lintSystems, staleExemptions } from './lint.ts';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const alertsOf = ({ rules }: (typeof systems)[number]) =>
  rules.flatMap((group) => group.rules.flatMap((rule) => ('alert' in rule ? [rule] : [])));

interface RuleTests {
  readonly rule_files: readonly string[];
  readonly tests: readonly {
    readonly alert_rule_test?: readonly { readonly alertname: string; readonly exp_alerts?: readonly unknown[] }[];
  }[];
}

describe('the dashboards and rules of all systems', () => {
  it('pass the lint', () => {
    expect(lintSystems(systems)).toEqual([]);
  });

  it('have no exemption that exempts nothing', () => {
    expect(staleExemptions(systems)).toEqual([]);
  });

  it('have uids, files, rule groups and alerts of their own', () => {
    const names = [
      systems.flatMap(({ dashboards }) => dashboards.map((one) => classic(one).uid)),
      systems.flatMap(({ dashboards }) => dashboards.map(({ file }) => file)),
      systems.flatMap(({ rules }) => rules.map(({ name }) => name)),
      systems.flatMap(alertsOf).map(({ alert }) => alert),
    ];
    expect(names.map((list) => list.filter((one, index) => list.indexOf(one) !== index))).toEqual([[], [], [], []]);
  });
});

describe.each(systems.map((system) => [system.name, system] as const))('the alerts of %s', (name, system) => {
  const alerts = alertsOf(system);

  it('have a section in the runbook that they name', () => {
    const missing = alerts.filter(({ alert, annotations }) => {
      const [page] = annotations!['runbook_url']!.split('#');
      return !new RegExp(`^### ${alert}$`, 'm').test(readFileSync(`${root}${page}`, 'utf8'));
    });
    expect(missing.map(({ alert }) => alert)).toEqual([]);
  });

  it('are seen by a promtool test to fire and to stay silent', () => {
    const folder = `${root}packages/mixin/tests/`;
    const files = readdirSync(folder).filter((file) => file === `${name}.test.yml`);
    const cases = files
      .flatMap((file) => (parse(readFileSync(folder + file, 'utf8')) as RuleTests).tests)
      .flatMap(({ alert_rule_test = [] }) => alert_rule_test);
    const seen = (alert: string, fires: boolean) =>
      cases.some(({ alertname, exp_alerts = [] }) => alertname === alert && exp_alerts.length > 0 === fires);
    expect(alerts.map(({ alert }) => alert).filter((alert) => !seen(alert, true) || !seen(alert, false))).toEqual([]);
  });
});
