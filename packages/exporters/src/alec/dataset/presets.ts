import { diurnal, logNormal, markov, type Pattern, poisson, sine } from './patterns.ts';
import { type Random, seededRandom } from './random.ts';

/** A sensor of a preset. */
export interface Sensor {
  readonly id: string;
  readonly minimum: number;
  readonly maximum: number;
  /** A typical reading, and how far readings are from it (standard deviation). */
  readonly center: number;
  readonly spread: number;
  /** Standard deviation of what the sensor shares with no other one. */
  readonly noise: number;
}

/** What is measured, how often, and how the readings come about. */
export interface Preset {
  readonly intervalMs: number;
  readonly sensors: readonly Sensor[];
  /** Functions that give the reading of each sensor at a time, in rising order of time. */
  patterns(seed: number): readonly Pattern[];
}

export type PresetName = 'line' | 'farm';

interface LineSensor {
  readonly id: string;
  readonly center: number;
  readonly spread: number;
  readonly minimum?: number;
  readonly maximum: number;
  /** Period of the sensor's own ripple, seconds; no two share a harmonic. */
  readonly ripple: number;
}

const lineSensors: readonly LineSensor[] = [
  { id: 'motor_current', center: 42, spread: 8, maximum: 100, ripple: 7.3 },
  { id: 'motor_power', center: 190, spread: 30, maximum: 400, ripple: 5.9 },
  { id: 'axis_speed', center: 0, spread: 20, minimum: -100, maximum: 100, ripple: 4.7 },
  { id: 'vibration', center: 28, spread: 5, maximum: 100, ripple: 3.7 },
  { id: 'coolant_flow', center: 36, spread: 6, maximum: 80, ripple: 8.9 },
  { id: 'hydraulic_pressure', center: 120, spread: 15, maximum: 250, ripple: 6.7 },
];
const rippleShare = 0.05;
const whiteShare = 0.01;

/**
 * A production line at one row a second: six readings follow one load cycle of 20 s, each with a ripple of its own; the
 * ripples swell slowly. Its statistics are the same in every ten minutes.
 */
const line: Preset = {
  intervalMs: 1000,
  sensors: lineSensors.map(({ id, center, spread, minimum = 0, maximum }) => {
    return { id, minimum, maximum, center, spread, noise: spread * rippleShare };
  }),
  patterns(seed) {
    const phases = seededRandom(seed, 'line');
    const angle = (): number => 2 * Math.PI * phases.uniform();
    const [load, swell] = [angle(), angle()];
    const wave = (seconds: number, period: number, phase: number): number =>
      Math.SQRT2 * Math.sin((2 * Math.PI * seconds) / period + phase);
    return lineSensors.map(({ id, center, spread, ripple }) => {
      const white = seededRandom(seed, id);
      const phase = angle();
      return (seconds) => {
        const common = wave(seconds, 20, load);
        const own = wave(seconds, ripple, phase) * (1 + 0.1 * wave(seconds, 200, swell));
        return center + spread * (common + rippleShare * own + whiteShare * white.normal());
      };
    });
  },
};

interface FarmSensor extends Omit<Sensor, 'center'> {
  pattern(random: Random): Pattern;
}

const farmSensors: readonly FarmSensor[] = [
  {
    ...{ id: 'soil_temp', minimum: 10, maximum: 35, spread: 4, noise: 0.5 },
    pattern: () => diurnal({ least: 15, greatest: 28, peakHour: 15, spreadHours: 5 }),
  },
  {
    ...{ id: 'soil_moisture', minimum: 20, maximum: 80, spread: 3.5, noise: 1 },
    pattern: () => sine({ offset: 55, amplitude: 5, periodSeconds: 86_400, phase: Math.PI }),
  },
  {
    ...{ id: 'air_temp', minimum: -5, maximum: 45, spread: 5, noise: 0.8 },
    pattern: () => diurnal({ least: 12, greatest: 28, peakHour: 14, spreadHours: 4 }),
  },
  {
    ...{ id: 'air_humidity', minimum: 30, maximum: 95, spread: 13, noise: 2 },
    pattern: () => diurnal({ least: 45, greatest: 85, peakHour: 5, spreadHours: 4 }),
  },
  {
    ...{ id: 'rain_gauge', minimum: 0, maximum: 50, spread: 0.3, noise: 0 },
    pattern: (random) => poisson(random, 0.02, 2),
  },
  {
    ...{ id: 'solar_radiation', minimum: 0, maximum: 1200, spread: 300, noise: 20 },
    pattern: () => diurnal({ least: 0, greatest: 950, peakHour: 12, spreadHours: 3 }),
  },
  {
    ...{ id: 'wind_speed', minimum: 0, maximum: 25, spread: 3, noise: 0.5 },
    pattern: (random) => logNormal(random, 1, 0.8),
  },
  {
    ...{ id: 'leaf_wetness', minimum: 0, maximum: 1, spread: 0.4, noise: 0 },
    pattern: (random) => markov(random, 0.02, 0.1),
  },
];

/** A field at one row a minute, with the cycle of the day and sensors that switch: it is not stationary. */
const farm: Preset = {
  intervalMs: 60_000,
  sensors: farmSensors.map(({ pattern: _, ...sensor }) => ({
    ...sensor,
    center: (sensor.minimum + sensor.maximum) / 2,
  })),
  patterns: (seed) =>
    farmSensors.map(({ id, noise, pattern }) => {
      const random = seededRandom(seed, id);
      const clean = pattern(random);
      return (seconds) => clean(seconds) + (noise === 0 ? 0 : noise * random.normal());
    }),
};

/** The presets by name. */
export const presets: Readonly<Record<PresetName, Preset>> = { line, farm };
