import { expect, test } from 'vitest';
import { Registry } from './registry.ts';
import { renderPrometheusText } from './render.ts';

function start(options: ConstructorParameters<typeof Registry>[0] = {}) {
  const registry = new Registry(options);
  const executions = registry.counter({
    name: 'executions',
    help: '',
    labelNames: ['tool', 'status'],
    labelLimits: { tool: 3 },
  });
  const duration = registry.histogram({ name: 'duration', help: '', labelNames: ['tool'], buckets: [1] });
  const joint = registry.joint({
    labelNames: ['tool', 'status'],
    families: {
      executions: { family: executions, labels: ['tool', 'status'] },
      duration: { family: duration, labels: ['tool'] },
    },
  });
  return { registry, executions, duration, joint };
}

test('one look-up gives the cells of all families, and the same ones again', () => {
  const { executions, duration, joint } = start();
  const cells = joint.labels('grep', 'success');
  expect(cells.executions).toBe(executions.labels('grep', 'success'));
  expect(cells.duration).toBe(duration.labels('grep'));
  expect(joint.labels('grep', 'success')).toBe(cells);
  expect(joint.labels('grep', 'error').duration).toBe(cells.duration);
});

test('after a removal it makes new cells, so that nothing is lost', () => {
  const { registry, executions, joint } = start();
  joint.labels('grep', 'success').executions.add(5);
  executions.remove('grep', 'success');
  joint.labels('grep', 'success').executions.add(1);
  expect(renderPrometheusText(registry.collect())).toContain('executions_total{tool="grep",status="success"} 1\n');
});

test('folds what a label limit folds', () => {
  const { registry, joint } = start();
  for (const tool of ['a', 'b', 'c', 'd', 'e', 'e']) {
    joint.labels(tool, 'success').executions.add();
  }
  expect(renderPrometheusText(registry.collect())).toContain('executions_total{tool="other",status="success"} 3\n');
});

test('takes values that are no strings without harm', () => {
  const { registry, joint } = start();
  const loose = joint as unknown as { labels(...values: unknown[]): ReturnType<typeof joint.labels> };
  loose.labels(7, {}).executions.add();
  expect(loose.labels(7, 'x')).toBe(loose.labels(7, 'x'));
  expect(renderPrometheusText(registry.collect())).toContain('executions_total{tool="7",status="unknown"} 1\n');
});

test('a label that a family lacks, or that the joint lacks, is an error', () => {
  const { registry, executions } = start();
  const declare = (labels: readonly string[]) =>
    registry.joint({
      labelNames: ['tool', 'status'],
      families: { executions: { family: executions, labels: labels as ['tool'] } },
    });
  expect(() => declare(['tool'])).toThrow(/"executions" has the labels \[tool, status\], given \[tool\]/);
  expect(() => declare(['tool', 'region'])).toThrow(/joint/);
});
