import { setTimeout as wait } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { lint } from '../lint.ts';
import { parseOpenMetrics } from '../parse-openmetrics.ts';
import { Registry } from '../registry.ts';
import { renderOpenMetrics, renderPrometheusText } from '../render.ts';
import { sampleValue } from '../testing/sample-value.ts';
import { processCatalog } from './catalog.ts';
import { processMetrics } from './process-metrics.ts';

const isLinux = process.platform === 'linux';

test('every family of the catalogue is exposed under its literal name, with plausible values', async () => {
  const registry = new Registry();
  const stop = processMetrics(registry);
  const busyUntil = performance.now() + 30;
  while (performance.now() < busyUntil);
  await wait(60);
  registry.collect();
  await wait(1);
  const text = renderPrometheusText(registry.snapshot());
  for (const { name, type } of Object.values(processCatalog)) {
    expect(text).toContain(`# TYPE ${name} ${type === 'info' ? 'gauge' : type}\n`);
  }
  const value = (name: string, labels = {}) => sampleValue(registry, name, labels) ?? Number.NaN;
  expect(value('process_cpu_seconds_total')).toBeGreaterThan(0.03);
  expect(value('process_resident_memory_bytes')).toBeGreaterThan(1e7);
  expect(Math.abs(value('process_start_time_seconds') - (Date.now() / 1000 - process.uptime()))).toBeLessThan(1);
  expect(value('nodejs_heap_size_used_bytes')).toBeLessThanOrEqual(value('nodejs_heap_size_total_bytes'));
  expect(value('nodejs_heap_size_limit_bytes')).toBeGreaterThan(value('nodejs_heap_size_total_bytes'));
  expect(value('nodejs_eventloop_time_seconds_total', { state: 'idle' })).toBeGreaterThan(0.01);
  expect(value('nodejs_eventloop_lag_max_seconds')).toBeGreaterThanOrEqual(value('nodejs_eventloop_lag_p50_seconds'));
  expect(text).toContain(`nodejs_version_info{version="${process.version}",`);
  if (isLinux) {
    expect(value('process_open_fds')).toBeGreaterThan(2);
    expect(value('process_max_fds')).toBeGreaterThan(value('process_open_fds'));
    expect(value('process_virtual_memory_bytes')).toBeGreaterThan(value('process_resident_memory_bytes'));
  }
  stop();
});

test('they are valid OpenMetrics and keep the naming conventions', () => {
  const registry = new Registry();
  const stop = processMetrics(registry);
  const snapshot = parseOpenMetrics(renderOpenMetrics(registry.snapshot()));
  expect(lint(snapshot)).toEqual([]);
  stop();
});

test('the CPU counter follows the process and is not added up by scrapes', () => {
  const registry = new Registry();
  const stop = processMetrics(registry);
  for (let scrape = 0; scrape < 5; scrape++) registry.collect();
  const { user, system } = process.cpuUsage();
  expect(sampleValue(registry, 'process_cpu_seconds_total')).toBeCloseTo((user + system) / 1e6, 1);
  stop();
});

test('a second call for a registry adds nothing; the last stop takes the series away', () => {
  const registry = new Registry();
  const first = processMetrics(registry);
  const second = processMetrics(registry);
  registry.collect();
  const before = sampleValue(registry, 'process_cpu_seconds_total')!;
  expect(before).toBeLessThan((process.cpuUsage().user + process.cpuUsage().system) / 1e6 + 0.001);
  first();
  first();
  expect(sampleValue(registry, 'process_resident_memory_bytes')).toBeGreaterThan(0);
  second();
  expect(sampleValue(registry, 'process_resident_memory_bytes')).toBeUndefined();
  processMetrics(registry)();
});

test('garbage collections are timed by kind', async () => {
  const registry = new Registry();
  const stop = processMetrics(registry);
  let garbage: number[][] = [];
  for (let round = 0; round < 50; round++) garbage = Array.from({ length: 20_000 }, (_, index) => [index]);
  expect(garbage).toHaveLength(20_000);
  await wait(50);
  expect(sampleValue(registry, 'nodejs_gc_duration_seconds_count', { kind: 'minor' })).toBeGreaterThan(0);
  stop();
});
