import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import { afterAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { generatedFiles } from './generate.ts';
import { resolveConfiguration } from './resolve.ts';
import { jsonSchema } from './schema.ts';

const root = join(import.meta.dirname, '../../../..');

it.each(generatedFiles(root))('$path is current: npm run generate', ({ path, content }) => {
  expect(readFileSync(join(root, path), 'utf8')).toBe(content);
});

describe('the schema accepts exactly the files that the SDK reads without a problem', () => {
  const folder = mkdtempSync(join(tmpdir(), 'alex-schema-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const validate = new Ajv({ allErrors: true }).compile(jsonSchema());

  it.each([
    ['{}', true],
    ['agent: { anything: [1] }', true],
    ['observability: {}', true],
    ['observability:', false],
    ['observability: [1]', false],
    ['observability: { logging: { level: Warning, format: text, output: ~/log } }', true],
    ['observability: { logging: { level: loud } }', false],
    ['observability: { logging: { format: JSON } }', false],
    ['observability: { logging: }', false],
    ['observability: { metrics: { prometheus_port: 0, enabled: false, created: true } }', true],
    ['observability: { metrics: { prometheus_port: 65536 } }', false],
    ['observability: { metrics: { prometheus_port: 1.5 } }', false],
    ['observability: { metrics: { enabled: yes } }', false],
    ['observability: { metrics: { labels: { env: prod } } }', true],
    ['observability: { metrics: { labels: { env: 1 } } }', false],
    ['observability: { metrics: { labels: { model: x } } }', false],
    ['observability: { metrics: { labels: { __a: x } } }', false],
    [`observability: { metrics: { labels: { ${[...'abcdefghi'].map((l) => `${l}: x`).join(', ')} } } }`, false],
    ['observability: { metrics: { buckets: { llm_latency: [0.5, 1] } } }', true],
    ['observability: { metrics: { buckets: { llm_latency: [0, 1] } } }', false],
    ['observability: { metrics: { buckets: { llm_latency: [] } } }', false],
    ['observability: { metrics: { pricing: { m: { input: 0, output: 1.5, cache_read: 0.1 } } } }', true],
    ['observability: { metrics: { pricing: { m: { input: 1 } } } }', false],
    ['observability: { metrics: { pricing: { m: { input: 1, output: 1, extra: 1 } } } }', false],
    ['observability: { metrics: { limits: { series: 0 } } }', false],
    ['observability: { metrics: { limit: { series: 1 } } }', false],
    ['observability: { tracing: { sample_rate: 0.0, otlp_endpoint: "localhost:4318" } }', true],
    ['observability: { tracing: { otlp_endpoint: "https://[::1]:4318/v1/traces?a=b" } }', true],
    ['observability: { tracing: { otlp_endpoint: "a b c" } }', false],
    ['observability: { tracing: { otlp_endpoint: "unix:///run/otlp" } }', false],
    ['observability: { tracing: { sample_rate: 1.5 } }', false],
    ['observability: { tracing: { jaeger_endpoint: "ftp://x" } }', false],
    ['observability: { tracing: { headers: { authorization: "Bearer x" } } }', true],
    ['observability: { tracing: { headers: { "a b": x } } }', false],
    ['observability: { tracing: { headers: { a: "x\\ny" } } }', false],
    ['observability: { tracing: { headers: { a: "5 €" } } }', false],
    ['observability: { tracing: { service_name: "" } }', false],
    ['observability: { content: off, cost_ledger: ./costs.db }', true],
    ['observability: { content: false }', false],
    ['observability: { tracing: { exporter: datadog } }', false],
  ])('%s', (yaml, valid) => {
    const configPath = join(folder, 'config.yaml');
    writeFileSync(configPath, yaml);
    expect(validate(parse(yaml))).toBe(valid);
    const { problems } = resolveConfiguration({ configPath, env: {} });
    expect(problems.map(({ message }) => message)).toHaveLength(valid ? 0 : 1);
  });
});
