import {
  lstatSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { ObsError } from '../errors.ts';
import { shown } from './check.ts';
import type { PartialConfiguration } from './configuration.ts';
import { formatConfiguration } from './format.ts';
import { resolveConfiguration } from './resolve.ts';
import { initConfiguration, saveConfiguration } from './save.ts';
import { keyByPath } from './tree.ts';

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'alex-save-'));
  file = join(folder, 'home', '.alex', 'config.yaml');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const load = () => resolveConfiguration({ configPath: file, env: {} });
function codeOf(action: () => void): string | undefined {
  try {
    action();
  } catch (error) {
    return ObsError.isInstance(error) ? error.code : String(error);
  }
  return undefined;
}

it('init creates folder and file for the user alone, valid and with tracing on', () => {
  initConfiguration(file);
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(statSync(join(file, '..')).mode & 0o777).toBe(0o700);
  expect(readdirSync(join(file, '..'))).toEqual(['config.yaml']);
  expect(load()).toMatchObject({ problems: [], values: { tracing: { enabled: true } } });
});

it('init keeps the keys and comments of the agent', () => {
  const agent = '# my agent\nmodel: gpt-4 # the big one\ntools:\n  - name: grep\n';
  file = join(folder, 'config.yaml');
  writeFileSync(file, agent);
  initConfiguration(file);
  const text = readFileSync(file, 'utf8');
  expect(text.startsWith(agent)).toBe(true);
  expect(text).toContain('level: info # debug, info, warn or error');
  expect(load().problems).toEqual([]);
});

it('init overwrites a section only by force', () => {
  saveConfiguration(file, { content: 'full' });
  expect(codeOf(() => initConfiguration(file))).toBe('CONFIG_EXISTS');
  expect(() => initConfiguration(file)).toThrow('--force replaces it');
  expect(load().values.content).toBe('full');
  initConfiguration(file, { force: true });
  expect(load().values.content).toBe('off');
});

it('what is saved is loaded again', () => {
  const values: PartialConfiguration = {
    logging: { level: 'debug', format: 'text' },
    metrics: { prometheus_port: 8080, labels: { env: 'test' }, buckets: { llm_latency: [1, 2] } },
    tracing: { enabled: true, exporter: 'otlp', sample_rate: 0, service_name: 'alex-test' },
  };
  saveConfiguration(file, values);
  expect(load().values).toMatchObject(values);
  expect(load().problems).toEqual([]);
});

it('saving changes only what it was given', () => {
  file = join(folder, 'config.yaml');
  const before =
    '# top\nmodel: "gpt-4" # keep\nobservability:\n  # why warn\n  logging:\n    level: warn # loud enough\n  metrics:\nlast: 1\n';
  writeFileSync(file, before);
  saveConfiguration(file, { logging: { level: 'error' }, metrics: { prometheus_port: 1 } });
  expect(readFileSync(file, 'utf8')).toBe(
    '# top\nmodel: "gpt-4" # keep\nobservability:\n  # why warn\n  logging:\n    level: error # loud enough\n  metrics:\n    prometheus_port: 1\nlast: 1\n',
  );
});

it('a symbolic link stays one', () => {
  const target = join(folder, 'dotfiles.yaml');
  writeFileSync(target, 'model: x\n');
  file = join(folder, 'config.yaml');
  symlinkSync(target, file);
  saveConfiguration(file, { content: 'full' });
  expect(lstatSync(file).isSymbolicLink()).toBe(true);
  expect(readFileSync(target, 'utf8')).toContain('model: x\n');
});

it('errors have codes and leave the file alone', () => {
  file = join(folder, 'config.yaml');
  writeFileSync(file, 'a: b: [');
  expect(codeOf(() => saveConfiguration(file, { content: 'full' }))).toBe('CONFIG_SYNTAX');
  expect(codeOf(() => initConfiguration(file, { force: true }))).toBe('CONFIG_SYNTAX');
  expect(readFileSync(file, 'utf8')).toBe('a: b: [');
  expect(codeOf(() => saveConfiguration(file, { metrics: { prometheus_port: -1 } }))).toBe('CONFIG_INVALID');
  expect(codeOf(() => saveConfiguration(folder, { content: 'full' }))).toBe('CONFIG_UNREADABLE');
  expect(codeOf(() => saveConfiguration('/proc/nope/config.yaml', { content: 'full' }))).toBe('CONFIG_UNREADABLE');
});

it.each([
  ['http://me:hunter2@db/costs', 'http://me:********@db/costs'],
  ['http://me:hunter2/x:y@db/costs', 'http://me:********@db/costs'],
  ['https://hunter2@db/costs', 'https://********@db/costs'],
  ['me:hunter2@collector:4318', 'me:********@collector:4318'],
  ['https://db/costs?api_key=hunter2&x=hunter2#top', 'https://db/costs?********#top'],
  ['localhost:4318', 'localhost:4318'],
  ['http://localhost:4318/v1/traces', 'http://localhost:4318/v1/traces'],
  ['~/logs/me@home.log', '~/logs/me@home.log'],
])('%s is shown as %s, in problems too', (url, shownUrl) => {
  const resolved = resolveConfiguration({ configPath: false, env: {}, config: { cost_ledger: url } });
  expect(formatConfiguration(resolved)).toContain(` ${shownUrl} `);
  const key = keyByPath.get('tracing.zipkin_endpoint')!;
  expect(shown(key, url)).toBe(JSON.stringify(shownUrl));
});

it('the configuration is shown with origins and without secrets', () => {
  const env = { ALEX_METRICS_TOKEN: 'hunter2hunter2', ALEX_TRACING_HEADERS: 'authorization=hunter2' };
  const config = { cost_ledger: 'postgres://me:hunter2@db/costs', content: 'full' as const };
  const text = formatConfiguration(resolveConfiguration({ configPath: file, env, config }));
  expect(text).not.toContain('hunter2');
  expect(text).toMatch(/^metrics\.token +\*+ +environment$/m);
  expect(text).toMatch(/^tracing\.headers +\{"authorization":"\*+"\} +environment$/m);
  expect(text).toMatch(/^cost_ledger +postgres:\/\/me:\*+@db\/costs +code$/m);
  expect(text).toMatch(/^content +full +code$/m);
  expect(text).toMatch(/^metrics\.prometheus_port +9090 +default$/m);
  expect(text).toContain('(does not exist)');
});
