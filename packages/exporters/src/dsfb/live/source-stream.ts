import type { LiveMotifEngine } from '../engine/live-motif-engine.ts';
import { StreamingIngestor } from '../engine/streaming-ingestor.ts';
import type { ResidualSample } from '../sample.ts';

/** How one source of residuals is read. */
export interface SourceSettings {
  /** Seconds that its samples wait for older ones. */
  readonly reorderWindow: number;
  /** A channel that is silent for longer is closed at its last sample; the dwell of its motif counts where it is longer. */
  readonly silenceSeconds: number;
}

export interface SourceStreamOptions extends SourceSettings {
  readonly engine: LiveMotifEngine;
  /** Unix milliseconds. */
  readonly now: () => number;
}

/**
 * The stream of one source: reorder buffer, then engine. Its samples may be in any epoch, as those of a replay are: the
 * time of the stream goes on with the clock of the machine since its newest sample.
 */
export class SourceStream {
  readonly ingestor: StreamingIngestor;
  readonly engine: LiveMotifEngine;
  readonly #silenceSeconds: number;
  readonly #now: () => number;
  /** Unix milliseconds of the latest push that was a sample. */
  #heardAt: number | undefined;
  #newestAt = 0;

  constructor({ engine, reorderWindow, silenceSeconds, now }: SourceStreamOptions) {
    this.engine = engine;
    this.#silenceSeconds = silenceSeconds;
    this.#now = now;
    this.ingestor = new StreamingIngestor({
      reorderWindow,
      lateness: 'drop',
      sink: (sample) => engine.observe(sample),
    });
  }

  get heardAt(): number | undefined {
    return this.#heardAt;
  }

  push(sample: ResidualSample): ReturnType<StreamingIngestor['push']> {
    const before = this.ingestor.newest;
    const outcome = this.ingestor.push(sample);
    if (outcome === 'rejected') return outcome;
    this.#heardAt = this.#now();
    if (this.ingestor.newest > before) this.#newestAt = this.#heardAt;
    return outcome;
  }

  /** Flushes what has waited for long enough and closes silent channels; to be called now and then. */
  tick(): void {
    if (this.#heardAt === undefined) return;
    const streamTime = this.ingestor.newest + (this.#now() - this.#newestAt) / 1000;
    this.ingestor.flushOlderThan(streamTime);
    // What still waits in the buffer has not been seen by the engine.
    this.engine.closeSilent(streamTime - this.ingestor.reorderWindow, this.#silenceSeconds);
  }

  /** Flushes everything and closes every open episode at its last sample. */
  finish(): void {
    this.ingestor.finish();
    this.engine.closeSilent(Number.POSITIVE_INFINITY, 0);
  }
}
