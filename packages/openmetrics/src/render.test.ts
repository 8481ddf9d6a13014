import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Snapshot } from './model.ts';
import { parseOpenMetrics } from './parse-openmetrics.ts';
import { Registry } from './registry.ts';
import { renderChunks, renderOpenMetrics, renderPrometheusText } from './render.ts';

const traceId = '0af7651916cd43dd8448eb211c80319c';
const spanId = 'b7ad6b7169203331';
const startMs = 1_520_430_000_123;

/** One family of each type, with all that is hard to write. */
function everything(): Registry {
  const registry = new Registry({ now: () => startMs, constantLabels: { env: 'test' } });
  const requests = registry.counter({
    name: 'alex.llm.requests.total',
    unit: '{request}',
    help: 'Requests with a "quote", a \\ and a\nnewline.',
    labelNames: ['model', 'status'],
  });
  requests.labels('gpt-4', 'success').add(17, { traceId, spanId, timestampMs: startMs - 250 });
  requests.labels('back\\slash "quote"\nnewline', 'error').add(0.002);
  requests.labels('größe 模型 🙂', 'success').add(1e21);
  registry.counter({ name: 'alex.cost.total', unit: '{USD}', help: 'Cost.' }).labels().add(0.125);
  registry.gauge({ name: 'alex.obs.queue', unit: 'By', help: 'Queue.' }).labels().set(-12.5);
  registry.upDownCounter({ name: 'alex.sessions.active', help: '' }).labels().add(2);
  const latency = registry.histogram({
    name: 'alex.llm.latency',
    unit: 's',
    help: 'Latency.',
    labelNames: ['model'],
    buckets: [0.1, 1, 2.5, 1_000_000],
  });
  latency.labels('gpt-4').observe(0.05);
  latency.labels('gpt-4').observe(1, { traceId, spanId });
  latency.labels('gpt-4').observe(2e6, { traceId, spanId });
  registry
    .histogram({ name: 'delta', help: 'May be negative.', buckets: [-1, 0, 1] })
    .labels()
    .observe(-0.5);
  registry.info({ name: 'build.info', help: 'Build.', labelNames: ['version'] }).set('1.2.3');
  registry
    .stateSet({ name: 'mode', help: 'Mode.', states: ['on', 'off'] })
    .labels()
    .only('on');
  registry
    .counter({ name: 'events_by_type', literal: true, help: 'No suffix.', labelNames: ['type'] })
    .labels('a')
    .add(3);
  registry.gauge({ name: 'alec_exporter_samples_total', literal: true, help: 'A gauge all the same.' }).labels().set(4);
  registry.gauge({ name: 'never.seen', help: 'No series yet.', labelNames: ['a'] });
  return registry;
}

/** What a parser may return and a registry never makes. */
const foreign: Snapshot = {
  families: [
    {
      name: 'rpc_duration_seconds',
      type: 'summary',
      help: 'A summary.',
      unit: 'seconds',
      series: [
        {
          labels: [['service', 'a']],
          point: {
            quantiles: [
              { quantile: 0.5, value: 0.2 },
              { quantile: 1, value: Number.NaN },
            ],
            sum: 17.5,
            count: 20,
            created: 1.5,
          },
          timestamp: 1_520_430_000.5,
        },
      ],
    },
    { name: 'mystery', type: 'unknown', help: '', unit: '', series: [{ labels: [], point: { value: Infinity } }] },
    {
      name: 'sizes',
      type: 'gaugehistogram',
      help: 'Sizes.',
      unit: '',
      series: [{ labels: [], point: { bounds: [10], counts: [2, 3], sum: -4 } }],
    },
    {
      name: 'my.metric',
      type: 'counter',
      help: 'UTF-8 names.',
      unit: '',
      series: [
        { labels: [], point: { value: 1 } },
        {
          labels: [
            ['http.method', 'GET'],
            ['plain', 'x'],
          ],
          point: { value: 2, exemplar: { labels: [['id', 'x'.repeat(127)]], value: 1 } },
        },
      ],
    },
  ],
};

