import type { BrokenEdge } from './anomaly-event.ts';

/** Similarity of two channels by their entropies: 1 is alike, 0 is as unlike as can be. */
export interface Edge {
  readonly channels: readonly [string, string];
  readonly weight: number;
}

const maximumChannels = 32;
const maximumEdges = 64;
const leastWeight = 0.2;
const breakingChange = 0.3;

function weightOf(left: number, right: number, greatest: number): number {
  return greatest > 0 ? 1 - Math.min(Math.abs(left - right) / greatest, 1) : 1;
}

/**
 * The strongest edges between channels, w = 1 − min(|Hₐ − H_b| / H_max, 1) with H_max the largest positive entropy: at most 64
 * with a weight of 0.2 or more, heaviest first, between the first 32 channels.
 */
export function structureSummary(channels: readonly string[], entropies: readonly number[]): Edge[] {
  const present = channels
    .map((id, index) => ({ id, entropy: entropies[index] ?? Number.NaN }))
    .filter(({ entropy }) => !Number.isNaN(entropy))
    .slice(0, maximumChannels);
  const greatest = Math.max(0, ...present.map(({ entropy }) => entropy));
  const edges = present.flatMap((left, index) =>
    present.slice(index + 1).map((right): Edge => {
      const weight = weightOf(left.entropy, right.entropy, greatest);
      return { channels: [left.id, right.id], weight };
    }),
  );
  return edges
    .filter(({ weight }) => weight >= leastWeight)
    .sort((left, right) => right.weight - left.weight)
    .slice(0, maximumEdges);
}

/**
 * Watches all edges against those that stood when the baseline locked. An edge is broken while its weight differs by 0.3 or
 * more; it is reported once, and again only after it has come back. O(channels²), at most 32 channels.
 */
export class StructureWatch {
  #members: number[] = [];
  #reference: number[] = [];
  #broken: Uint8Array = new Uint8Array(0);

  /** Makes the current entropies (by channel index, NaN for none) the reference. */
  lock(entropies: readonly number[]): void {
    this.#members = [];
    for (let channel = 0; channel < entropies.length && this.#members.length < maximumChannels; channel++) {
      if (!Number.isNaN(entropies[channel]!)) this.#members.push(channel);
    }
    const greatest = this.#greatest(entropies);
    this.#reference = [];
    this.#eachPair((left, right) => {
      this.#reference.push(weightOf(entropies[left]!, entropies[right]!, greatest));
    });
    this.#broken = new Uint8Array(this.#reference.length);
  }

  /** Whether there is anything to compare with. */
  get isLocked(): boolean {
    return this.#members.length > 1;
  }

  /** The edges that broke and were not reported yet; reporting them is up to the caller. */
  breaks(entropies: readonly number[]): BreakReport | undefined {
    let report: BreakReport | undefined;
    const greatest = this.#greatest(entropies);
    this.#eachPair((left, right, pair) => {
      const first = entropies[left] ?? Number.NaN;
      const second = entropies[right] ?? Number.NaN;
      if (Number.isNaN(first) || Number.isNaN(second)) return;
      const now = weightOf(first, second, greatest);
      const before = this.#reference[pair]!;
      if (Math.abs(now - before) < breakingChange) this.#broken[pair] = 0;
      else if (this.#broken[pair] === 0) {
        report ??= { pairs: [] };
        report.pairs.push({ pair, left, right, before, now });
      }
    });
    return report;
  }

  /** Marks the edges of a report as reported. */
  markReported({ pairs }: BreakReport): void {
    for (const { pair } of pairs) this.#broken[pair] = 1;
  }

  reset(): void {
    this.#members = [];
    this.#reference = [];
    this.#broken = new Uint8Array(0);
  }

  #greatest(entropies: readonly number[]): number {
    let greatest = 0;
    for (const channel of this.#members) {
      const entropy = entropies[channel]!;
      if (entropy > greatest) greatest = entropy;
    }
    return greatest;
  }

  #eachPair(visit: (left: number, right: number, pair: number) => void): void {
    let pair = 0;
    for (let first = 0; first < this.#members.length; first++) {
      for (let second = first + 1; second < this.#members.length; second++) {
        visit(this.#members[first]!, this.#members[second]!, pair++);
      }
    }
  }
}

/** Edges by channel index. */
export interface BreakReport {
  readonly pairs: { pair: number; left: number; right: number; before: number; now: number }[];
}

/** A report in the words of an event. */
export function brokenEdges({ pairs }: BreakReport, ids: readonly string[]): BrokenEdge[] {
  return pairs.map(({ left, right, before, now }) => ({ channels: [ids[left]!, ids[right]!], before, now }));
}
