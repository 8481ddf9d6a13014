import { describe, expect, test } from 'vitest';
import type { FamilyDeclaration, TranslationStrategy } from './declaration.ts';
import { translateLabelName, translateName } from './translation.ts';

type Case = [name: string, unit: string, type: FamilyDeclaration['type'], wire: string, wireUnit: string];

function wireName([name, unit, type]: Case, strategy: TranslationStrategy): string {
  const { name: family, sampleName } = translateName({ name, unit, type }, strategy);
  return type === 'counter' ? (sampleName ?? `${family}_total`) : family;
}

describe('UnderscoreEscapingWithSuffixes', () => {
  const cases: readonly Case[] = [
    ['alex.llm.latency', 's', 'histogram', 'alex_llm_latency_seconds', 'seconds'],
    ['alex.cost.total', '{USD}', 'counter', 'alex_cost_total', ''],
    ['alex.llm.requests.total', '{request}', 'counter', 'alex_llm_requests_total', ''],
    ['alex.llm.tokens.input', '{token}', 'counter', 'alex_llm_tokens_input_total', ''],
    ['alex.obs.queue', 'By', 'gauge', 'alex_obs_queue_bytes', 'bytes'],
    ['alex.sessions.active', '{session}', 'updowncounter', 'alex_sessions_active', ''],
    ['network.throughput', 'By/s', 'gauge', 'network_throughput_bytes_per_second', 'bytes_per_second'],
    ['network.sent', 'By/s', 'counter', 'network_sent_bytes_per_second_total', 'bytes_per_second'],
    ['broken.rate', '{request}/s', 'gauge', 'broken_rate_per_second', 'per_second'],
    ['cache.hit', '1', 'gauge', 'cache_hit_ratio', 'ratio'],
    ['cache.hit.ratio', '1', 'gauge', 'cache_hit_ratio', 'ratio'],
    ['cache.hits', '1', 'counter', 'cache_hits_total', ''],
    ['queue.length', '1', 'updowncounter', 'queue_length', ''],
    ['cpu.load', '%', 'gauge', 'cpu_load_percent', 'percent'],
    ['2xx.responses', '', 'counter', '_2xx_responses_total', ''],
    ['http.latency.seconds', 's', 'histogram', 'http_latency_seconds', 'seconds'],
    ['http_latency', 'seconds', 'histogram', 'http_latency_seconds', 'seconds'],
    ['total.bytes.sent', 'By', 'counter', 'bytes_sent_total', ''],
    ['a..b__c', '', 'gauge', 'a_b_c', ''],
    ['rule:sum', '', 'gauge', 'rule:sum', ''],
    ['größe', 'By', 'gauge', 'gr_e_bytes', 'bytes'],
    ['odd', 'foo bar', 'gauge', 'odd_foo_bar', 'foo_bar'],
  ];
  test.each<Case>(cases)('%s in "%s" as %s is %s', (...given) => {
    expect(wireName(given, 'UnderscoreEscapingWithSuffixes')).toBe(given[3]);
    const [name, unit, type] = given;
    expect(translateName({ name, unit, type }, 'UnderscoreEscapingWithSuffixes').unit).toBe(given[4]);
  });
});

describe('the other strategies', () => {
  test('without suffixes a counter keeps its own name', () => {
    const wire = translateName(
      { name: 'alex.llm.tokens.input', unit: '{token}', type: 'counter' },
      'UnderscoreEscapingWithoutSuffixes',
    );
    expect(wire).toEqual({ name: 'alex_llm_tokens_input', unit: '', sampleName: 'alex_llm_tokens_input' });
  });

  test('without suffixes a name that ends in total is a proper counter', () => {
    const wire = translateName({ name: 'alex.cost.total', type: 'counter' }, 'UnderscoreEscapingWithoutSuffixes');
    expect(wire).toEqual({ name: 'alex_cost', unit: '' });
  });

  test.each<Case>([
    ['alex.llm.latency', 's', 'histogram', 'alex.llm.latency_seconds', 'seconds'],
    ['alex.llm.requests.total', '{request}', 'counter', 'alex.llm.requests_total', ''],
    ['network.sent', 'By/s', 'counter', 'network.sent_bytes_per_second_total', ''],
    ['cache.hit', '1', 'gauge', 'cache.hit_ratio', 'ratio'],
    ['disk_bytes', 'By', 'gauge', 'disk_bytes', 'bytes'],
  ])('NoUTF8EscapingWithSuffixes: %s in "%s" as %s is %s', (...given) => {
    expect(wireName(given, 'NoUTF8EscapingWithSuffixes')).toBe(given[3]);
  });

  test('NoTranslation changes nothing', () => {
    expect(translateName({ name: 'a.b', unit: 's', type: 'gauge' }, 'NoTranslation')).toEqual({
      name: 'a.b',
      unit: '',
    });
  });
});

describe('literal names', () => {
  test('a gauge may end in _total', () => {
    const declaration = { name: 'alec_exporter_samples_total', type: 'gauge', literal: true } as const;
    expect(translateName(declaration, 'UnderscoreEscapingWithSuffixes').name).toBe('alec_exporter_samples_total');
  });

  test('a counter may lack _total, and says so', () => {
    const declaration = { name: 'events_ingested_by_type', type: 'counter', literal: true } as const;
    expect(translateName(declaration, 'UnderscoreEscapingWithSuffixes')).toEqual({
      name: 'events_ingested_by_type',
      unit: '',
      sampleName: 'events_ingested_by_type',
    });
  });

  test('a unit is said only of a name that ends in it', () => {
    const base = { type: 'gauge', literal: true, unit: 'bytes' } as const;
    expect(translateName({ ...base, name: 'heap_bytes' }, 'NoTranslation').unit).toBe('bytes');
    expect(translateName({ ...base, name: 'heap_size' }, 'NoTranslation').unit).toBe('');
  });
});

test('an info loses its suffix and has no unit', () => {
  const wire = translateName({ name: 'build.info', unit: 's', type: 'info' }, 'UnderscoreEscapingWithSuffixes');
  expect(wire).toEqual({ name: 'build', unit: '' });
});

test.each([
  ['http.method', 'http_method'],
  ['123abc', 'key_123abc'],
  ['_private', 'key_private'],
  ['__reserved__', '__reserved__'],
  ['a..b', 'a__b'],
])('the label %s becomes %s', (name, expected) => {
  expect(translateLabelName(name, 'UnderscoreEscapingWithSuffixes')).toBe(expected);
  expect(translateLabelName(name, 'NoTranslation')).toBe(name);
});