test('OpenMetrics 1.0, every type of a registry', async () => {
  await expect(renderOpenMetrics(everything().collect())).toMatchFileSnapshot('golden/registry.openmetrics.txt');
});

test('Prometheus text 0.0.4, every type of a registry', async () => {
  await expect(renderPrometheusText(everything().collect())).toMatchFileSnapshot('golden/registry.prometheus.txt');
});

test('OpenMetrics 1.0, what others may send', async () => {
  await expect(renderOpenMetrics(foreign)).toMatchFileSnapshot('golden/foreign.openmetrics.txt');
});

test('Prometheus text 0.0.4, what others may send', async () => {
  await expect(renderPrometheusText(foreign)).toMatchFileSnapshot('golden/foreign.prometheus.txt');
});

test('UTF-8 names of a registry stand in quotes', () => {
  const registry = new Registry({ translation: 'NoUTF8EscapingWithSuffixes' });
  registry
    .counter({ name: 'http.requests', help: 'x', labelNames: ['http.method'] })
    .labels('GET')
    .add();
  expect(renderPrometheusText(registry.collect())).toBe(
    '# HELP "http.requests_total" x\n# TYPE "http.requests_total" counter\n{"http.requests_total","http.method"="GET"} 1\n',
  );
});

describe('for a client that knows no UTF-8 names', () => {
  const old = { allowUtf8: false, created: false };

  test('underscores take the place of characters that need quotes, in names and labels of every type', () => {
    const registry = new Registry({ translation: 'NoUTF8EscapingWithSuffixes', constantLabels: { 'cloud.zone': 'b' } });
    registry
      .counter({ name: 'http.requests', help: 'x', labelNames: ['http.method'] })
      .labels('GET')
      .add();
    registry
      .stateSet({ name: 'node.mode:1', help: '', states: ['on'] })
      .labels()
      .set('on');
    registry.info({ name: 'build.info', help: '', labelNames: ['git.sha'] }).set('1.é');
    const text = renderOpenMetrics(registry.collect(), old);
    expect(text).toBe(
      [
        '# HELP http_requests x',
        '# TYPE http_requests counter',
        'http_requests_total{cloud_zone="b",http_method="GET"} 1',
        '# TYPE node_mode_1 stateset',
        'node_mode_1{cloud_zone="b",node_mode_1="on"} 1',
        '# TYPE build_info info',
        'build_info_info{cloud_zone="b",git_sha="1.é"} 1',
        '# EOF',
        '',
      ].join('\n'),
    );
    expect(() => parseOpenMetrics(text)).not.toThrow();
    expect(renderOpenMetrics(registry.collect(), { created: false })).toContain(
      '{"http.requests_total","cloud.zone"="b",',
    );
  });

  test('labels that would become equal stay apart', () => {
    const registry = new Registry({ translation: 'NoTranslation' });
    const counter = registry.dynamicCounter({ name: '9.lives_total', help: '' });
    counter.labels({ a: '1', b: '2' }).add();
    counter.labels({ 'a.b': '1', a_b: '2', 'a-b': '3', '1': '4' }).add();
    expect(renderPrometheusText(registry.collect(), old)).toBe(
      '# TYPE __lives_total counter\n__lives_total{a="1",b="2"} 1\n__lives_total{_="4",a_b_="3",a_b__="1",a_b="2"} 1\n',
    );
  });

  test('names that need no quotes are rendered as ever', () => {
    expect(renderOpenMetrics(everything().collect(), { allowUtf8: false })).toBe(
      renderOpenMetrics(everything().collect()),
    );
  });
});

test('a histogram whose sum fell below 0 has neither sum nor count in OpenMetrics', () => {
  const registry = new Registry();
  const cell = registry.histogram({ name: 'h', help: '', buckets: [1] }).labels();
  cell.observe(-3);
  const text = renderOpenMetrics(registry.collect(), { created: false });
  expect(text).toBe('# TYPE h histogram\nh_bucket{le="1.0"} 1\nh_bucket{le="+Inf"} 1\n# EOF\n');
  expect(() => parseOpenMetrics(text)).not.toThrow();
  expect(renderPrometheusText(registry.collect())).toContain('h_count 1\nh_sum -3\n');
  cell.observe(3.5);
  expect(renderOpenMetrics(registry.collect())).toContain('h_count 2\nh_sum 0.5\n');
});

