import { parseDuration } from '@alex/service';
import type { Sensor } from './presets.ts';
import type { Random } from './random.ts';

/** Faults that can be put into a dataset, with the size that is taken when none is given. */
const defaultSizes = {
  /** The reading stays what it was. Size has no meaning. */
  stuck: 1,
  /** Adds size × spread. Meant for a second or a few. */
  spike: 20,
  /** Adds normal noise of size × the sensor's own noise. */
  noise: 5,
  /** Adds a ramp that ends at size × spread. */
  drift: 5,
  /** Adds size × spread for good. */
  bias: 3,
  /** Adds a sine of size × spread with a period of 9 s. */
  oscillation: 1,
  /** A reading of its own: normal, around the usual one, with size × spread. */
  decorrelate: 1,
  /** Nothing beyond spread / size from the usual reading. */
  clipping: 2,
  /** No reading. Size has no meaning. */
  dropout: 1,
  /** No reading with a chance of size. */
  intermittent: 0.5,
} as const;

export type FaultKind = keyof typeof defaultSizes;

/** One fault: from `startSeconds` of the dataset on, for `seconds`, in one channel. */
export interface Injection {
  readonly kind: FaultKind;
  readonly startSeconds: number;
  readonly channel: string;
  readonly seconds: number;
  readonly size: number;
}

const form = 'KIND@TIME:CHANNEL:SECONDS[:SIZE], for instance noise@30m:vibration:300:5';

/** Reads `KIND@TIME:CHANNEL:SECONDS[:SIZE]`; times are seconds or durations such as `30m`. Throws Error that says what is wrong. */
export function parseInjection(text: string): Injection {
  const match = /^(\w+)@([^:]+):(.+?):([^:]+?)(?::([^:]+))?$/.exec(text);
  if (match === null) throw new Error(`${JSON.stringify(text)} is not ${form}`);
  const [, kind, start, channel, length, given] = match as unknown as [string, string, string, string, string, string?];
  if (!Object.hasOwn(defaultSizes, kind)) {
    throw new Error(`${JSON.stringify(kind)} is no kind of fault: ${Object.keys(defaultSizes).join(', ')}`);
  }
  const startSeconds = secondsOf(start);
  const seconds = secondsOf(length);
  const size = given === undefined ? defaultSizes[kind as FaultKind] : Number(given);
  if (startSeconds === undefined || seconds === undefined || !Number.isFinite(size)) {
    throw new Error(`${JSON.stringify(text)} is not ${form}`);
  }
  return { kind: kind as FaultKind, startSeconds, channel, seconds, size };
}

/** Changes the readings of one channel, called for every row in order. */
export type Fault = (seconds: number, value: number) => number | null;

/** The fault of an injection in a sensor. */
export function faultOf(
  { kind, startSeconds, seconds: length, size }: Injection,
  sensor: Sensor,
  random: Random,
): Fault {
  const { spread, center, noise } = sensor;
  let held: number | undefined;
  const during: Readonly<Record<FaultKind, Fault>> = {
    stuck: (_, value) => (held ??= value),
    spike: (_, value) => value + size * spread,
    noise: (_, value) => value + size * noise * random.normal(),
    drift: (seconds, value) => value + (size * spread * (seconds - startSeconds)) / length,
    bias: (_, value) => value + size * spread,
    oscillation: (seconds, value) => value + size * spread * Math.sin((2 * Math.PI * seconds) / 9),
    decorrelate: () => center + size * spread * random.normal(),
    clipping: (_, value) => Math.max(center - spread / size, Math.min(center + spread / size, value)),
    dropout: () => null,
    intermittent: (_, value) => (random.uniform() < size ? null : value),
  };
  const fault = during[kind];
  return (seconds, value) =>
    seconds >= startSeconds && seconds < startSeconds + length ? fault(seconds, value) : value;
}

function secondsOf(text: string): number | undefined {
  if (/^\d+(\.\d+)?$/.test(text)) return Number(text);
  const milliseconds = parseDuration(text);
  return milliseconds === undefined ? undefined : milliseconds / 1000;
}
