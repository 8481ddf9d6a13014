import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ObsError } from '../errors.ts';
import type { Configuration, ResolvedConfiguration } from './configuration.ts';
import { keys } from './keys.ts';
import { type ConfigurationOptions, loadConfig, resolveConfiguration } from './resolve.ts';
import { valueAt } from './tree.ts';

let home: string;
let file: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'alex-config-'));
  mkdirSync(join(home, '.alex'));
  file = join(home, '.alex', 'config.yaml');
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

function resolve(yaml?: string, options: ConfigurationOptions = {}): ResolvedConfiguration {
  if (yaml !== undefined) writeFileSync(file, yaml);
  return resolveConfiguration({ home, env: {}, ...options });
}

const defaults = Object.fromEntries(keys.map((key) => [key.path, key.default]));
function expectDefaults(resolved: ResolvedConfiguration): void {
  for (const { path } of keys) expect([path, valueAt(resolved.values, path)]).toEqual([path, defaults[path]]);
  expect(new Set(Object.values(resolved.origins))).toEqual(new Set(['default']));
}
const messages = (resolved: ResolvedConfiguration) => resolved.problems.map(({ message }) => message);

type Paths<T, Prefix extends string = ''> = {
  [K in keyof T & string]: T[K] extends string | number | boolean | undefined | readonly unknown[]
    ? `${Prefix}${K}`
    : string extends keyof NonNullable<T[K]>
      ? `${Prefix}${K}`
      : Paths<T[K], `${Prefix}${K}.`>;
}[keyof T & string];

it('the table and the type Configuration have the same keys', () => {
  const ofType: Record<Paths<Configuration>, true> = {
    'logging.level': true,
    'logging.format': true,
    'logging.output': true,
    'metrics.enabled': true,
    'metrics.exporter': true,
    'metrics.prometheus_port': true,
    'metrics.host': true,
    'metrics.token': true,
    'metrics.exposition': true,
    'metrics.otlp_endpoint': true,
    'metrics.otlp_headers': true,
    'metrics.interval_ms': true,
    'metrics.buckets.llm_latency': true,
    'metrics.buckets.tool_duration': true,
    'metrics.created': true,
    'metrics.labels': true,
    'metrics.limits.series': true,
    'metrics.limits.label_values': true,
    'metrics.pricing': true,
    'tracing.enabled': true,
    'tracing.exporter': true,
    'tracing.jaeger_endpoint': true,
    'tracing.otlp_endpoint': true,
    'tracing.zipkin_endpoint': true,
    'tracing.sample_rate': true,
    'tracing.service_name': true,
    'tracing.service_version': true,
    'tracing.headers': true,
    'tracing.jaeger_client': true,
    content: true,
    cost_ledger: true,
  };
  expect(keys.map(({ path }) => path).sort()).toEqual(Object.keys(ofType).sort());
});

