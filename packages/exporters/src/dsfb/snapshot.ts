import type { Episode } from './episode.ts';
import { motifs } from './motif.ts';

/** What a streaming ingestor counts, as far as it is exposed. */
export interface StreamingCounters {
  readonly staged: number;
  readonly flushed: number;
  readonly droppedOutOfWindow: number;
}

/** Everything that is rendered; arrays have one element per motif in the order of `motifs`, NaN is "no episode yet". */
export interface SnapshotFields {
  readonly perMotifCount: readonly number[];
  readonly perMotifLastPeak: readonly number[];
  readonly perMotifLastTrustSum: readonly number[];
  readonly streamingStaged: number;
  readonly streamingFlushed: number;
  readonly streamingDroppedOutOfWindow: number;
}

/** An immutable picture of the state of DSFB; without fields: nothing has happened yet. */
export class MetricsSnapshot implements SnapshotFields {
  readonly perMotifCount: readonly number[];
  readonly perMotifLastPeak: readonly number[];
  readonly perMotifLastTrustSum: readonly number[];
  readonly streamingStaged: number;
  readonly streamingFlushed: number;
  readonly streamingDroppedOutOfWindow: number;

  /** Throws RangeError for a count that is negative or no integer, and for an array that does not have five elements. */
  constructor(fields: Partial<SnapshotFields> = {}) {
    this.perMotifCount = perMotif('perMotifCount', fields.perMotifCount, 0);
    this.perMotifLastPeak = perMotif('perMotifLastPeak', fields.perMotifLastPeak, Number.NaN);
    this.perMotifLastTrustSum = perMotif('perMotifLastTrustSum', fields.perMotifLastTrustSum, Number.NaN);
    this.streamingStaged = fields.streamingStaged ?? 0;
    this.streamingFlushed = fields.streamingFlushed ?? 0;
    this.streamingDroppedOutOfWindow = fields.streamingDroppedOutOfWindow ?? 0;
    for (const count of this.perMotifCount) checkCount('perMotifCount', count);
    for (const name of ['streamingStaged', 'streamingFlushed', 'streamingDroppedOutOfWindow'] as const) {
      checkCount(name, this[name]);
    }
    Object.freeze(this);
  }

  /** Counts episodes per motif; "last" is the last one in array order. Throws TypeError for an unknown motif. */
  static fromEpisodes(episodes: Iterable<Pick<Episode, 'motif' | 'peak' | 'trustSum'>>): MetricsSnapshot {
    const counts = motifs.map(() => 0);
    const peaks = motifs.map(() => Number.NaN);
    const trustSums = motifs.map(() => Number.NaN);
    for (const { motif, peak, trustSum } of episodes) {
      const index = motifs.indexOf(motif);
      if (index < 0) throw new TypeError(`Unknown motif ${JSON.stringify(motif)}; there are ${motifs.join(', ')}`);
      counts[index]! += 1;
      peaks[index] = peak;
      trustSums[index] = trustSum;
    }
    return new MetricsSnapshot({
      perMotifCount: counts,
      perMotifLastPeak: peaks,
      perMotifLastTrustSum: trustSums,
    });
  }

  /** The same snapshot with the counters of an ingestor instead of its own; the ingestor is only read. */
  withStreaming({ staged, flushed, droppedOutOfWindow }: StreamingCounters): MetricsSnapshot {
    return new MetricsSnapshot({
      ...this,
      streamingStaged: staged,
      streamingFlushed: flushed,
      streamingDroppedOutOfWindow: droppedOutOfWindow,
    });
  }
}

function perMotif(name: string, values: readonly number[] | undefined, initial: number): readonly number[] {
  const copy = values === undefined ? motifs.map(() => initial) : [...values];
  if (copy.length !== motifs.length) throw new RangeError(`${name} has ${copy.length} elements, not ${motifs.length}`);
  return Object.freeze(copy);
}

function checkCount(name: string, count: number): void {
  if (!Number.isInteger(count) || count < 0) throw new RangeError(`${name} is ${count}, not a count`);
}
