import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { resolveConfiguration } from './resolve.ts';
import { type ConfigurationChange, watchConfiguration } from './watch.ts';

let folder: string;
let file: string;
let stop = (): void => {};
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'alex-watch-'));
  file = join(folder, 'config.yaml');
});
afterEach(() => {
  stop();
  rmSync(folder, { recursive: true, force: true });
});

function watch(yaml: string | undefined, env: Record<string, string> = {}): ConfigurationChange[] {
  if (yaml !== undefined) writeFileSync(file, yaml);
  const changes: ConfigurationChange[] = [];
  const resolved = resolveConfiguration({ configPath: file, env });
  stop = watchConfiguration(resolved, (change) => changes.push(change), { intervalMs: 5 });
  return changes;
}
const settle = () => new Promise((done) => setTimeout(done, 60));

it('level, format and sample rate follow the file, other keys do not', async () => {
  const changes = watch('observability: { logging: { level: info } }');
  writeFileSync(
    file,
    'observability: { logging: { level: DEBUG, format: text }, tracing: { sample_rate: 0 }, metrics: { prometheus_port: 1 } }',
  );
  await vi.waitFor(() => expect(changes).toHaveLength(1));
  expect(changes[0]!.changed).toEqual(['logging.level', 'logging.format', 'tracing.sample_rate']);
  const { values, origins } = changes[0]!.configuration;
  expect(values).toMatchObject({ logging: { level: 'debug', format: 'text' }, metrics: { prometheus_port: 9090 } });
  expect(values.tracing.sample_rate).toBe(0);
  expect(origins['tracing.sample_rate']).toBe('file');
  expect(Object.isFrozen(values.logging)).toBe(true);
});

it('a file that an editor renames into place, appears or disappears is noticed', async () => {
  const changes = watch(undefined);
  await settle();
  expect(changes).toEqual([]);
  writeFileSync(`${file}.new`, 'observability: { logging: { level: warn } }');
  renameSync(`${file}.new`, file);
  await vi.waitFor(() => expect(changes.at(-1)?.configuration.values.logging.level).toBe('warn'));
  rmSync(file);
  await vi.waitFor(() => expect(changes.at(-1)?.configuration.values.logging.level).toBe('info'));
  expect(changes.at(-1)!.configuration.origins['logging.level']).toBe('default');
});

it('keys that environment or code fix do not follow', async () => {
  const changes = watch('observability: {}', { ALEX_LOG_LEVEL: 'error' });
  writeFileSync(file, 'observability: { logging: { level: debug, format: text } }');
  await vi.waitFor(() => expect(changes).toHaveLength(1));
  expect(changes[0]!.changed).toEqual(['logging.format']);
  expect(changes[0]!.configuration.values.logging.level).toBe('error');
});

it('a failed reload keeps what was, and is said once', async () => {
  const changes = watch('observability: { logging: { level: warn, format: text } }');
  writeFileSync(file, 'observability: [');
  await vi.waitFor(() => expect(changes).toHaveLength(1));
  expect(changes[0]).toMatchObject({ changed: [], problems: [{ code: 'CONFIG_SYNTAX' }] });
  expect(changes[0]!.problems[0]!.message).toMatch(/; the configuration stays as it was$/);
  expect(changes[0]!.configuration.values.logging.level).toBe('warn');
  writeFileSync(file, 'observability: [ ');
  await settle();
  writeFileSync(file, 'observability: { logging: { level: loud, format: json } }');
  await vi.waitFor(() => expect(changes.at(-1)?.changed).toEqual(['logging.format']));
  expect(changes.at(-1)!.configuration.values.logging).toMatchObject({ level: 'warn', format: 'json' });
  expect(changes.at(-1)!.problems).toMatchObject([{ path: 'logging.level' }]);
  expect(changes.length).toBeLessThanOrEqual(3);
});

it('a problem that start has named is not repeated, and a listener that throws does no harm', async () => {
  writeFileSync(file, 'observability: { content: 1 }');
  const resolved = resolveConfiguration({ configPath: file, env: {} });
  let calls = 0;
  stop = watchConfiguration(
    resolved,
    () => {
      calls++;
      throw new Error('listener');
    },
    { intervalMs: 5 },
  );
  await settle();
  expect(calls).toBe(0);
  writeFileSync(file, 'observability: { logging: { level: warn } }');
  await vi.waitFor(() => expect(calls).toBe(1));
  writeFileSync(file, 'observability: { logging: { level: error } }');
  await vi.waitFor(() => expect(calls).toBe(2));
});

it('nothing happens after stop', async () => {
  const changes = watch('observability: {}');
  stop();
  writeFileSync(file, 'observability: { logging: { level: warn } }');
  await settle();
  expect(changes).toEqual([]);
});
