import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, test } from 'vitest';
import { serveMetrics } from '../http/serve-metrics.ts';
import { parseOpenMetrics } from '../parse-openmetrics.ts';
import { Registry } from '../registry.ts';
import { assertStrict, expositionDifference } from './exposition-difference.ts';
import { samplesOf, sampleValue } from './sample-value.ts';
import { scrape } from './scrape.ts';

function registry(): Registry {
  const made = new Registry();
  made
    .counter({ name: 'requests', help: 'Requests.', labelNames: ['method', 'status'] })
    .labels('GET', '200')
    .add(2);
  const latency = made.histogram({ name: 'latency', unit: 's', help: 'Latency.', buckets: [0.1, 1] });
  latency.labels().observe(0.05);
  latency.labels().observe(3);
  return made;
}

const golden = `# HELP requests Requests.
# TYPE requests counter
requests_total{method="GET",status="200"} 2
# HELP latency_seconds Latency.
# TYPE latency_seconds histogram
# UNIT latency_seconds seconds
latency_seconds_bucket{le="0.1"} 1
latency_seconds_bucket{le="1.0"} 1
latency_seconds_bucket{le="+Inf"} 2
latency_seconds_count 2
latency_seconds_sum 3.05
# EOF
`;

describe('sampleValue', () => {
  test('finds a sample by its name on the wire and its labels in any order', () => {
    const exposed = registry();
    expect(sampleValue(exposed, 'requests_total', { status: '200', method: 'GET' })).toBe(2);
    expect(sampleValue(exposed, 'latency_seconds_count')).toBe(2);
    expect(sampleValue(exposed, 'latency_seconds_sum')).toBeCloseTo(3.05);
    expect(sampleValue(exposed, 'latency_seconds_bucket', { le: '1' })).toBe(1);
    expect(sampleValue(exposed, 'latency_seconds_bucket', { le: '+Inf' })).toBe(2);
  });

  test('finds nothing by another name or by some of the labels', () => {
    expect(sampleValue(registry(), 'requests', { status: '200', method: 'GET' })).toBeUndefined();
    expect(sampleValue(registry(), 'requests_total', { status: '200' })).toBeUndefined();
    expect(sampleValue(registry(), 'requests_total', { status: '200', method: 'GET', x: '' })).toBeUndefined();
  });

  test('reads parsed text of every type', () => {
    const text = [
      '# TYPE b info',
      'b_info{v="1"} 1',
      '# TYPE s stateset',
      's{s="on"} 1',
      '# TYPE q summary',
      'q{quantile="0.5"} 7',
      'q_sum 1',
      'q_count 2',
      '# TYPE g gaugehistogram',
      'g_bucket{le="+Inf"} 1',
      'g_gcount 1',
      'g_gsum 4',
      'u 5',
      '# EOF',
    ].join('\n');
    expect(samplesOf(parseOpenMetrics(text)).map(({ name, value }) => `${name} ${value}`)).toEqual([
      ...['b_info 1', 's 1', 'q 7', 'q_count 2', 'q_sum 1', 'g_bucket 1', 'g_gcount 1', 'g_gsum 4', 'u 5'],
    ]);
  });
});

describe('expositionDifference', () => {
  test('is empty for the golden text', () => {
    expect(expositionDifference(registry(), golden)).toBe('');
  });

  test('shows the lines that differ', () => {
    const changed = golden.replace('status="200"} 2', 'status="200"} 3');
    expect(expositionDifference(registry(), changed)).toBe(
      'from line 3:\n- requests_total{method="GET",status="200"} 3\n+ requests_total{method="GET",status="200"} 2',
    );
    expect(expositionDifference(registry(), golden.replace('# EOF\n', 'more 1\n# EOF\n'))).toBe(
      'from line 12:\n- more 1',
    );
  });

  test('compares some families, and Prometheus text', () => {
    const text =
      '# HELP requests_total Requests.\n# TYPE requests_total counter\nrequests_total{method="GET",status="200"} 2\n';
    expect(expositionDifference(registry(), text, { format: 'text-0.0.4', families: ['requests'] })).toBe('');
  });
});

describe('scrape', () => {
  test('asks for OpenMetrics and parses it strictly', async () => {
    const server = await serveMetrics(registry(), { token: 'sesame' });
    const { status, contentType, snapshot } = await scrape(server.url, { token: 'sesame' });
    expect(status).toBe(200);
    expect(contentType).toContain('application/openmetrics-text');
    expect(sampleValue(snapshot, 'latency_seconds_count')).toBe(2);
    expect((await scrape(server.url)).status).toBe(401);
    const text = await scrape(server.url, { token: 'sesame', accept: 'text/plain' });
    expect(() => text.snapshot).toThrow('without "_total"');
    await server.close();
  });

  test('gives up on an endpoint that does not answer', async () => {
    const server = createServer(() => {}).listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/metrics`;
    await expect(scrape(url, { timeoutMs: 50 })).rejects.toThrow(/timeout/i);
    server.closeAllConnections();
    server.close();
  });
});

test('assertStrict names line, column and reason', () => {
  expect(() => assertStrict(golden)).not.toThrow();
  expect(() => assertStrict('requests 1\n')).toThrow('line 2, column 1: the text ends without "# EOF"');
});
