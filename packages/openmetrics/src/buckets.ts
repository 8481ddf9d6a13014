const smallestExponentIndex = 0;
const double = new Float64Array(1);
const words = new Uint32Array(double.buffer);
double[0] = 1;
const highWord = words[1] === 0 ? 0 : 1;

/** For durations in seconds, from 5 ms to 10 s; what the Prometheus clients use. */
export const defaultBuckets: readonly number[] = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** Checks upper bounds: ascending, unique, finite. Throws a RangeError that names the family. */
export function checkBounds(bounds: readonly number[], name: string): readonly number[] {
  const sound = bounds.every(
    (bound, index) =>
      typeof bound === 'number' && Number.isFinite(bound) && (index === 0 || bound > (bounds[index - 1] as number)),
  );
  if (!sound) {
    throw new RangeError(
      `${name}: buckets must be finite and ascending without repetition, got [${bounds.join(', ')}]`,
    );
  }
  return Object.freeze([...bounds]);
}

/**
 * Finds the bucket of a value: a table by the exponent and the two leading mantissa bits of the double, then at most a
 * few comparisons. Negative bounds are searched one by one.
 */
export class Buckets {
  readonly bounds: readonly number[];
  readonly #table: Uint16Array;
  readonly #first: number;

  constructor(bounds: readonly number[]) {
    this.bounds = bounds;
    const smallest = bounds[0] ?? 0;
    const positive = bounds.find((bound) => bound > 0);
    if (smallest < 0 || positive === undefined) {
      this.#first = smallestExponentIndex;
      this.#table = new Uint16Array(0);
      return;
    }
    this.#first = tableIndex(positive);
    const last = tableIndex(bounds[bounds.length - 1] as number);
    this.#table = new Uint16Array(last - this.#first + 1);
    for (let index = this.#first; index <= last; index++) {
      const edge = lowerEdge(index);
      const bucket = bounds.findIndex((bound) => bound >= edge);
      this.#table[index - this.#first] = bucket < 0 ? bounds.length : bucket;
    }
  }

  /** The index of the first bound that is not below the value, or the number of bounds. */
  find(value: number): number {
    const bounds = this.bounds;
    let bucket = 0;
    if (value > 0) {
      const index = tableIndex(value) - this.#first;
      if (index >= 0) {
        const table = this.#table;
        bucket = index < table.length ? (table[index] as number) : table.length === 0 ? 0 : bounds.length;
      }
    }
    while (bucket < bounds.length && value > (bounds[bucket] as number)) {
      bucket++;
    }
    return bucket;
  }
}

function tableIndex(value: number): number {
  double[0] = value;
  return (words[highWord] as number) >>> 18;
}

function lowerEdge(index: number): number {
  words[highWord] = index << 18;
  words[1 - highWord] = 0;
  return double[0] as number;
}
