import type { SampleWindow } from './sample-window.ts';

/** Discrete entropies of a window, bits. */
export interface HistogramEntropies {
  /** By position in the window. */
  readonly entropies: readonly number[];
  readonly joint: number;
  /** Joint entropy without each channel, by position. */
  readonly jointWithout: readonly number[];
}

/**
 * Shannon entropies −Σ p·log2 p of equal-width bins between the least and the greatest value of each channel; the greatest one
 * falls into the last bin, a constant channel has 0. The joint entropy is that of the occupied joint cells. All of it
 * saturates at log2(rows). `leaveOut` also computes each joint entropy without one channel. O(rows · channels²).
 */
export function histogramEntropies(window: SampleWindow, bins: number, leaveOut: boolean): HistogramEntropies {
  const channels = window.active.length;
  const cells = window.active.map((_, position) => binsOf(window, position, bins));
  const positions = cells.map((_, position) => position);
  const jointOf = (included: readonly number[]): number => entropyOf(jointKeys(cells, included, window.rows));
  return {
    entropies: cells.map((own) => entropyOf(own)),
    joint: jointOf(positions),
    jointWithout:
      leaveOut && channels > 1 ? positions.map((left) => jointOf(positions.filter((one) => one !== left))) : [],
  };
}

function binsOf({ moments, rows }: SampleWindow, position: number, bins: number): number[] {
  let least = Number.POSITIVE_INFINITY;
  let greatest = Number.NEGATIVE_INFINITY;
  for (let row = 0; row < rows; row++) {
    const value = moments.value(row, position);
    least = Math.min(least, value);
    greatest = Math.max(greatest, value);
  }
  const width = (greatest - least) / bins;
  return Array.from({ length: rows }, (_, row) =>
    width > 0 ? Math.min(bins - 1, Math.floor((moments.value(row, position) - least) / width)) : 0,
  );
}

function jointKeys(cells: readonly (readonly number[])[], included: readonly number[], rows: number): string[] {
  return Array.from({ length: rows }, (_, row) => included.map((position) => cells[position]![row]).join());
}

function entropyOf(keys: readonly (string | number)[]): number {
  const counts = new Map<string | number, number>();
  for (const key of keys) counts.set(key, (counts.get(key) ?? 0) + 1);
  if (counts.size <= 1) return 0;
  let sum = 0;
  for (const count of counts.values()) sum += count * Math.log2(count);
  return Math.log2(keys.length) - sum / keys.length;
}
