import { describe, expect, test } from 'vitest';
import { OpenMetricsSyntaxError } from './parse-error.ts';
import { parseOpenMetrics } from './parse-openmetrics.ts';

const lines = (...text: string[]): string => `${text.join('\n')}\n# EOF\n`;
const families = (...text: string[]) => parseOpenMetrics(lines(...text)).families;
const failure = (text: string): OpenMetricsSyntaxError => {
  try {
    parseOpenMetrics(text);
  } catch (error) {
    if (error instanceof OpenMetricsSyntaxError) return error;
    throw error;
  }
  throw new Error(`accepted: ${text.slice(0, 200)}`);
};

describe('what is valid', () => {
  test('a counter with everything it may have', () => {
    const text = [
      '# TYPE http_requests counter',
      '# HELP http_requests Requests\\nserved: \\"all\\" \\\\o/',
      'http_requests_total{method="GET",path="/a\\"b\\\\c\\nd"} 17 123.5 # {trace_id="abc"} 0.5 122.25',
      'http_requests_created{method="GET",path="/a\\"b\\\\c\\nd"} 1600000000.5 123.5',
      'http_requests_total{method="PUT",path=""} 0',
    ];
    expect(families(...text)).toEqual([
      {
        name: 'http_requests',
        type: 'counter',
        help: 'Requests\nserved: "all" \\o/',
        unit: '',
        series: [
          {
            labels: [
              ['method', 'GET'],
              ['path', '/a"b\\c\nd'],
            ],
            point: {
              value: 17,
              created: 1600000000.5,
              exemplar: { labels: [['trace_id', 'abc']], value: 0.5, timestamp: 122.25 },
            },
            timestamp: 123.5,
          },
          {
            labels: [
              ['method', 'PUT'],
              ['path', ''],
            ],
            point: { value: 0 },
          },
        ],
      },
    ]);
  });

  test('a histogram, whose buckets come back uncumulated', () => {
    const text = [
      '# TYPE latency_seconds histogram',
      '# UNIT latency_seconds seconds',
      'latency_seconds_bucket{le="0.005",m="a"} 1',
      'latency_seconds_bucket{le="1.0",m="a"} 4 # {} 0.7',
      'latency_seconds_bucket{m="a",le="+Inf"} 4.0',
      'latency_seconds_sum{m="a"} 1.25',
      'latency_seconds_count{m="a"} 4',
      'latency_seconds_created{m="a"} 1e9',
    ];
    expect(families(...text)[0]?.series).toEqual([
      {
        labels: [['m', 'a']],
        point: {
          bounds: [0.005, 1],
          counts: [1, 3, 0],
          sum: 1.25,
          created: 1e9,
          exemplars: [undefined, { labels: [], value: 0.7 }, undefined],
        },
      },
    ]);
  });

  test('the reference round-trip text of the specification: spellings of bucket bounds and quantiles', () => {
    const text = [
      '# TYPE gc_seconds summary',
      'gc_seconds{quantile="0.0"} 0.013300656000000001',
      'gc_seconds{quantile="0.25"} NaN',
      'gc_seconds{quantile="1.0"} 0.02',
      'gc_seconds_sum 56.12904785',
      'gc_seconds_count 7476.0',
      '# TYPE foo histogram',
      'foo_bucket{le="0.0"} 0.0',
      'foo_bucket{le="1e-05"} 0.0',
      'foo_bucket{le="0.0001"} 0.0',
      'foo_bucket{le="1.1e-3"} 8.0',
      'foo_bucket{le="100000.0"} 17.0',
      'foo_bucket{le="1e+06"} 17.0',
      'foo_bucket{le="1.55555555555552e+06"} 17.0',
      'foo_bucket{le="1e+23"} 17.0',
      'foo_bucket{le="+Inf"} 17.0',
      'foo_count 17.0',
      'foo_sum 324789.3',
      'foo_created 1.520430000123e+09',
    ];
    const [summary, histogram] = families(...text);
    expect(summary?.series).toEqual([
      {
        labels: [],
        point: {
          quantiles: [
            { quantile: 0, value: 0.013300656000000001 },
            { quantile: 0.25, value: Number.NaN },
            { quantile: 1, value: 0.02 },
          ],
          sum: 56.12904785,
          count: 7476,
        },
      },
    ]);
    expect(histogram?.series).toMatchObject([{ point: { counts: [0, 0, 0, 8, 9, 0, 0, 0, 0] } }]);
  });

  test('gauge histograms, negative bounds without a sum', () => {
    const text = [
      '# TYPE g gaugehistogram',
      'g_bucket{le="-1.5"} 2',
      'g_bucket{le="+Inf"} 3',
      'g_gsum -7',
      'g_gcount 3',
      '# TYPE h histogram',
      'h_bucket{le="-1.0"} 0',
      'h_bucket{le="+Inf"} 3',
    ];
    expect(families(...text).map(({ series }) => [...series].map(({ point }) => point))).toEqual([
      [{ bounds: [-1.5], counts: [2, 1], sum: -7 }],
      [{ bounds: [-1], counts: [0, 3] }],
    ]);
  });

  test('info metrics and state sets', () => {
    const text = [
      '# TYPE build info',
      'build_info{version="1.2"} 1',
      'build_info{version="1.3"} 1.0',
      '# TYPE switch stateset',
      'switch{room="a",switch="on"} 1',
      'switch{room="a",switch="off"} 0',
    ];
    expect(families(...text).map(({ series }) => series)).toEqual([
      [
        { labels: [], point: { info: [['version', '1.2']] } },
        { labels: [], point: { info: [['version', '1.3']] } },
      ],
      [
        {
          labels: [['room', 'a']],
          point: {
            states: [
              { name: 'on', enabled: true },
              { name: 'off', enabled: false },
            ],
          },
        },
      ],
    ]);
  });

  test('samples without metadata are of type unknown', () => {
    expect(families('a 1', 'b{} 2', 'a:b -.5e-1')).toMatchObject([
      { name: 'a', type: 'unknown', series: [{ point: { value: 1 } }] },
      { name: 'b', type: 'unknown', series: [{ labels: [], point: { value: 2 } }] },
      { name: 'a:b', series: [{ point: { value: -0.05 } }] },
    ]);
  });

  test('quoted names, as Prometheus 3 writes them', () => {
    const text = ['# TYPE "http.requests" counter', '{"http.requests_total","status.code"="200"} 1', '{"süß"} 2'];
    expect(families(...text)).toMatchObject([
      { name: 'http.requests', type: 'counter', series: [{ labels: [['status.code', '200']] }] },
      { name: 'süß', type: 'unknown' },
    ]);
  });

  test('several points of a series, with rising timestamps', () => {
    expect(families('# TYPE a gauge', 'a 1 1', 'a 2 2', 'a 3 2.0')[0]?.series).toEqual([
      { labels: [], point: { value: 1 }, timestamp: 1 },
      { labels: [], point: { value: 2 }, timestamp: 2 },
    ]);
  });

  test.each([
    ['+Inf', Infinity],
    ['-inf', -Infinity],
    ['Infinity', Infinity],
    ['NaN', Number.NaN],
    ['+1', 1],
    ['1.', 1],
    ['.5', 0.5],
    ['1E3', 1000],
    ['007', 7],
  ])('the number %s', (text, value) => {
    expect(families(`a ${text}`)[0]?.series).toMatchObject([{ point: { value } }]);
  });

  test('an exposition without families, and one without the last line feed', () => {
    expect(parseOpenMetrics('# EOF\n').families).toEqual([]);
    expect(parseOpenMetrics('a 1\n# EOF').families).toHaveLength(1);
  });

  test('a family without samples', () => {
    expect(families('# TYPE a counter', '# HELP a ', '# UNIT a ')).toEqual([
      { name: 'a', type: 'counter', help: '', unit: '', series: [] },
    ]);
  });
});

