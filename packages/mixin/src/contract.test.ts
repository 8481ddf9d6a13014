import { describe, expect, it } from 'vitest';
import { contractViolations, unreadFamilies } from './contract.ts';
import { goodQuery, goodRules, panel, system } from './fixture.ts';
import { systems } from './index.ts';

const violations = (expr: string, legend = 'x') => contractViolations([system([panel({ expr, legend })])]);

describe('the contract', () => {
  it('holds where every name and label is declared', () => {
    expect(contractViolations([system([panel(goodQuery)], { rules: [goodRules] })])).toEqual([]);
  });

  it.each([
    ['a metric that nothing emits', 'sum(demo_request_total)', 'nothing declares demo_request_total'],
    ['a histogram without its unit', 'sum(rate(demo_duration_bucket[1m]))', 'nothing declares demo_duration_bucket'],
    ['a label in a matcher', 'sum(rate(demo_requests_total{path="/"}[1m]))', 'demo_requests_total has no label path'],
    ['a label to group by', 'sum by (path) (demo_queue_total)', 'no metric in it has the label path'],
    ['a selector without a name', 'sum({job="demo"})', 'a selector without a metric name'],
  ])('names %s', (_, expr, message) => {
    expect(violations(expr)).toEqual([`demo-overview / Requests / A: ${message}`]);
  });

  it('knows the labels of recorded series', () => {
    const rules = [goodRules];
    const reading = (expr: string) => contractViolations([system([panel({ expr, legend: 'x' })], { rules })]);
    expect(reading('sum by (job) (job:demo_requests:rate5m)')).toEqual([]);
    expect(reading('sum by (route) (job:demo_requests:rate5m)')).toHaveLength(1);
  });

  it('checks the labels of a legend', () => {
    expect(violations('sum(demo_queue_total)', '{{route}}')).toHaveLength(1);
  });

  it('wants every family read or listed', () => {
    expect(unreadFamilies([system([panel(goodQuery)])])).toEqual(['demo: nothing reads duration']);
    expect(unreadFamilies([system([panel(goodQuery)], { unused: { duration: 'of no use', requests: 'x' } })])).toEqual([
      'demo: requests is listed as unused but is read or does not exist',
    ]);
  });
});

describe('the systems of the product', () => {
  it('read only what a catalogue declares', () => {
    expect(contractViolations(systems)).toEqual([]);
  });

  it('read every family of their catalogues, or list why not', () => {
    expect(unreadFamilies(systems)).toEqual([]);
  });
});