describe('the file', () => {
  it('may be missing: defaults, and nothing is said', () => {
    const resolved = resolve();
    expectDefaults(resolved);
    expect(resolved).toMatchObject({ file, fileExists: false, problems: [] });
  });

  it('sets every value it names', () => {
    const { values, origins, problems } = resolve(`
observability:
  logging: { level: debug, format: text }
  metrics: { enabled: true, prometheus_port: 8080 }
  tracing: { enabled: true, exporter: otlp, sample_rate: 0.5, service_name: alex-test }
`);
    expect(values.logging).toMatchObject({ level: 'debug', format: 'text' });
    expect(values.metrics).toMatchObject({ enabled: true, prometheus_port: 8080 });
    expect(values.tracing).toMatchObject({
      enabled: true,
      exporter: 'otlp',
      sample_rate: 0.5,
      service_name: 'alex-test',
    });
    expect(origins).toMatchObject({ 'logging.level': 'file', 'logging.output': 'default' });
    expect(problems).toEqual([]);
  });

  it('is merged over the defaults by presence: an absent key keeps its default', () => {
    const partial = resolve('observability:\n  logging: { level: warn }\n  metrics: { enabled: false }\n').values;
    expect(partial.logging).toMatchObject({ level: 'warn', format: 'json' });
    expect(partial.metrics).toMatchObject({ enabled: false, prometheus_port: 9090 });
    expect(resolve('observability:\n  logging:\n    level: debug\n').values.metrics.enabled).toBe(true);
    expect(resolve('agent:\n  model: gpt-4\n').values.metrics.enabled).toBe(true);
  });

  it('may say 0 and false', () => {
    expect(resolve('observability: { tracing: { sample_rate: 0 } }').values.tracing.sample_rate).toBe(0);
    const zero = resolve('observability: { tracing: { sample_rate: 0.0 }, metrics: { created: false } }');
    expect(zero.values.tracing.sample_rate).toBe(0);
    expect(zero.values.metrics.created).toBe(false);
    expect(zero.origins['tracing.sample_rate']).toBe('file');
  });

  it('falls back for an invalid key alone, with file, line, column, value and what is allowed', () => {
    const resolved = resolve('observability:\n  tracing:\n    enabled: true\n    sample_rate: 1.5\n');
    expect(resolved.values.tracing).toMatchObject({ enabled: true, sample_rate: 1 });
    expect(resolved.origins['tracing.sample_rate']).toBe('default');
    expect(resolved.problems).toEqual([
      {
        severity: 'error',
        code: 'CONFIG_INVALID',
        message: `${file}:4:5: observability.tracing.sample_rate must be a number between 0 and 1; found 1.5, which is ignored`,
        path: 'tracing.sample_rate',
        file,
        line: 4,
        column: 5,
      },
    ]);
  });

  it('names the three exporters when the exporter is unknown', () => {
    const [message] = messages(resolve('observability: { tracing: { exporter: datadog } }'));
    expect(message).toContain('must be one of jaeger, otlp, zipkin; found "datadog"');
  });

  it.each([
    ['logging: { level: 3 }', 'logging.level'],
    ['metrics: { enabled: "yes" }', 'metrics.enabled'],
    ['metrics: { prometheus_port: 65536 }', 'metrics.prometheus_port'],
    ['metrics: { prometheus_port: 90.5 }', 'metrics.prometheus_port'],
    ['metrics: { prometheus_port: "9090" }', 'metrics.prometheus_port'],
    ['metrics: { interval_ms: .nan }', 'metrics.interval_ms'],
    ['metrics: { interval_ms: 99 }', 'metrics.interval_ms'],
    ['metrics: { interval_ms: 3000000000 }', 'metrics.interval_ms'],
    ['metrics: { host: "" }', 'metrics.host'],
    ['metrics: { otlp_endpoint: localhost }', 'metrics.otlp_endpoint'],
    ['metrics: { buckets: { llm_latency: [1, 1] } }', 'metrics.buckets.llm_latency'],
    ['metrics: { buckets: { llm_latency: [] } }', 'metrics.buckets.llm_latency'],
    ['metrics: { labels: { model: x } }', 'metrics.labels'],
    ['metrics: { labels: { "a-b": x } }', 'metrics.labels'],
    ['metrics: { pricing: { m: { input: 1 } } }', 'metrics.pricing'],
    ['metrics: { pricing: { m: { input: 1, output: -1 } } }', 'metrics.pricing'],
    ['tracing: { headers: { "bad name": x } }', 'tracing.headers'],
    ['tracing: { service_version: 2.0 }', 'tracing.service_version'],
    ['metrics: 3', 'metrics'],
  ])('rejects %s', (yaml, path) => {
    const resolved = resolve(`observability: { ${yaml} }`);
    expectDefaults(resolved);
    expect(resolved.problems).toMatchObject([{ severity: 'error', path, line: 1 }]);
  });

  it('warns of an unknown key and offers the nearest known one', () => {
    const resolved = resolve('observability:\n  metrics:\n    promethus_port: 1\n  sample_rate: 0.1\n  xyzzy: 1\n');
    expectDefaults(resolved);
    expect(resolved.problems.map(({ severity }) => severity)).toEqual(['warning', 'warning', 'warning']);
    const [typo, misplaced, nonsense] = messages(resolved);
    expect(typo).toBe(
      `${file}:3:5: observability.metrics.promethus_port is not a known key and is ignored; did you mean prometheus_port?`,
    );
    expect(misplaced).toContain('did you mean tracing.sample_rate?');
    expect(nonsense).not.toContain('did you mean');
  });

  it('never speaks of the keys of the agent', () => {
    expect(resolve('model: x\nmodel: y\nlogging: { level: 17 }\nobservability: {}\n').problems).toEqual([]);
  });

  it('counts keys without a value as absent, with a warning', () => {
    const resolved = resolve('observability:\n  logging:\n    level:\n  metrics:\n');
    expectDefaults(resolved);
    expect(resolved.problems).toMatchObject([
      { severity: 'warning', path: 'logging.level' },
      { severity: 'warning', path: 'metrics' },
    ]);
  });

  it('uses neither of two values for one key', () => {
    const resolved = resolve('observability:\n  logging:\n    level: debug\n    level: warn\n    format: text\n');
    expect(resolved.values.logging).toMatchObject({ level: 'info', format: 'text' });
    expect(resolved.problems).toMatchObject([{ severity: 'error', path: 'logging.level', line: 4 }]);
  });

  it.each([
    ['malformed YAML', 'invalid: yaml: content: ['],
    ['a tab as indentation', 'observability:\n\tlogging:\n'],
    ['a list at the top', '- a\n- b\n'],
    ['a text at the top', 'hello\n'],
    ['brackets without end', '['.repeat(100_000)],
    ['two sections', 'observability: { content: full }\nobservability: { content: full }\n'],
  ])('with %s counts as absent, with one error', (_, yaml) => {
    const resolved = resolve(yaml);
    expectDefaults(resolved);
    expect(resolved.problems).toMatchObject([{ severity: 'error', code: 'CONFIG_SYNTAX', file }]);
    expect(resolved.fileExists).toBe(true);
  });

  it.each([
    ['empty', ''],
    ['comments only', '# nothing\n'],
    ['a byte order mark only', '\uFEFF'],
  ])('may be %s', (_, yaml) => {
    expectDefaults(resolve(yaml));
    expect(resolve(yaml).problems).toEqual([]);
  });

  it('may begin with a byte order mark', () => {
    expect(resolve('\uFEFFobservability: { content: full }').values.content).toBe('full');
  });

  it('is read up to its first document end, with a warning', () => {
    const resolved = resolve('observability: { content: full }\n---\nobservability: { content: off }\n');
    expect(resolved.values.content).toBe('full');
    expect(resolved.problems).toMatchObject([{ severity: 'warning', line: 2 }]);
  });

  it('may use anchors and aliases, but no alias bomb', () => {
    const yaml = 'shared: &t { enabled: true }\nobservability: { tracing: *t }\n';
    expect(resolve(yaml).values.tracing.enabled).toBe(true);
    let bomb = 'a0: &a0 { x: "1" }\n';
    for (let n = 1; n < 30; n++) {
      bomb += `a${n}: &a${n} { ${Array.from({ length: 9 }, (_, i) => `k${i}: *a${n - 1}`).join(', ')} }\n`;
    }
    const started = performance.now();
    const resolved = resolve(`${bomb}observability: { content: full, metrics: { pricing: *a29 } }\n`);
    expect(resolved.values).toMatchObject({ content: 'full', metrics: { pricing: undefined } });
    expect(resolved.problems).toMatchObject([{ severity: 'error', path: 'metrics.pricing' }]);
    expect(performance.now() - started).toBeLessThan(5000);
  });

  it('larger than 1 MiB is not read', () => {
    const resolved = resolve(`observability: { content: full }\n#${'x'.repeat(10_000_000)}`);
    expectDefaults(resolved);
    expect(resolved.problems).toMatchObject([{ severity: 'error', code: 'CONFIG_UNREADABLE' }]);
  });

  it('that is a folder, or cannot be reached, is an error and not a crash', () => {
    mkdirSync(file);
    expect(resolve().problems).toMatchObject([{ severity: 'error', code: 'CONFIG_UNREADABLE' }]);
    const loop = join(home, 'loop');
    symlinkSync(loop, loop);
    const resolved = resolve(undefined, { configPath: loop });
    expectDefaults(resolved);
    expect(resolved.problems).toMatchObject([{ severity: 'error', code: 'CONFIG_UNREADABLE' }]);
  });

  it('is found through configPath or ALEX_OBSERVABILITY_CONFIG, whose absence is a warning', () => {
    const other = join(home, 'other.yaml');
    const byEnv = { env: { ALEX_OBSERVABILITY_CONFIG: '~/other.yaml' } };
    expect(resolve('observability: { content: full }', byEnv)).toMatchObject({
      file: other,
      values: { content: 'off' },
      problems: [{ severity: 'warning', env: 'ALEX_OBSERVABILITY_CONFIG' }],
    });
    expect(resolve(undefined, { configPath: other }).problems).toMatchObject([{ severity: 'warning', file: other }]);
    writeFileSync(other, 'observability: { content: metadata }');
    expect(resolve(undefined, byEnv)).toMatchObject({ values: { content: 'metadata' }, problems: [] });
    expect(resolve(undefined, { configPath: false, ...byEnv })).toMatchObject({ file: undefined, problems: [] });
  });
});

