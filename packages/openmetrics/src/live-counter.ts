import type { ExemplarReference, ExemplarSlots, ExemplarSource } from './exemplar.ts';
import type { CounterCell } from './instrument.ts';
import { type LabelSet, LiveSeries, offerExemplar, type SeriesOwner } from './live-series.ts';
import type { CounterPoint, Exemplar } from './model.ts';

export class LiveCounter extends LiveSeries<CounterPoint> implements CounterCell, CounterPoint {
  // V8 keeps a field as an unboxed double only if its first value is one; so it does for -0 and not for 0.
  value: number = -0;
  slots: ExemplarSlots | undefined = undefined;

  constructor(owner: SeriesOwner, labels: LabelSet) {
    super(owner, labels);
    this.value = 0;
  }

  add(amount: number = 1, exemplar?: ExemplarReference | ExemplarSource): void {
    if (typeof amount === 'number' && amount >= 0 && amount < Infinity) {
      this.value += amount;
      if (exemplar !== undefined) {
        offerExemplar(this, 0, amount, exemplar);
      }
    } else {
      this.drop();
    }
  }

  get slotCount(): number {
    return 1;
  }

  get point(): CounterPoint {
    return this;
  }

  get exemplar(): Exemplar | undefined {
    return this.slots?.read(0);
  }

  copyPoint(): CounterPoint {
    return { value: this.value, created: this.created, exemplar: this.exemplar };
  }
}
