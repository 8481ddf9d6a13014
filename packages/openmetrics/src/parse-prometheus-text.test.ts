import { describe, expect, test } from 'vitest';
import { OpenMetricsSyntaxError } from './parse-error.ts';
import { parsePrometheusText } from './parse-prometheus-text.ts';
import { Registry } from './registry.ts';
import { renderPrometheusText } from './render.ts';
import { samplesOf } from './testing/sample-value.ts';

const families = (...lines: string[]) => parsePrometheusText(`${lines.join('\n')}\n`).families;

describe('parsePrometheusText', () => {
  test('reads the example of the format description', () => {
    const text = [
      '# HELP http_requests_total The total number of HTTP requests.',
      '# TYPE http_requests_total counter',
      'http_requests_total{method="post",code="200"} 1027 1395066363000',
      '',
      '# Escaping in label values:',
      'msdos_file_access_time_seconds{path="C:\\\\DIR\\\\FILE.TXT",error="Cannot find file:\\n\\"FILE.TXT\\""} 1.458255915e9',
      'metric_without_timestamp_and_labels 12.47',
      'something_weird{problem="division by zero"} +Inf -3982045',
      '# TYPE http_request_duration_seconds histogram',
      'http_request_duration_seconds_bucket{le="0.05"} 24054',
      'http_request_duration_seconds_bucket{le="1"} 133988',
      'http_request_duration_seconds_bucket{le="+Inf"} 144320',
      'http_request_duration_seconds_sum 53423',
      'http_request_duration_seconds_count 144320',
      '# TYPE rpc_duration_seconds summary',
      'rpc_duration_seconds{quantile="0.5"} 4773',
      'rpc_duration_seconds_sum 1.7560473e+07',
      'rpc_duration_seconds_count 2693',
    ];
    expect(families(...text)).toMatchObject([
      {
        name: 'http_requests',
        type: 'counter',
        help: 'The total number of HTTP requests.',
        series: [{ point: { value: 1027 }, timestamp: 1395066363 }],
      },
      {
        type: 'unknown',
        series: [
          {
            labels: [
              ['path', 'C:\\DIR\\FILE.TXT'],
              ['error', 'Cannot find file:\n"FILE.TXT"'],
            ],
          },
        ],
      },
      { series: [{ labels: [], point: { value: 12.47 } }] },
      { series: [{ point: { value: Infinity }, timestamp: -3982.045 }] },
      { type: 'histogram', series: [{ point: { bounds: [0.05, 1], counts: [24054, 109934, 10332], sum: 53423 } }] },
      { type: 'summary', series: [{ point: { quantiles: [{ quantile: 0.5, value: 4773 }], count: 2693 } }] },
    ]);
  });

  test('allows blanks, a comma at the end, comments, CR LF and any order of lines', () => {
    const text = ['  a { b = "c" , } \t 1  ', '#comment', '\tx{} 2\r', '# TYPE h histogram', 'h_count 3'];
    const more = ['h_bucket{le="+Inf"} 3', '# HELP a late "help" \\\\ \\n', 'h_bucket{le="1"} 1'];
    expect(families(...text, ...more)).toMatchObject([
      { name: 'a', help: 'late "help" \\ \n', series: [{ labels: [['b', 'c']], point: { value: 1 } }] },
      { name: 'x', series: [{ point: { value: 2 } }] },
      { name: 'h', series: [{ point: { bounds: [1], counts: [1, 2] } }] },
    ]);
  });

  test('keeps the name of a counter that does not end in _total', () => {
    expect(families('# TYPE odd counter', 'odd 1')).toMatchObject([
      { name: 'odd', type: 'counter', sampleName: 'odd' },
    ]);
    expect(families('{"a.b",c="d"} 1')).toMatchObject([{ name: 'a.b', series: [{ labels: [['c', 'd']] }] }]);
  });

  test('reads what a registry renders', () => {
    const registry = new Registry();
    registry
      .counter({ name: 'requests', help: 'Requests: "all".\nReally.', labelNames: ['a'] })
      .labels('"\\\n')
      .add(3);
    registry.counter({ name: 'odd', help: 'Odd.', literal: true }).labels().add(2);
    registry.gauge({ name: 'level', help: '' }).labels().set(-0.5);
    registry
      .histogram({ name: 'latency', unit: 's', help: 'Latency.', buckets: [1e-7, 0.1, 25] })
      .labels()
      .observe(3);
    const parsed = parsePrometheusText(renderPrometheusText(registry.snapshot()));
    expect(samplesOf(parsed)).toEqual(samplesOf(registry));
    expect([...parsed.families].map(({ help }) => help)).toEqual(['Requests: "all".\nReally.', 'Odd.', '', 'Latency.']);
  });

  test.each([
    ['a', '1:2 expected a value, found the end of the line'],
    ['a 1 x', '1:5 expected a timestamp'],
    ['a 1 2 3', '1:7 expected the end of the line'],
    ['1a 1', '1:1 expected a name'],
    ['a{b="c} 1', '1:5 the string is not closed'],
    ['a{b="1",b="2"} 1', '1:9 the label "b" occurs twice'],
    ['a{b="1" c="2"} 1', '1:9 expected ","'],
    ['{} 1', '1:1 expected a metric name'],
    ['a 1\na 2', '2:1 this series was exposed before'],
    ['# TYPE a thing', '1:15 unknown type "thing"'],
    ['# TYPE a gauge\n# TYPE a gauge', '2:1 the TYPE of "a" stands once'],
    ['a 1\n# TYPE a gauge', '2:1 the TYPE of "a" stands once'],
    ['# TYPE h histogram\nh_bucket 1', '2:1 the label "le" is missing'],
    ['# TYPE h histogram\nh_bucket{le="x"} 1', '2:1 the label le is a number'],
  ])('refuses %j', (text, expected) => {
    try {
      parsePrometheusText(text);
    } catch (error) {
      const { line, column, reason } = error as OpenMetricsSyntaxError;
      expect(error).toBeInstanceOf(OpenMetricsSyntaxError);
      expect(`${line}:${column} ${reason}`).toContain(expected);
      return;
    }
    expect.unreachable('it was accepted');
  });
});
