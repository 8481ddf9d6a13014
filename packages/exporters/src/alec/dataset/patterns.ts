import type { Random } from './random.ts';

/** A sensor's reading without noise, by seconds since midnight of the first day. */
export type Pattern = (seconds: number) => number;

const day = 86_400;

/** `offset + amplitude·sin(2πt/period + phase)`. */
export function sine(wave: { offset: number; amplitude: number; periodSeconds: number; phase: number }): Pattern {
  return (seconds) =>
    wave.offset + wave.amplitude * Math.sin((2 * Math.PI * seconds) / wave.periodSeconds + wave.phase);
}

/** `least + (greatest−least)·exp(−d²/2s²)`, where d is the distance to the peak around the clock; hours. */
export function diurnal(hours: { least: number; greatest: number; peakHour: number; spreadHours: number }): Pattern {
  const { least, greatest, peakHour, spreadHours } = hours;
  return (seconds) => {
    const apart = Math.abs(((seconds % day) / 3600 - peakHour + 24) % 24);
    const distance = Math.min(apart, 24 - apart);
    return least + (greatest - least) * Math.exp(-(distance ** 2) / (2 * spreadHours ** 2));
  };
}

/** exp(μ + σ·N). */
export function logNormal(random: Random, mean: number, deviation: number): Pattern {
  return () => Math.exp(mean + deviation * random.normal());
}

/** Counts of a mean, times `scale`. */
export function poisson(random: Random, mean: number, scale: number): Pattern {
  return () => random.poisson(mean) * scale;
}

/** 0 or 1, with the chances of switching on and off at each row. */
export function markov(random: Random, on: number, off: number): Pattern {
  let state = 0;
  return () => {
    const chance = random.uniform();
    if (state === 0 && chance < on) state = 1;
    else if (state === 1 && chance < off) state = 0;
    return state;
  };
}
