import type { PlacedRecord } from '../input/read-input.ts';
import { LiveSpanResiduals } from '../input/span-residuals.ts';
import type { ResidualSample } from '../sample.ts';
import type { DsfbMonitor } from './monitor.ts';

/** What became of a record. A span that only made a baseline is accepted. */
export interface FeedOutcome {
  readonly outcome: 'accepted' | 'dropped' | 'rejected';
  /** Why it was rejected. */
  readonly message?: string;
}

/** Hands the records of one source to a monitor. */
export class LiveFeed {
  readonly #monitor: DsfbMonitor;
  readonly #source: string;
  readonly #spans = new LiveSpanResiduals();

  constructor(monitor: DsfbMonitor, source: string) {
    this.#monitor = monitor;
    this.#source = source;
  }

  /** Takes one record; never throws. */
  take(record: PlacedRecord['record']): FeedOutcome {
    if (record.kind === 'fault') {
      this.#monitor.reject(record.reason);
      return { outcome: 'rejected', message: record.message };
    }
    const sample = record.kind === 'residual' ? record.sample : this.#spans.push(record.span);
    return sample === undefined ? { outcome: 'accepted' } : this.#push(sample);
  }

  #push(sample: ResidualSample): FeedOutcome {
    const outcome = this.#monitor.push(this.#source, sample);
    if (outcome === 'staged') return { outcome: 'accepted' };
    if (outcome === 'dropped') return { outcome };
    return {
      outcome: 'rejected',
      message: outcome === 'future' ? `t ${sample.t} is more than an hour ahead of the clock` : 'it is no residual',
    };
  }
}
