import { measure } from 'mitata';

export type Candidates = Readonly<Record<string, () => unknown>>;

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/**
 * Times candidates against one another in one process, round by round in turn, so that a change of the machine's speed
 * meets all of them. Gives nanoseconds per call: the median over rounds of mitata's median.
 */
export async function compare(candidates: Candidates, rounds = 5): Promise<Record<string, number>> {
  const samples = Object.fromEntries(Object.keys(candidates).map((name) => [name, [] as number[]]));
  for (let round = 0; round < rounds; round++) {
    for (const [name, candidate] of Object.entries(candidates)) {
      const { p50 } = await measure(candidate, { min_cpu_time: 200e6, inner_gc: false, gc: false });
      samples[name]!.push(p50);
    }
  }
  return Object.fromEntries(Object.entries(samples).map(([name, values]) => [name, median(values)]));
}

/** Two decimals are more than these machines can tell. */
export function round(value: number): number {
  return Math.round(value * 100) / 100;
}

export type Figures = Readonly<Record<string, Readonly<Record<string, number>>>>;

/** Hands the figures of one file to `run.ts`: the last line on stdout. */
export function report(figures: Figures): void {
  process.stdout.write(`${JSON.stringify(figures)}\n`);
}