describe('what is not valid is said with its place', () => {
  const histogram = (...text: string[]): string => lines('# TYPE a histogram', ...text);
  const buckets = ['a_bucket{le="1.0"} 1', 'a_bucket{le="+Inf"} 2'];
  const exemplar129 = `{a="${'é'.repeat(128)}"}`;
  test.each<[string, string, string]>([
    ['no end', 'a 1\n', '2:1 the text ends without "# EOF"'],
    ['an empty text', '', '1:1 the text ends without "# EOF"'],
    ['something after the end', 'a 1\n# EOF\na 2\n', '3:1 nothing follows "# EOF"'],
    ['an empty line after the end', '# EOF\n\n', '2:1 nothing follows "# EOF"'],
    ['an end with a blank', '# EOF \n', '1:1 a comment is'],
    ['an empty line', lines('a 1', '', 'b 2'), '2:1 empty lines are not allowed'],
    ['a comment', lines('# a remark'), '1:1 a comment is'],
    ['CR LF', 'a 1\r\n# EOF\r\n', '1:4 lines end in LF'],
    ['a second TYPE', lines('# TYPE a gauge', '# TYPE a gauge'), '2:1 "a" has a second TYPE'],
    ['a second HELP', lines('# HELP a x', '# HELP a y'), '2:1 "a" has a second HELP'],
    ['a second UNIT', lines('# UNIT a_s s', '# UNIT a_s s'), '2:1 "a_s" has a second UNIT'],
    ['an unknown type', lines('# TYPE a untyped'), '1:10 unknown type "untyped"'],
    ['a type with a blank', lines('# TYPE a gauge '), '1:10 unknown type "gauge "'],
    ['no help', lines('# HELP a'), '1:9 expected a space and a help text'],
    ['a bare quote in help', lines('# HELP a say "x"'), '1:14 a double quote in HELP text'],
    ['metadata after samples', lines('# TYPE a gauge', 'a 1', '# HELP a x'), '3:1 the metadata of "a" stands before'],
    ['a unit that is no suffix', lines('# UNIT a_seconds bytes'), '1:18 the name "a_seconds" does not end in its unit'],
    ['a unit inside a word', lines('# UNIT aseconds seconds'), '1:17 the name "aseconds" does not end in its unit'],
    ['an info with a unit', lines('# TYPE a_x info', '# UNIT a_x x'), '2:1 "a_x" is of type info'],
    ['a state set with a unit', lines('# UNIT a_x x', '# TYPE a_x stateset'), '2:1 "a_x" is of type stateset'],
    ['interleaved families', lines('a 1', 'b 1', 'a{x="1"} 2'), '3:1 the family "a" was complete'],
    ['repeated metadata', lines('# TYPE a gauge', 'b 1', '# HELP a x'), '3:8 the family "a" was complete'],
    [
      'clashing names',
      lines('# TYPE a_total gauge', '# TYPE a counter'),
      '2:1 the families "a_total" and "a" both claim',
    ],
    ['a counter sample without _total', lines('# TYPE a counter', 'a 1'), '2:1 "a" is no sample of the counter "a"'],
    [
      'a counter as Prometheus text has it',
      lines('# TYPE a_total counter', 'a_total 1'),
      '2:1 the metadata of a counter names it without "_total": "a"',
    ],
    ['a gauge with _total', lines('# TYPE a gauge', 'a_total 1'), '2:1 "a_total" is no sample of the gauge'],
    ['a histogram with _gsum', histogram('a_gsum 1'), '2:1 "a_gsum" is no sample of the histogram'],
    ['a counter with _created alone', lines('# TYPE a counter', 'a_created 1'), '2:1 a counter has a sample that ends'],
    ['a negative counter', lines('# TYPE a counter', 'a_total -1'), '2:9 the value of a counter is neither negative'],
    ['a counter of NaN', lines('# TYPE a counter', 'a_total NaN'), '2:9 the value of a counter is neither negative'],
    ['an infinite creation time', lines('# TYPE a counter', 'a_created +Inf'), '2:11 a creation time is a finite'],
    ['a duplicate series', lines('a{x="1",y="2"} 1', 'a{y="2",x="1"} 1'), '2:1 this series was exposed before'],
    ['a duplicate by an empty label', lines('a 1', 'a{x=""} 1'), '2:1 this series was exposed before'],
    ['a series in two places', lines('a{x="1"} 1', 'a{x="2"} 1', 'a{x="1"} 1'), '3:1 this series was exposed before'],
    [
      'a series whose samples are apart',
      lines('# TYPE a counter', 'a_total{x="1"} 1', 'a_total 1', 'a_created{x="1"} 1'),
      '4:1 this series was',
    ],
    ['time that goes back', lines('a 1 2', 'a 1 1'), '2:6 the timestamps of a series do not go back'],
    ['a timestamp on some samples', lines('a 1 2', 'a 1'), '2:4 either all samples'],
    ['an infinite timestamp', lines('a 1 +Inf'), '1:5 expected a timestamp'],
    ['a timestamp of NaN', lines('a 1 NaN'), '1:5 expected a timestamp'],
    ['no value', lines('a'), '1:2 expected a space and a value'],
    ['two spaces', lines('a  1'), '1:3 expected a value, found " 1"'],
    ['a tab', lines('a\t1'), '1:2 expected a space and a value'],
    ['a blank at the end', lines('a 1 '), '1:5 expected a timestamp, found the end'],
    ['a blank in front', lines(' a 1'), '1:1 expected a metric name'],
    ['a hexadecimal number', lines('a 0x10'), '1:4 expected the end of the line'],
    ['a number with underscores', lines('a 1_000'), '1:4 expected the end of the line'],
    ['an exponent without digits', lines('a 1e'), '1:3 expected a value'],
    ['a signed NaN', lines('a -NaN'), '1:3 expected a value'],
    ['a name that starts with a digit', lines('1a 1'), '1:1 expected a metric name'],
    ['a label name with a colon', lines('a{b:c="x"} 1'), '1:4 expected "="'],
    ['a label name that starts with a digit', lines('a{1="x"} 1'), '1:3 expected a label name'],
    ['a reserved label name', lines('a{__name__="x"} 1'), '1:3 label names that start with two underscores'],
    ['a duplicate label', lines('a{b="1",b="2"} 1'), '1:9 the label "b" occurs twice'],
    ['a comma at the end', lines('a{b="1",} 1'), '1:9 expected a label name'],
    ['a blank between labels', lines('a{b="1", c="2"} 1'), '1:9 expected a label name'],
    ['a label without quotes', lines('a{b=1} 1'), '1:5 expected a double quote'],
    ['single quotes', lines("a{b='1'} 1"), '1:5 expected a double quote'],
    ['an open string', lines('a{b="1} 1'), '1:5 the string is not closed'],
    ['a backslash at the end', 'a{b="\\\n# EOF', '1:6 a backslash at the end of the line'],
    ['an open brace', lines('a{b="1" 1'), '1:8 expected "," or "}"'],
    ['no name at all', lines('{a="b"} 1'), '1:2 expected a metric name in double quotes'],
    ['an empty quoted name', lines('{""} 1'), '1:2 a name is not empty'],
    ['a second quoted name', lines('{"a","b"} 1'), '1:9 expected "="'],
    ['an exemplar on a gauge', lines('# TYPE a gauge', 'a 1 # {} 1'), '2:11 only counters and buckets'],
    ['an exemplar on a sum', histogram(...buckets, 'a_sum 1 # {} 1'), '4:15 only counters and buckets'],
    [
      'an exemplar on a creation time',
      lines('# TYPE a counter', 'a_created 1 # {} 1'),
      '2:19 only counters and buckets',
    ],
    [
      'an exemplar without labels',
      lines('# TYPE a counter', 'a_total 1 # 1'),
      '2:13 expected the labels of an exemplar',
    ],
    [
      'an exemplar without value',
      lines('# TYPE a counter', 'a_total 1 # {}'),
      "2:15 expected a space and the exemplar's value",
    ],
    [
      'a long exemplar',
      lines('# TYPE a counter', `a_total 1 # ${exemplar129} 1`),
      "2:13 an exemplar's labels have at most 128",
    ],
    [
      'a wrong time of an exemplar',
      lines('# TYPE a counter', 'a_total 1 # {} 1 NaN'),
      "2:18 expected the exemplar's timestamp",
    ],
    [
      'a second exemplar',
      lines('# TYPE a counter', 'a_total 1 # {} 1 # {} 1'),
      "2:18 expected the exemplar's timestamp",
    ],
    [
      'an exemplar in the wrong bucket',
      histogram('a_bucket{le="1.0"} 1 # {} 2'),
      '2:28 an exemplar of 2 does not belong',
    ],
    ['no le', histogram('a_bucket 1'), '2:1 the label "le" is missing'],
    ['le on a sum', histogram(...buckets, 'a_sum{le="1.0"} 1'), '4:1 the label "le" does not belong on "a_sum"'],
    ['le that is no number', histogram('a_bucket{le="x"} 1'), '2:1 the label le is a number, not "x"'],
    ['le that is empty', histogram('a_bucket{le=""} 1'), '2:1 the label le is a number'],
    ['le of NaN', histogram('a_bucket{le="NaN"} 1'), '2:1 the label le is a number'],
    ['le in hexadecimal', histogram('a_bucket{le="0x1"} 1'), '2:1 the label le is a number'],
    ['le that is not canonical', histogram('a_bucket{le="1"} 1'), '2:1 the label le is written "1.0", not "1"'],
    ['a small le that is not canonical', histogram('a_bucket{le="1e-5"} 1'), '2:1 the label le is written "1e-05"'],
    ['infinity that is not canonical', histogram('a_bucket{le="inf"} 1'), '2:1 the label le is written "+Inf"'],
    [
      'no last bucket',
      histogram('a_bucket{le="1.0"} 1', 'a_count 1', 'a_sum 1'),
      '4:1 the bucket le="+Inf" is missing',
    ],
    ['a histogram without buckets', histogram('a_count 1', 'a_sum 1'), '3:1 the bucket le="+Inf" is missing'],
    [
      'buckets that fall',
      histogram('a_bucket{le="1.0"} 2', 'a_bucket{le="+Inf"} 1'),
      '3:21 a bucket holds the smaller',
    ],
    [
      'buckets out of order',
      histogram('a_bucket{le="2.0"} 1', 'a_bucket{le="1.0"} 1'),
      '3:1 the bucket le="1.0" is not above',
    ],
    [
      'a bucket twice',
      histogram('a_bucket{le="1.0"} 1', 'a_bucket{le="1.0"} 1'),
      '3:1 the bucket le="1.0" is not above',
    ],
    ['half an observation', histogram('a_bucket{le="1.0"} 0.5'), '2:20 a count is a whole number'],
    ['half a count', histogram(...buckets, 'a_count 1.5'), '4:9 a count is a whole number'],
    [
      'a count of its own',
      histogram(...buckets, 'a_count 3', 'a_sum 1'),
      '5:1 the count is 3, but the bucket le="+Inf" holds 2',
    ],
    ['a sum without a count', histogram(...buckets, 'a_sum 1'), '4:1 a histogram has both a sum and a count'],
    ['a count without a sum', histogram(...buckets, 'a_count 2'), '4:1 a histogram has both a sum and a count'],
    ['a negative sum', histogram(...buckets, 'a_sum -1'), '4:7 the value of _sum is neither'],
    [
      'a sum with negative bounds',
      histogram('a_bucket{le="-1.0"} 1', 'a_bucket{le="+Inf"} 1', 'a_sum 1', 'a_count 1'),
      '5:1 a histogram with negative buckets has no sum',
    ],
    ['an info value', lines('# TYPE a info', 'a_info 2'), '2:8 the value of an info metric is 1'],
    ['a state without label', lines('# TYPE a stateset', 'a 1'), '2:1 the label "a" is missing'],
    ['a state of 2', lines('# TYPE a stateset', 'a{a="x"} 2'), '2:10 the value of a state is 0 or 1'],
    ['a state twice', lines('# TYPE a stateset', 'a{a="x"} 1', 'a{a="x"} 0'), '3:1 this series was exposed before'],
    ['a quantile above 1', lines('# TYPE a summary', 'a{quantile="1.5"} 1'), '2:1 a quantile is between 0 and 1'],
    ['a negative quantile', lines('# TYPE a summary', 'a{quantile="0.5"} -1'), '2:19 the value of a quantile'],
    [
      'a quantile twice',
      lines('# TYPE a summary', 'a{quantile="0.5"} 1', 'a{quantile="0.5"} 1'),
      '3:1 this series was',
    ],
    ['half a summary count', lines('# TYPE a summary', 'a_count 0.5'), '2:9 a count is a whole number'],
  ])('%s', (_, text, expected) => {
    const { line, column, reason, message } = failure(text);
    expect(`${line}:${column} ${reason}`).toContain(expected);
    expect(message).toBe(`line ${line}, column ${column}: ${reason}`);
  });

  test('128 characters of an exemplar are counted as code points', () => {
    expect(() => families('# TYPE a counter', `a_total 1 # {a="${'𝄞'.repeat(127)}"} 1`)).not.toThrow();
  });
});