test('_created lines can be switched off', () => {
  expect(renderOpenMetrics(everything().collect(), { created: false })).not.toContain('_created');
});

test('an empty registry is an empty, valid exposition', () => {
  expect(renderOpenMetrics(new Registry().collect())).toBe('# EOF\n');
  expect(renderPrometheusText(new Registry().collect())).toBe('');
});

test('a copy and a live view are the same text', () => {
  const registry = everything();
  expect(renderOpenMetrics(registry.snapshot())).toBe(renderOpenMetrics(registry.collect()));
});

describe('chunks', () => {
  async function read(chunks: AsyncIterable<Uint8Array>): Promise<{ text: string; count: number }> {
    const parts: Uint8Array[] = [];
    for await (const chunk of chunks) {
      parts.push(chunk);
    }
    return { text: Buffer.concat(parts).toString(), count: parts.length };
  }

  function large(): Registry {
    const registry = new Registry({ maxSeriesPerFamily: 10_000, now: () => startMs });
    const counter = registry.counter({ name: 'c', help: '', labelNames: ['id'] });
    const histogram = registry.histogram({ name: 'h', help: '', labelNames: ['id'] });
    for (let id = 0; id < 2000; id++) {
      counter.labels(`größe-${id}`).add(id / 7);
      histogram.labels(`"${id}"`).observe(id / 300, { traceId, spanId });
    }
    return registry;
  }

  test.each(['openmetrics', 'text-0.0.4'] as const)('of %s are the bytes of the text', async (format) => {
    const registry = large();
    const { text, count } = await read(renderChunks(registry.collect(), { format }));
    const render = format === 'openmetrics' ? renderOpenMetrics : renderPrometheusText;
    expect(text).toBe(render(registry.collect()));
    expect(count).toBeGreaterThan(5);
  });

  test('let the event loop turn in between', async () => {
    let turns = 0;
    let running = true;
    const turn = () => {
      turns++;
      if (running) {
        setImmediate(turn);
      }
    };
    setImmediate(turn);
    await read(renderChunks(large().collect(), { format: 'openmetrics', budgetMs: 0 }));
    running = false;
    expect(turns).toBeGreaterThan(5);
  });

  test('take in series that come and go while they are made', async () => {
    const registry = large();
    const counter = registry.counter({ name: 'c', help: '', labelNames: ['id'] });
    let text = '';
    for await (const chunk of renderChunks(registry.collect(), { format: 'text-0.0.4' })) {
      text += Buffer.from(chunk).toString();
      counter.clear();
      counter.labels('new').add(5);
    }
    for (const line of text.split('\n')) {
      expect(line).toMatch(/^$|^# |^[ch]_?[a-z]*\{id=".+"\} [0-9.e+-]+$/);
    }
    expect(text).toContain('c_total{id="größe-1999"} ');
  });

  test('may be abandoned', async () => {
    for await (const chunk of renderChunks(large().collect(), { format: 'openmetrics' })) {
      expect(chunk.length).toBeGreaterThan(0);
      break;
    }
    expect(renderOpenMetrics(large().collect())).toMatch(/# EOF\n$/);
  });
});

test('any label value is escaped so that it reads back', () => {
  const registry = new Registry({ maxSeriesPerFamily: 1e6 });
  const family = registry.gauge({ name: 'g', help: '', labelNames: ['v'] });
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 100 }), (value) => {
      family.clear();
      family.labels(value).set(1);
      const [line = ''] = renderOpenMetrics(registry.collect())
        .split('\n')
        .filter((one) => one.startsWith('g{'));
      const quoted = /^g\{v="(.*)"\} 1$/s.exec(line)?.[1] ?? '';
      const unescaped = quoted.replace(/\\(.)/g, (_, escaped: string) => (escaped === 'n' ? '\n' : escaped));
      expect(unescaped).toBe(value.toWellFormed());
    }),
  );
});
