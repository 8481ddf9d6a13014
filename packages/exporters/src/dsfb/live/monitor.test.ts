import { Registry, renderPrometheusText } from '@alex/openmetrics';
import { describe, expect, it } from 'vitest';
import type { Motif } from '../motif.ts';
import type { ResidualSample } from '../sample.ts';
import { DsfbMonitor, type MonitorOptions } from './monitor.ts';
import { observeMonitor } from './monitor-metrics.ts';

const sample = (t: number, value: number, channel = 'q'): ResidualSample => ({
  t,
  class: 'plan_regression',
  value,
  channel,
});

function monitorAt(startMs: number, options: MonitorOptions = {}) {
  const clock = { ms: startMs };
  const told: string[] = [];
  const monitor = new DsfbMonitor({
    now: () => clock.ms,
    reorderWindow: 2,
    silenceSeconds: 10,
    onOpen: ({ motif, channel }, source) => told.push(`open ${source} ${motif} ${channel}`),
    onClose: ({ motif, channel }, source) => told.push(`close ${source} ${motif} ${channel}`),
    ...options,
  });
  return { monitor, clock, told };
}

const epoch = 1_800_000_000;

describe('the monitor', () => {
  it('counts an episode when it closes, and shows it while it is open', () => {
    const { monitor, clock, told } = monitorAt(epoch * 1000);
    for (let second = 0; second < 60; second++) {
      clock.ms = (epoch + second) * 1000;
      monitor.push('db', sample(epoch + second, second >= 5 && second < 10 ? 0.9 : 0));
      monitor.tick();
      if (second === 9) expect(monitor.open('plan_regression_onset')).toMatchObject([{ source: 'db', channel: 'q' }]);
    }
    expect(monitor.snapshot().perMotifCount[0]).toBe(told.filter((line) => line.startsWith('close')).length);
    expect(told.slice(0, 2)).toEqual(['open db plan_regression_onset q', 'close db plan_regression_onset q']);
    expect(monitor.recent[0]).toMatchObject({ source: 'db', tStart: epoch + 5 });
  });

  it('drains and closes a source that went silent', () => {
    const { monitor, clock } = monitorAt(epoch * 1000);
    for (let second = 0; second <= 10; second++) {
      clock.ms = (epoch + second) * 1000;
      monitor.push('db', sample(epoch + second, 2));
    }
    expect(monitor.snapshot().streamingStaged).toBe(2);
    clock.ms += 3000;
    monitor.tick();
    expect(monitor.snapshot()).toMatchObject({ streamingStaged: 0, streamingFlushed: 11 });
    expect(monitor.open()).toHaveLength(1);
    clock.ms += 10_000;
    monitor.tick();
    expect(monitor.open()).toEqual([]);
    expect(monitor.recent).toMatchObject([{ tStart: epoch, tEnd: epoch + 10 }]);
  });

  it('takes a source whose times begin at 0', () => {
    const { monitor, clock } = monitorAt(epoch * 1000);
    for (let second = 0; second <= 10; second++) {
      clock.ms += 1000;
      monitor.push('file', sample(second, 2));
      monitor.tick();
    }
    expect(monitor.open()).toHaveLength(1);
    clock.ms += 60_000;
    monitor.tick();
    expect(monitor.recent).toMatchObject([{ tStart: 0, tEnd: 10 }]);
  });

  it('keeps sources apart, those with the same channels too', () => {
    const { monitor } = monitorAt(epoch * 1000);
    for (let second = 0; second < 10; second++) {
      monitor.push('a', sample(second, 2));
      monitor.push('b', sample(1000 + second, 0));
    }
    monitor.finish();
    expect(monitor.recent).toMatchObject([{ source: 'a' }]);
    expect(monitor.snapshot().streamingDroppedOutOfWindow).toBe(0);
  });

  it('refuses what is too large to be reckoned with, and still sees the next fault', () => {
    const { monitor } = monitorAt(epoch * 1000);
    for (let second = 0; second < 400; second++) {
      const value = second < 4 ? (second % 2 === 0 ? 1.7e308 : -1.7e308) : second < 300 ? 0 : 0.3;
      monitor.push('db', { ...sample(second, value), class: 'contention' });
    }
    monitor.finish();
    expect(monitor.rejected.invalid).toBe(4);
    expect(monitor.recent).toMatchObject([{ motif: 'contention_ramp', tStart: 301, peak: 0.3 }]);
    expect(monitor.snapshot().perMotifLastTrustSum[2]).toBeCloseTo(1, 9);
  });

  it('accounts for every sample', () => {
    const { monitor } = monitorAt(epoch * 1000);
    const pushes = [5, 4, 20, 3, Number.NaN, epoch + 7200, 21].map((t) => monitor.push('db', sample(t, 0)));
    expect(pushes).toEqual(['staged', 'staged', 'staged', 'dropped', 'invalid', 'future', 'staged']);
    monitor.push('db', { ...sample(1, 1), class: 'weather' as never });
    const { streamingStaged, streamingFlushed, streamingDroppedOutOfWindow } = monitor.snapshot();
    const rejected = Object.values(monitor.rejected).reduce((sum, count) => sum + count, 0);
    expect(streamingStaged + streamingFlushed + streamingDroppedOutOfWindow + rejected).toBe(pushes.length + 1);
  });

  it('lets sources beyond the limit share one', () => {
    const { monitor } = monitorAt(epoch * 1000, { maxSources: 2 });
    for (const source of ['a', 'b', 'c', 'd']) monitor.push(source, sample(1, 0));
    expect(monitor.sources.map(({ source }) => source)).toEqual(['a', 'b', 'other']);
  });

  it('keeps the latest hundred closed episodes', () => {
    const { monitor } = monitorAt(epoch * 1000, { maxChannels: 1 });
    for (let channel = 0; channel < 150; channel++) {
      for (let second = 0; second < 10; second++) {
        monitor.push('db', sample(channel * 10 + second, 2, `c${channel}`));
      }
    }
    monitor.finish();
    expect(monitor.recent).toHaveLength(100);
    expect(monitor.snapshot().perMotifCount[0]).toBe(150);
    expect(monitor.channels('plan_regression_onset')).toEqual({ observed: 1, evicted: 149 });
  });

  it('tells its own families to a registry', () => {
    const { monitor } = monitorAt(epoch * 1000);
    const registry = new Registry();
    observeMonitor(registry, monitor);
    for (let second = 0; second < 10; second++) monitor.push('db', sample(second, 2));
    monitor.reject('syntax');
    const text = (): string => renderPrometheusText(registry.collect());
    expect(text()).toContain('dsfb_episodes_open{motif="plan_regression_onset"} 1\n');
    expect(text()).toContain('dsfb_episodes_open{motif="cache_collapse"} 0\n');
    expect(text()).toContain('dsfb_streaming_rejected_total{reason="syntax"} 1\n');
    expect(text()).toContain('dsfb_streaming_rejected_total{reason="future"} 0\n');
    expect(text()).toContain(`dsfb_source_last_sample_timestamp_seconds{source="db"} ${epoch}`);
  });

  it('does not start with parameters out of range', () => {
    const bad = { rho: 2, sigma0: 1, driftThreshold: 1, slewThreshold: 1, minDwellSeconds: 1 };
    const parameters = Object.fromEntries(
      [
        'plan_regression_onset',
        'cardinality_mismatch_regime',
        'contention_ramp',
        'cache_collapse',
        'workload_phase_transition',
      ].map((motif) => [motif, bad]),
    ) as Record<Motif, typeof bad>;
    expect(() => new DsfbMonitor({ parameters })).toThrow(/rho/);
  });
});
