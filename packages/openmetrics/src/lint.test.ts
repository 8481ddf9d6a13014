import { describe, expect, test } from 'vitest';
import { lint } from './lint.ts';
import { lintExemptions } from './lint-exemptions.ts';
import type { Label, MetricFamily } from './model.ts';
import { parseOpenMetrics } from './parse-openmetrics.ts';
import { Registry } from './registry.ts';

const family = (name: string, options: Partial<Omit<MetricFamily, 'series'>> & { labels?: readonly Label[] } = {}) => {
  const { labels = [], ...rest } = options;
  const series = [{ labels, point: { value: 1 } }];
  return { name, type: 'gauge', help: 'Helps.', unit: '', series, ...rest } as MetricFamily;
};
const rules = (...families: MetricFamily[]): string[] => lint({ families }).map(({ rule }) => rule);

describe('lint', () => {
  test.each([
    ['alex_llm_latency_seconds', { type: 'histogram', unit: 'seconds' }],
    ['alex_cost', { type: 'counter' }],
    ['process_resident_memory_bytes', {}],
    ['alex_obs_build_info', {}],
    ['queue_ratio', { unit: 'ratio' }],
    ['room_temperature_celsius', {}],
    ['bitter_lemons', {}],
    ['minimum_pool_size', {}],
  ] as const)('%s is fine', (name, options) => {
    expect(lint({ families: [family(name, options)] })).toEqual([]);
  });

  test.each([
    ['help', 'a_x', { help: ' ' }],
    ['valid-name', 'a.b', {}],
    ['valid-name', 'job:a:rate5', {}],
    ['snake-case', 'httpRequests', {}],
    ['reserved-suffix', 'sessions_total', {}],
    ['reserved-suffix', 'requests_total', { type: 'counter' }],
    ['reserved-suffix', 'requests_created', { type: 'counter' }],
    ['reserved-suffix', 'requests_count', {}],
    ['reserved-suffix', 'requests_sum', {}],
    ['reserved-suffix', 'requests_bucket', {}],
    ['reserved-suffix', 'build_info', { type: 'info' }],
    ['base-unit', 'latency_milliseconds', {}],
    ['base-unit', 'latency_minutes', {}],
    ['base-unit', 'size_megabytes', {}],
    ['base-unit', 'size_kibibytes', {}],
    ['base-unit', 'load_percent', {}],
    ['base-unit', 'sent_bits', {}],
    ['base-unit', 'length_inches', {}],
    ['abbreviated-unit', 'latency_ms', {}],
    ['abbreviated-unit', 'size_mb_used', {}],
    ['unit-suffix', 'latency', { unit: 'seconds' }],
    ['unit-suffix', 'switch_on', { unit: 'on', type: 'stateset' }],
    ['type-in-name', 'request_counter', {}],
    ['type-in-name', 'latency_histogram_seconds', {}],
    ['reserved-label', 'a_x', { labels: [['__x', '1']] }],
    ['reserved-label', 'a_x', { labels: [['le', '1']] }],
    ['reserved-label', 'a_x', { labels: [['quantile', '1']] }],
    ['snake-case', 'a_x', { labels: [['toolName', '1']] }],
    ['valid-name', 'a_x', { labels: [['tool.name', '1']] }],
    ['label-in-name', 'requests_by_method', { labels: [['method', 'GET']] }],
  ] as const)('%s: %s', (rule, name, options) => {
    expect(rules(family(name, options))).toEqual([rule]);
  });

  test('a finding names the family and says what to do', () => {
    expect(lint({ families: [family('latency_milliseconds')] })).toEqual([
      {
        rule: 'base-unit',
        family: 'latency_milliseconds',
        message: 'use the base unit seconds instead of milliseconds',
      },
    ]);
  });

  test('an exemption with a reason silences one rule of one family', () => {
    const families = [family('sessions_total', { help: '' }), family('tasks_total')];
    const findings = lint({ families }, { exempt: { sessions_total: { 'reserved-suffix': 'named so by its users' } } });
    expect(findings.map(({ family: name, rule }) => `${name} ${rule}`)).toEqual([
      'sessions_total help',
      'tasks_total reserved-suffix',
    ]);
  });

  test('a catalogue exempts its families by their names on the wire', () => {
    const catalog = {
      queue: {
        type: 'gauge',
        name: 'queue.time',
        unit: 'ms',
        help: 'Waiting.',
        lintExempt: { 'base-unit': 'as its users know it' },
      },
      events: {
        type: 'counter',
        name: 'events_seen',
        help: 'Events.',
        literal: true,
        lintExempt: { 'counter-suffix': 'as its users know it' },
      },
    } as const;
    const registry = new Registry();
    registry.gauge(catalog.queue);
    registry.counter(catalog.events);
    expect(rules(...registry.snapshot().families)).toEqual(['base-unit', 'counter-suffix']);
    expect(lint(registry.snapshot(), { exempt: lintExemptions(catalog) })).toEqual([]);
  });

  test('a label is reported once, also when it is part of an info metric', () => {
    const { families } = parseOpenMetrics(
      '# TYPE a info\n# HELP a x\na_info{aB="1"} 1\na_info{aB="2"} 1\n# TYPE toString gauge\n# HELP toString x\n# EOF\n',
    );
    expect(rules(...families)).toEqual(['snake-case', 'snake-case']);
  });
});
