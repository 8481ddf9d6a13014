import { type Fault, faultOf, type Injection } from './injection.ts';
import { type PresetName, presets } from './presets.ts';
import { seededRandom } from './random.ts';

export interface DatasetOptions {
  /** Default `line`. */
  readonly preset?: PresetName;
  /** Default 24. */
  readonly hours?: number;
  /** The same seed gives the same rows. Default 1. */
  readonly seed?: number;
  readonly inject?: readonly Injection[];
}

/** One row; null is a reading that is missing. */
export interface DatasetRow {
  readonly timestampMs: number;
  readonly values: readonly (number | null)[];
}

/** A dataset that is computed row by row. */
export interface GeneratedDataset {
  readonly channels: readonly string[];
  readonly intervalMs: number;
  readonly count: number;
  rows(): Generator<DatasetRow>;
}

const firstMs: number = Date.UTC(2024, 1, 1);

/** Sensor data with known anomalies, from 2024-02-01T00:00:00Z on. Throws Error for an injection into an unknown channel. */
export function generateDataset({
  preset = 'line',
  hours = 24,
  seed = 1,
  inject = [],
}: DatasetOptions = {}): GeneratedDataset {
  const { sensors, intervalMs, patterns } = presets[preset];
  const channels = sensors.map(({ id }) => id);
  const unknown = inject.find(({ channel }) => !channels.includes(channel));
  if (unknown) throw new Error(`The preset ${preset} has no channel ${unknown.channel}: ${channels.join(', ')}`);
  const count = Math.round((hours * 3_600_000) / intervalMs);
  return {
    channels,
    intervalMs,
    count,
    *rows() {
      const readings = patterns(seed);
      const faults = sensors.map((sensor): readonly Fault[] =>
        inject
          .filter(({ channel }) => channel === sensor.id)
          .map((injection, index) => faultOf(injection, sensor, seededRandom(seed, `${injection.kind}${index}`))),
      );
      for (let index = 0; index < count; index++) {
        const seconds = (index * intervalMs) / 1000;
        const values = sensors.map(({ minimum, maximum }, at) => {
          let value: number | null = readings[at]!(seconds);
          for (const fault of faults[at]!) if (value !== null) value = fault(seconds, value);
          return value === null ? null : Math.max(minimum, Math.min(maximum, value));
        });
        yield { timestampMs: firstMs + index * intervalMs, values };
      }
    },
  };
}

/** The lines of a dataset as CSV, header first, without line ends: six decimals, nothing for a missing reading. */
export function* csvLines(dataset: GeneratedDataset): Generator<string> {
  yield ['timestamp_ms', ...dataset.channels].join();
  for (const { timestampMs, values } of dataset.rows()) {
    yield `${timestampMs},${values.map((value) => value?.toFixed(6) ?? '').join()}`;
  }
}
