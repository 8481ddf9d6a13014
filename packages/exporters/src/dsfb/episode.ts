import type { Motif } from './motif.ts';

/** The channel of samples that name none. */
export const anonymousChannel = '_anonymous_';

/** A time-bounded structural event of one channel; times in the seconds of its samples. */
export interface Episode {
  readonly motif: Motif;
  readonly channel: string | null;
  /** Time of the first sample outside of the envelope. */
  readonly tStart: number;
  /** Time of the sample that confirmed the recovery, or of the last one. */
  readonly tEnd: number;
  /** Largest absolute residual since the last close. */
  readonly peak: number;
  /** Smoothed innovation at the close. */
  readonly emaAtBoundary: number;
  /** Sum of the observer's trust weights at the close; 1 but for rounding. */
  readonly trustSum: number;
}
