import { lint, lintExemptions, Registry, renderPrometheusText } from '@alex/openmetrics';
import { samplesOf, sampleValue } from '@alex/openmetrics/testing';
import { describe, expect, it } from 'vitest';
import { catalog } from './catalog.ts';
import { SensorDataset } from './csv/sensor-dataset.ts';
import { AlecExporter } from './exporter.ts';
import { statusOf } from './status.ts';

function feed(exporter: AlecExporter, from: number, to: number): void {
  for (let index = from; index < to; index++) {
    const a = Math.sin(index) * 5;
    exporter.observe({
      timestampMs: index * 1000,
      values: { a, 'b"\\\n': a * 2 + Math.cos(index * 7), c: index % 11 },
    });
  }
}

const value = (exporter: AlecExporter, name: string, labels = {}) => sampleValue(exporter.registry, name, labels);

describe('the exporter', () => {
  it('shows every series without labels and every event from the start', async () => {
    const exporter = new AlecExporter();
    const text = renderPrometheusText(exporter.registry.snapshot()).replace(/version="[^"]*"/, 'version="VERSION"');
    await expect(text).toMatchFileSnapshot('golden/static.prometheus.txt');
  });

  it('has names that the lint accepts, or a reason', () => {
    const { families } = new AlecExporter().registry.snapshot();
    expect(lint({ families }, { exempt: lintExemptions(catalog) })).toEqual([]);
  });

  it('shows what the engine knows, for each channel too', () => {
    const exporter = new AlecExporter();
    feed(exporter, 0, 40);
    const { signal } = exporter.engine;
    expect(value(exporter, 'alec_total_correlation_bits')).toBe(signal.totalCorrelation);
    expect(value(exporter, 'alec_resilience_index')).toBe(signal.resilience);
    expect(value(exporter, 'alec_channel_entropy_bits', { channel: 'b"\\\n' })).toBe(signal.entropies[1]);
    expect(value(exporter, 'alec_channel_criticality', { channel: 'c' })).toBe(signal.ranks[2]);
    expect(renderPrometheusText(exporter.registry.snapshot())).toContain('{channel="b\\"\\\\\\n"}');
    expect([value(exporter, 'alec_signal_window_rows'), value(exporter, 'alec_exporter_samples_total')]).toEqual([
      40, 40,
    ]);
    expect(value(exporter, 'alec_resilience_valid')).toBe(1);
  });

  it('does not show health that it does not know', () => {
    const exporter = new AlecExporter();
    expect(statusOf(exporter, 1999)).toMatchObject({
      uptime_secs: 1,
      reason: 'no_channels',
      resilience: { valid: false, r: null, zone: null },
    });
    expect(statusOf(exporter, 0)).not.toHaveProperty('replay');
    expect(value(exporter, 'alec_resilience_valid')).toBe(0);
  });

  it('counts events, and readings and rows that do not count', () => {
    const exporter = new AlecExporter({ engine: { baseline: { buildMs: 0, minSnapshots: 1, windows: 0 } } });
    feed(exporter, 0, 40);
    exporter.observe({ timestampMs: 1, values: { a: 1 } });
    exporter.observe({ timestampMs: 40_000, values: { a: 1e200 } });
    expect(value(exporter, 'alec_anomaly_events_total', { event_type: 'BASELINE_LOCKED', severity: 'info' })).toBe(1);
    expect(exporter.events.at(-1)?.event_type).toBe('BASELINE_LOCKED');
    expect(value(exporter, 'alec_exporter_rejected_values_total', { reason: 'refused_row' })).toBe(1);
    expect(value(exporter, 'alec_exporter_rejected_values_total', { reason: 'out_of_range' })).toBe(1);
    samplesOf(exporter.registry);
    expect(value(exporter, 'alec_exporter_rejected_values_total', { reason: 'out_of_range' })).toBe(1);
  });

  it('removes the series of channels when data begins again, and the baseline unless it is kept', () => {
    for (const keepBaseline of [false, true]) {
      const baseline = { buildMs: 0, minSnapshots: 1, windows: 0 };
      const exporter = new AlecExporter({ keepBaseline, engine: { baseline } });
      feed(exporter, 0, 40);
      exporter.restart();
      const channels = samplesOf(exporter.registry).filter(({ name }) => name === 'alec_channel_entropy_bits');
      expect(channels).toHaveLength(keepBaseline ? 3 : 0);
      expect(value(exporter, 'alec_baseline_locked')).toBe(keepBaseline ? 1 : 0);
      expect(value(exporter, 'alec_exporter_samples_total')).toBe(40);
      expect(value(exporter, 'alec_resilience_index')).toBeGreaterThan(0);
      feed(exporter, 0, 1);
      expect([value(exporter, 'alec_signal_valid'), value(exporter, 'alec_resilience_valid')]).toEqual([0, 0]);
      expect(value(exporter, 'alec_total_correlation_bits')).toBeGreaterThan(0);
    }
  });

  it('replays a dataset and tells where it is', async () => {
    const registry = new Registry();
    const exporter = new AlecExporter({ registry });
    const dataset = new SensorDataset(['a', 'b', 'c']);
    for (const row of [
      [25, 60, 1.5],
      [25.5, 61, 1.4],
      [26, 62, 1.6],
    ])
      dataset.push(1000 * (dataset.length + 1), row);
    const replay = exporter.load(dataset, { speed: 1e6, loop: false });
    expect([
      value(exporter, 'alec_exporter_replay_total_samples'),
      value(exporter, 'alec_exporter_replay_speed'),
    ]).toEqual([3, 1e6]);
    await replay.start();
    expect(value(exporter, 'alec_exporter_replay_position')).toBe(3);
    expect(value(exporter, 'alec_payload_entropy_bits')).toBeCloseTo(1.9473387961875537, 12);
    expect(value(exporter, 'alec_signal_valid')).toBe(0);
    expect(statusOf(exporter, 0).replay).toEqual({
      running: false,
      paused: false,
      position: 3,
      total_samples: 3,
      progress_percent: 100,
      sensor_count: 3,
      duration_ms: 2000,
      speed: 1e6,
      loop: false,
      loops_completed: 0,
    });
  });
});
