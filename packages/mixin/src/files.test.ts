import { expect, it } from 'vitest';
import { parse } from 'yaml';
import { deploymentFiles, systems } from './index.ts';

const system = {
  name: 'demo',
  catalogue: {},
  dashboards: [{ file: 'demo-overview', json: { title: 'Demo' } }],
  rules: [{ name: 'demo', rules: [{ alert: 'DemoDown', expr: 'up{job="demo"} == 0', for: '2m' }] }],
} as const;

it('a dashboard becomes a JSON file under grafana/dashboards', () => {
  const [dashboard] = deploymentFiles([system]);
  expect(dashboard).toEqual({
    path: 'deployments/observability/grafana/dashboards/demo-overview.json',
    content: '{\n  "title": "Demo"\n}\n',
  });
});

it('the rules of a system become one Prometheus rule file', () => {
  const [, rules] = deploymentFiles([system]);
  expect(rules?.path).toBe('deployments/observability/prometheus/rules/demo.yml');
  expect(parse(rules!.content)).toEqual({ groups: system.rules });
});

it('a system without rules writes no empty rule file', () => {
  expect(deploymentFiles([{ ...system, rules: [] }]).map(({ path }) => path)).toEqual([
    'deployments/observability/grafana/dashboards/demo-overview.json',
  ]);
});

it('every system has a name of its own', () => {
  expect(new Set(systems.map(({ name }) => name)).size).toBe(systems.length);
});
