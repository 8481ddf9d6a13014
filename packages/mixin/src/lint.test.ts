import { describe, expect, it } from 'vitest';
import { goodQuery, goodRules, panel, system } from './fixture.ts';
import { lintSystems, staleExemptions } from './lint.ts';
import type { Panel, Query } from './panel.ts';
import { alert, group } from './rules.ts';

const broken = (query: Query, parts: Partial<Panel> = {}): string[] =>
  lintSystems([system([panel(query, parts)])]).map(({ rule }) => rule);

describe('the lint of dashboards', () => {
  it('finds nothing wrong with a good panel', () => {
    expect(broken(goodQuery)).toEqual([]);
  });

  it.each<[string, Query]>([
    ['target-promql', { ...goodQuery, expr: 'sum by (route (demo_requests_total)' }],
    ['target-job', { ...goodQuery, expr: 'sum by (route) (rate(demo_requests_total[$__rate_interval]))' }],
    ['target-rate-interval', { ...goodQuery, expr: 'sum by (route) (rate(demo_requests_total{job=~"$job"}[5m]))' }],
    ['target-counter-rate', { ...goodQuery, expr: 'sum by (route) (demo_requests_total{job=~"$job"})' }],
    ['target-aggregation', { ...goodQuery, expr: 'rate(demo_requests_total{job=~"$job"}[$__rate_interval])' }],
    ['target-legend', { expr: goodQuery.expr }],
    [
      'target-exemplars',
      {
        expr: 'histogram_quantile(0.5, sum by (le) (rate(demo_duration_seconds_bucket{job=~"$job"}[$__rate_interval])))',
        legend: 'p50',
        exemplar: false,
      },
    ],
    [
      'quantile-le',
      {
        expr: 'histogram_quantile(0.5, sum by (route) (rate(demo_duration_seconds_bucket{job=~"$job"}[$__rate_interval])))',
        legend: 'p50',
      },
    ],
    [
      'ratio-guard',
      {
        expr: 'sum(rate(demo_requests_total{job=~"$job",route="a"}[$__rate_interval])) / sum(rate(demo_requests_total{job=~"$job"}[$__rate_interval]))',
        legend: 'a',
      },
    ],
  ])('says %s', (rule, query) => {
    expect(broken(query)).toEqual([rule]);
  });

  it('misses the description, the unit, and a second panel of the same title', () => {
    expect(broken(goodQuery, { description: '', unit: '' })).toEqual(['panel-title-description', 'panel-units']);
    expect(lintSystems([system([panel(goodQuery), panel(goodQuery)])]).map(({ rule }) => rule)).toEqual([
      'unique-titles',
    ]);
  });

  it('takes a gauge for a gauge, whatever its name ends in', () => {
    expect(broken({ expr: 'sum(demo_queue_total{job=~"$job"})', legend: 'queue' })).toEqual([]);
  });
});

describe('the lint of rules', () => {
  it('finds nothing wrong with good rules', () => {
    expect(lintSystems([system([], { rules: [goodRules] })])).toEqual([]);
  });

  it('says what is wrong with an alert and a recording rule', () => {
    const bad = alert({
      name: 'demo_slow',
      expr: 'sum(rate(demo_duration_seconds_bucket{le="5"}[$__rate_interval])) / sum(rate(demo_duration_seconds_count[5m]))',
      for: '5m',
      severity: 'warning',
      summary: '',
      description: 'x',
      runbook: 'demo',
    });
    const recorded = { record: 'demo', expr: 'sum(demo_queue_total)' };
    expect(
      lintSystems([system([], { rules: [group('demo', [bad, recorded, recorded])] })]).map(({ rule }) => rule),
    ).toEqual([
      'unique-rules',
      'no-variables',
      'no-le',
      'ratio-guard',
      'alert-name',
      'alert-text',
      'record-name',
      'record-name',
    ]);
  });
});

describe('an exemption', () => {
  const exempt = { 'demo-overview / Requests / A: target-legend': 'one series whose name says it all' };

  it('silences one finding', () => {
    expect(lintSystems([system([panel({ expr: goodQuery.expr })], { exempt })])).toEqual([]);
  });

  it('that silences nothing is reported', () => {
    expect(staleExemptions([system([panel(goodQuery)], { exempt })])).toEqual(Object.keys(exempt));
  });
});
