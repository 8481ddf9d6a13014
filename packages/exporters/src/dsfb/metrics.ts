import type { Episode } from './episode.ts';
import { motifs } from './motif.ts';
import { MetricsSnapshot, type StreamingCounters } from './snapshot.ts';

/** Accumulates what a running program exposes: its counters never decrease. */
export class DsfbMetrics {
  readonly #counts: number[] = motifs.map(() => 0);
  readonly #peaks: number[] = motifs.map(() => Number.NaN);
  readonly #trustSums: number[] = motifs.map(() => Number.NaN);
  readonly #attached = new Set<StreamingCounters>();
  #flushedBefore = 0;
  #droppedBefore = 0;

  /** Counts one closed episode, which is the latest of its motif now. An unknown motif is ignored. */
  observeEpisode({ motif, peak, trustSum }: Pick<Episode, 'motif' | 'peak' | 'trustSum'>): void {
    const index = motifs.indexOf(motif);
    if (index < 0) return;
    this.#counts[index]! += 1;
    this.#peaks[index] = peak;
    this.#trustSums[index] = trustSum;
  }

  /** Adds the counters of an ingestor; the function that comes back takes it out, and leaves its counts behind. */
  attachIngestor(ingestor: StreamingCounters): () => void {
    this.#attached.add(ingestor);
    return () => {
      if (!this.#attached.delete(ingestor)) return;
      this.#flushedBefore += ingestor.flushed;
      this.#droppedBefore += ingestor.droppedOutOfWindow;
    };
  }

  /** The state at this moment. */
  snapshot(): MetricsSnapshot {
    let staged = 0;
    let flushed = this.#flushedBefore;
    let dropped = this.#droppedBefore;
    for (const ingestor of this.#attached) {
      staged += ingestor.staged;
      flushed += ingestor.flushed;
      dropped += ingestor.droppedOutOfWindow;
    }
    return new MetricsSnapshot({
      perMotifCount: this.#counts,
      perMotifLastPeak: this.#peaks,
      perMotifLastTrustSum: this.#trustSums,
      streamingStaged: staged,
      streamingFlushed: flushed,
      streamingDroppedOutOfWindow: dropped,
    });
  }
}
