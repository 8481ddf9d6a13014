const double = new Float64Array(1);
const words = new Int32Array(double.buffer);
double[0] = -0;
const highWord = words[0] === 0 ? 1 : 0;

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
 * Finds the bucket of a value: a table by sign, exponent and the two leading mantissa bits of the double says where to
 * begin, and at most a few comparisons say where to end. Arrays that are filled one by one are what V8 reads fastest: of
 * unboxed doubles or small integers, without holes, and one step nearer than the elements of a typed array.
 */
export class Buckets {
  readonly bounds: readonly number[];
  /** The bounds, and +Inf so that a search always ends. */
  private readonly edges: readonly number[];
  /** By `tableIndex` less `offset`; what lies before it is below all positive bounds, what lies behind it above all. */
  private readonly table: readonly number[];
  private readonly offset: number;

  constructor(bounds: readonly number[]) {
    this.bounds = bounds;
    const positive = bounds.filter((bound) => bound > 0);
    const first = tableIndex(positive[0] ?? 1);
    const last = tableIndex(positive.at(-1) ?? 1);
    const table = [0];
    const edges: number[] = [];
    for (let index = first; index <= last + 1; index++) {
      const edge = lowerEdge(index);
      const bucket = bounds.findIndex((bound) => bound >= edge);
      table.push(bucket < 0 ? bounds.length : bucket);
    }
    for (const bound of bounds) {
      edges.push(bound);
    }
    edges.push(Infinity);
    this.offset = first - 1;
    this.table = table;
    this.edges = edges;
  }

  /** The index of the first bound that is not below the value, or the number of bounds. */
  find(value: number): number {
    const { table, edges } = this;
    const index = tableIndex(value) - this.offset;
    // One unsigned comparison tells that the index is in the table.
    let bucket = index >>> 0 < table.length ? (table[index >>> 0] as number) : index < 0 ? 0 : edges.length - 1;
    while (value > (edges[bucket] as number)) {
      bucket++;
    }
    return bucket;
  }
}

function tableIndex(value: number): number {
  double[0] = value;
  return (words[highWord] as number) >> 18;
}

function lowerEdge(index: number): number {
  words[highWord] = index << 18;
  words[1 - highWord] = 0;
  return double[0] as number;
}
