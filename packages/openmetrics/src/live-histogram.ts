import type { Buckets } from './buckets.ts';
import type { ExemplarReference, ExemplarSlots, ExemplarSource } from './exemplar.ts';
import type { HistogramCell } from './instrument.ts';
import { type LabelSet, LiveSeries, offerExemplar, type SeriesOwner } from './live-series.ts';
import type { Exemplar, HistogramPoint } from './model.ts';

export class LiveHistogram extends LiveSeries<HistogramPoint> implements HistogramCell, HistogramPoint {
  readonly buckets: Buckets;
  readonly counts: number[];
  total: number = -0;
  slots: ExemplarSlots | undefined = undefined;

  constructor(owner: SeriesOwner, labels: LabelSet, buckets: Buckets) {
    super(owner, labels);
    this.buckets = buckets;
    this.counts = [0];
    for (const _ of buckets.bounds) {
      this.counts.push(0);
    }
    this.total = 0;
  }

  observe(value: number, exemplar?: ExemplarReference | ExemplarSource): void {
    if (typeof value === 'number' && value - value === 0) {
      const bucket = this.buckets.find(value);
      (this.counts[bucket] as number)++;
      this.total += value;
      if (exemplar !== undefined) {
        offerExemplar(this, bucket, value, exemplar);
      }
    } else {
      this.drop();
    }
  }

  get slotCount(): number {
    return this.counts.length;
  }

  get point(): HistogramPoint {
    return this;
  }

  get bounds(): readonly number[] {
    return this.buckets.bounds;
  }

  /** Absent with negative bounds: OpenMetrics 1.0 forbids a sum that may fall. */
  get sum(): number | undefined {
    return (this.bounds[0] ?? 0) < 0 ? undefined : this.total;
  }

  get exemplars(): readonly (Exemplar | undefined)[] | undefined {
    const { slots } = this;
    return slots && this.counts.map((_, slot) => slots.read(slot));
  }

  copyPoint(): HistogramPoint {
    const { bounds, sum, created, exemplars } = this;
    return { bounds, counts: this.counts.slice(), sum, created, exemplars };
  }
}
