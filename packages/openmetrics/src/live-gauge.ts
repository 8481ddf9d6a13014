import type { GaugeCell } from './instrument.ts';
import { type LabelSet, LiveSeries, type SeriesOwner } from './live-series.ts';
import type { GaugePoint } from './model.ts';

/** The series of a gauge and of an up-down counter. */
export class LiveGauge extends LiveSeries<GaugePoint> implements GaugeCell, GaugePoint {
  value: number = -0;

  constructor(owner: SeriesOwner, labels: LabelSet) {
    super(owner, labels);
    this.value = 0;
  }

  set(value: number): void {
    if (typeof value === 'number' && value - value === 0) {
      this.value = value;
    } else {
      this.drop();
    }
  }

  add(amount: number = 1): void {
    if (typeof amount === 'number' && amount - amount === 0) {
      this.value += amount;
    } else {
      this.drop();
    }
  }

  get point(): GaugePoint {
    return this;
  }

  copyPoint(): GaugePoint {
    return { value: this.value };
  }
}
