import type { Zone } from './entropy.ts';

/** Why there is no resilience index, or `ok`. */
export type SignalReason = 'ok' | 'too_few_rows' | 'singular' | 'too_many_channels' | 'low_entropy' | 'no_channels';

/** What the window says, brought up to date in place; numbers of an invalid signal keep their last valid value. */
export interface Signal {
  /** Joint quantities are those of the newest row. */
  valid: boolean;
  /** R is that of the newest row. */
  resilienceValid: boolean;
  /** R was ever known; until then 0 means nothing. */
  everResilient: boolean;
  reason: SignalReason;
  rows: number;
  /** Channels that are in the window. */
  channels: number;
  /** ΣH, bits. */
  sumEntropy: number;
  /** H_joint, bits. */
  jointEntropy: number;
  /** TC = ΣH − H_joint (Watanabe 1960), bits. */
  totalCorrelation: number;
  /** R, 0…1. */
  resilience: number;
  zone: Zone;
  /** By channel index: H, bits; NaN for a channel that has none. */
  readonly entropies: number[];
  /** By channel index: 1 is the most critical; 0 for a channel without a rank. */
  readonly ranks: number[];
}

/** A signal before the first row. */
export function emptySignal(): Signal {
  return {
    valid: false,
    resilienceValid: false,
    everResilient: false,
    reason: 'no_channels',
    rows: 0,
    channels: 0,
    sumEntropy: 0,
    jointEntropy: 0,
    totalCorrelation: 0,
    resilience: 0,
    zone: 0,
    entropies: [],
    ranks: [],
  };
}