describe('the environment', () => {
  it('wins over the file, and code wins over it', () => {
    const yaml = 'observability: { logging: { level: error, format: text, output: stderr } }';
    const env = { ALEX_LOG_LEVEL: 'WARNING', ALEX_LOG_FORMAT: 'JSON' };
    const resolved = resolve(yaml, { env, config: { logging: { format: 'text' } } });
    expect(resolved.values.logging).toEqual({ level: 'warn', format: 'text', output: 'stderr' });
    expect(resolved.origins).toMatchObject({
      'logging.level': 'environment',
      'logging.format': 'code',
      'logging.output': 'file',
    });
  });

  it.each([
    ['true', true],
    ['1', true],
    ['YES', true],
    ['false', false],
    ['0', false],
    ['no', false],
  ])('reads %s as a boolean', (text, value) => {
    expect(resolve(undefined, { env: { ALEX_TRACING_ENABLED: text } }).values.tracing.enabled).toBe(value);
  });

  it('leaves a key to the file when a variable is invalid, and to the default when both are', () => {
    const env = { ALEX_METRICS_PORT: '0x50', ALEX_TRACING_SAMPLE_RATE: '50%' };
    const resolved = resolve('observability: { metrics: { prometheus_port: 8080 }, tracing: { sample_rate: 7 } }', {
      env,
    });
    expect(resolved.values).toMatchObject({ metrics: { prometheus_port: 8080 }, tracing: { sample_rate: 1 } });
    expect(resolved.problems).toMatchObject([
      { path: 'tracing.sample_rate', file },
      { severity: 'error', path: 'metrics.prometheus_port', env: 'ALEX_METRICS_PORT' },
      { severity: 'error', path: 'tracing.sample_rate', env: 'ALEX_TRACING_SAMPLE_RATE' },
    ]);
  });

  it('is only warned of for the log level, and an empty variable counts as unset', () => {
    const env = { ALEX_LOG_LEVEL: 'loud', ALEX_LOG_FORMAT: '', ALEX_METRICS_PORT: '  ' };
    expect(resolve(undefined, { env })).toMatchObject({
      values: { logging: { level: 'info', format: 'json' }, metrics: { prometheus_port: 9090 } },
      problems: [{ severity: 'warning', path: 'logging.level' }],
    });
  });

  it('carries headers as pairs and never shows them', () => {
    const env = {
      ALEX_TRACING_HEADERS: 'authorization=Basic%20abc==, x-tenant=a=b',
      ALEX_METRICS_OTLP_HEADERS: 'hunter2',
    };
    const resolved = resolve(undefined, { env });
    expect(resolved.values.tracing.headers).toEqual({ authorization: 'Basic abc==', 'x-tenant': 'a=b' });
    expect(resolved.problems).toMatchObject([{ path: 'metrics.otlp_headers' }]);
    expect(messages(resolved).join()).not.toContain('hunter2');
  });

  it('warns of a variable that is nearly one of ours, and of no other', () => {
    const env = {
      ALEX_METRIC_PORT: '1',
      ALEX_OBSERVABILTY_CONFIG: 'x',
      ALEX_LOG_LEVLE: ' ',
      ALEX_UID: '5',
      alex_content: 'full',
    };
    expect(resolve(undefined, { env }).problems).toEqual([
      {
        severity: 'warning',
        message: 'ALEX_METRIC_PORT is not a known variable; did you mean ALEX_METRICS_PORT?',
        env: 'ALEX_METRIC_PORT',
      },
      {
        severity: 'warning',
        message: 'ALEX_OBSERVABILTY_CONFIG is not a known variable; did you mean ALEX_OBSERVABILITY_CONFIG?',
        env: 'ALEX_OBSERVABILTY_CONFIG',
      },
    ]);
  });

  it('lends the variables of OpenTelemetry where nothing else is said', () => {
    const env = { OTEL_SERVICE_NAME: 'otel', OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318' };
    expect(resolve(undefined, { env }).values.tracing).toMatchObject({
      service_name: 'otel',
      otlp_endpoint: 'http://collector:4318',
    });
    const withFile = resolve('observability: { tracing: { service_name: mine } }', {
      env: { ...env, ALEX_OTLP_ENDPOINT: 'other:4318' },
    });
    expect(withFile.values.tracing).toMatchObject({ service_name: 'mine', otlp_endpoint: 'other:4318' });
    const base = { OTEL_EXPORTER_OTLP_ENDPOINT: 'https://host/otlp/' };
    expect(resolve(undefined, { env: base, configPath: false }).values.tracing.otlp_endpoint).toBe(
      'https://host/otlp/v1/traces',
    );
  });

  it('switches metrics and tracing off by OTEL_SDK_DISABLED', () => {
    const env = { OTEL_SDK_DISABLED: 'TRUE', ALEX_METRICS_ENABLED: 'true' };
    const resolved = resolve('observability: { tracing: { enabled: true } }', { env });
    expect(resolved.values).toMatchObject({ metrics: { enabled: false }, tracing: { enabled: false } });
    expect(resolved.origins).toMatchObject({ 'metrics.enabled': 'environment', 'tracing.enabled': 'environment' });
  });
});

describe('code', () => {
  it('is checked like the file, and what it hands in stays untouched', () => {
    const bounds = [1, 2, 3];
    const config = { metrics: { buckets: { llm_latency: bounds }, prometheus_port: -1 }, trcing: {} };
    const resolved = resolve('observability: { metrics: { prometheus_port: 8080 } }', { config: config as object });
    expect(resolved.values.metrics).toMatchObject({ prometheus_port: 8080, buckets: { llm_latency: [1, 2, 3] } });
    expect(messages(resolved)).toEqual([
      'config.metrics.prometheus_port must be a whole number between 0 and 65535; found -1, which is ignored',
      'config.trcing is not a known key and is ignored; did you mean tracing?',
    ]);
    bounds.push(4);
    expect(resolved.values.metrics.buckets.llm_latency).toEqual([1, 2, 3]);
  });

  it('may be of any wrong kind', () => {
    for (const config of [null, 5, 'x', [], { metrics: null }, { metrics: [] }]) {
      expectDefaults(resolve(undefined, { config: config as unknown as object }));
    }
  });
});

it('everything is frozen, the defaults too, and nothing is shared with the table', () => {
  const resolved = resolve('observability: { metrics: { pricing: { m: { input: 1, output: 2 } } } }');
  const seen: unknown[] = [resolved];
  for (const value of seen) {
    expect(Object.isFrozen(value)).toBe(true);
    if (typeof value === 'object' && value !== null) seen.push(...Object.values(value));
  }
  expect(Object.isFrozen(keys.find(({ path }) => path === 'metrics.buckets.llm_latency')?.default)).toBe(false);
});

it('an endpoint beyond loopback without a token is a warning', () => {
  const exposed = { metrics: { host: '0.0.0.0' } };
  expect(resolve(undefined, { config: exposed }).problems).toMatchObject([
    { severity: 'warning', path: 'metrics.host' },
  ]);
  expect(resolve(undefined, { config: { metrics: { host: '0.0.0.0', token: 't' } } }).problems).toEqual([]);
  expect(resolve(undefined, { config: { metrics: { host: '::1' } } }).problems).toEqual([]);
});

describe('loadConfig', () => {
  function thrown(yaml: string): ObsError {
    try {
      resolve(yaml);
      loadConfig({ home, env: {} });
    } catch (error) {
      if (ObsError.isInstance(error)) return error;
    }
    throw new Error('loadConfig did not throw an ObsError');
  }

  it('throws with every error in its message', () => {
    const error = thrown('observability: { content: 1, metrics: { created: 2 }, unknown: 3 }');
    expect(error.code).toBe('CONFIG_INVALID');
    expect(error.message.split('\n')).toHaveLength(2);
    expect(thrown('a: b: c: [').code).toBe('CONFIG_SYNTAX');
    expect(thrown(`#${'x'.repeat(2_000_000)}`).code).toBe('CONFIG_UNREADABLE');
  });

  it('returns what is right although there are warnings', () => {
    resolve('observability: { content: full, unknown: 3 }');
    expect(loadConfig({ home, env: {} }).values.content).toBe('full');
  });
});