describe('hostile input is read in linear time', () => {
  const size = 2_000_000;
  test.each([
    ['a long number', `a ${'1'.repeat(size)}`],
    ['a long name', `${'a'.repeat(size)} 1`],
    ['a long label value', `a{b="${'\\"'.repeat(size)}"} 1`],
    ['an endless label value', `a{b="${'\\"'.repeat(size)}`],
    ['long help', `# HELP a ${'\\\\'.repeat(size)}`],
    ['blanks', ' '.repeat(size)],
    ['many labels', `a{${Array.from({ length: 50_000 }, (_, index) => `l${index}="x"`).join(',')}} 1`],
    [
      'many quantiles',
      `# TYPE a summary\n${Array.from({ length: 50_000 }, (_, index) => `a{quantile="${(index + 0.3) / 50_000}"} 1`).join('\n')}`,
    ],
    ['many series', Array.from({ length: 50_000 }, (_, index) => `a{b="${index}"} 1`).join('\n')],
  ])('%s', (_, text) => {
    const start = performance.now();
    try {
      parseOpenMetrics(`${text}\n# EOF\n`);
    } catch (error) {
      expect(error).toBeInstanceOf(OpenMetricsSyntaxError);
      expect((error as Error).message.length).toBeLessThan(300);
    }
    expect(performance.now() - start).toBeLessThan(5000);
  });
});
