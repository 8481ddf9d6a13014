import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { AnomalyEvent } from '../engine/anomaly-event.ts';
import { AlecEngine } from '../engine/engine.ts';
import { type DatasetOptions, generateDataset } from './generate.ts';
import { parseInjection } from './injection.ts';

interface Watched {
  readonly events: readonly AnomalyEvent[];
  /** Rows after the lock, those beyond |z| 3, and how many rows were in each zone. */
  readonly scored: number;
  readonly far: number;
  readonly zones: readonly [number, number, number];
}

function watch(options: DatasetOptions): Watched {
  const events: AnomalyEvent[] = [];
  const engine = new AlecEngine({ onEvent: (event) => events.push(event) });
  const dataset = generateDataset(options);
  for (const channel of dataset.channels) engine.channel(channel);
  const zones: [number, number, number] = [0, 0, 0];
  let scored = 0;
  let far = 0;
  for (const { timestampMs, values } of dataset.rows()) {
    engine.observeRow(
      timestampMs,
      Float64Array.from(values, (value) => value ?? Number.NaN),
    );
    if (engine.signal.resilienceValid) zones[engine.signal.zone]++;
    if (!engine.baseline.locked) continue;
    scored++;
    if (Object.values(engine.scores.z).some((z) => Math.abs(z) > 3)) far++;
  }
  return { events, scored, far, zones };
}

const page = readFileSync(new URL('../../../../../docs/alec.md', import.meta.url), 'utf8');
const rows = [...page.matchAll(/^\| (line|farm) \| (\w+) \| (\d+) \| ([\d.]+) \| (.*?)\| (.*?) \|$/gm)].map((match) => {
  const [, preset, kind, seconds, size, raises, never] = match as unknown as string[];
  const names = (text: string) => [...text.matchAll(/`(\w+)`/g)].map(([, name]) => name!);
  return { preset, kind, seconds, size, raises: names(raises!), never: names(never!) } as const;
});

describe('the table of anomalies in the documentation', () => {
  it('covers every kind of fault', () => {
    const kinds = 'none stuck spike noise drift bias oscillation decorrelate clipping dropout intermittent'.split(' ');
    expect(new Set(rows.map(({ kind }) => kind))).toEqual(new Set(kinds));
  });

  it.each(rows)('holds for $kind of $seconds s and size $size', ({ preset, kind, seconds, size, raises, never }) => {
    const inject = kind === 'none' ? [] : [parseInjection(`${kind}@20m:vibration:${seconds}:${size}`)];
    for (const seed of [1, 2, 3, 4, 5]) {
      const { events } = watch({ preset: preset as 'line', hours: 0.5, seed, inject });
      const seen = new Set(events.map(({ event_type }) => event_type as string));
      expect([seed, raises.filter((type) => !seen.has(type))]).toEqual([seed, []]);
      expect([seed, never.filter((type) => seen.has(type))]).toEqual([seed, []]);
      const startMs = Date.UTC(2024, 1, 1, 0, 20);
      const early = events.filter((event) => event.timestamp_ms < startMs && event.event_type !== 'BASELINE_LOCKED');
      expect([seed, early]).toEqual([seed, []]);
    }
  });
});

describe('the line without a fault', () => {
  it.each([11, 12, 13, 14, 15, 16, 17, 18, 19, 20])('is healthy, and close to its baseline (seed %d)', (seed) => {
    const { events, scored, far, zones } = watch({ hours: 2, seed });
    expect(events.map(({ event_type }) => event_type)).toEqual(['BASELINE_LOCKED']);
    expect(zones[1] + zones[2]).toBe(0);
    expect(scored).toBeGreaterThan(6000);
    expect(far / scored).toBeLessThan(0.01);
  });
});

describe('the farm', () => {
  const dataset = generateDataset({ preset: 'farm', hours: 48, seed: 3 });
  const data = [...dataset.rows()];
  const column = (id: string) => data.map(({ values }) => values[dataset.channels.indexOf(id)] as number);
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

  it('has a row a minute from 2024-02-01 on, within the ranges of its sensors', () => {
    expect([data.length, data[0]!.timestampMs, data[1]!.timestampMs]).toEqual([2880, 1706745600000, 1706745660000]);
    expect(Math.min(...column('solar_radiation'))).toBe(0);
    expect(Math.max(...column('air_humidity'))).toBeLessThanOrEqual(95);
    expect(new Set(column('leaf_wetness'))).toEqual(new Set([0, 1]));
    expect(new Set(column('rain_gauge').map((value) => value % 2))).toEqual(new Set([0]));
  });

  it('follows the day', () => {
    const atHour = (id: string, hour: number) =>
      mean(column(id).filter((_, row) => Math.floor((row % 1440) / 60) === hour));
    expect(atHour('air_temp', 14)).toBeCloseTo(28, 0);
    expect(atHour('air_temp', 2)).toBeCloseTo(12, 0);
    expect(atHour('solar_radiation', 12)).toBeGreaterThan(900);
    expect(atHour('soil_moisture', 18)).toBeCloseTo(60, 0);
  });

  it('is critical almost always, as the documentation says', () => {
    const { zones } = watch({ preset: 'farm', hours: 48, seed: 3 });
    expect(zones[2] / (zones[0] + zones[1] + zones[2])).toBeGreaterThan(0.95);
  });
});

describe('an injection', () => {
  it('is written KIND@TIME:CHANNEL:SECONDS with or without a size, times in seconds or as durations', () => {
    expect(parseInjection('noise@1200:vibration:300:5')).toEqual(parseInjection('noise@20m:vibration:5m'));
    expect(parseInjection('spike@1h30m:a b:1')).toEqual({
      kind: 'spike',
      startSeconds: 5400,
      channel: 'a b',
      seconds: 1,
      size: 20,
    });
  });

  it('changes its channel in its time only', () => {
    const plain = [...generateDataset({ hours: 0.1 }).rows()];
    const inject = [parseInjection('bias@60:vibration:30:2')];
    const changed = [...generateDataset({ hours: 0.1, inject }).rows()];
    const differing = changed.flatMap(({ values }, row) =>
      values.flatMap((value, channel) => (value === plain[row]!.values[channel] ? [] : [[row, channel]])),
    );
    expect(differing).toEqual(Array.from({ length: 30 }, (_, index) => [60 + index, 3]));
  });
});
