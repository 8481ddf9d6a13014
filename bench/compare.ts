import { measure } from 'mitata';

export type Candidates = Readonly<Record<string, () => void>>;

/** What a comparison found, by the names of its candidates. */
export interface Comparison {
  /** Nanoseconds per call: the median over rounds of mitata's median. */
  ns(name: string): number;
  /** How many times longer `peer` took than `subject`: the median of the ratios of each round. */
  ratio(peer: string, subject: string): number;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/**
 * Times candidates against one another in one process, round by round in turn and each time in another order, so that a
 * change of the machine's speed meets all of them. A candidate is a function that makes `calls` calls in a loop over
 * local variables: to call it for each input, or to read a module's variables in it, would cost as much as the fastest
 * candidate. On a noisy machine two medians may come from different rounds, and their quotient says little: ratios are
 * taken within each round, and of those the median. The first two rounds warm up and are not counted.
 */
export async function compare(candidates: Candidates, calls: number, rounds = 15): Promise<Comparison> {
  const names = Object.keys(candidates);
  const samples = Object.fromEntries(names.map((name) => [name, [] as number[]]));
  for (let round = -2; round < rounds; round++) {
    for (let turn = 0; turn < names.length; turn++) {
      const name = names[(round + 2 + turn) % names.length]!;
      const { p50 } = await measure(candidates[name]!, { min_cpu_time: 100e6, batch_threshold: 0, gc: false });
      if (round >= 0) samples[name]!.push(p50 / calls);
    }
  }
  return {
    ns: (name) => median(samples[name]!),
    ratio: (peer, subject) => median(samples[peer]!.map((ns, round) => ns / samples[subject]![round]!)),
  };
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
