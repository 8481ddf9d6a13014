import type { CounterCell, DynamicInstrument, ExemplarReference, GaugeCell, HistogramCell } from '@alex/openmetrics';
import type {
  Attributes,
  Context,
  Counter,
  Gauge,
  Histogram,
  Observable,
  ObservableCallback,
  UpDownCounter,
} from '@opentelemetry/api';

/** The sampled span of a context, or of the active one when none is given. */
export type ExemplarSource = (context: Context | undefined) => ExemplarReference | undefined;

type UpDownCell = Pick<GaugeCell, 'add'>;

export class CellCounter implements Counter {
  private readonly family: DynamicInstrument<CounterCell>;
  private readonly exemplar: ExemplarSource;

  constructor(family: DynamicInstrument<CounterCell>, exemplar: ExemplarSource) {
    this.family = family;
    this.exemplar = exemplar;
  }

  add(value: number, attributes?: Attributes, context?: Context): void {
    this.family.labels(attributes ?? undefined).add(value ?? Number.NaN, this.exemplar(context));
  }
}

export class CellUpDownCounter implements UpDownCounter {
  private readonly family: DynamicInstrument<UpDownCell>;

  constructor(family: DynamicInstrument<UpDownCell>) {
    this.family = family;
  }

  add(value: number, attributes?: Attributes): void {
    this.family.labels(attributes ?? undefined).add(value ?? Number.NaN);
  }
}

export class CellGauge implements Gauge {
  private readonly family: DynamicInstrument<GaugeCell>;

  constructor(family: DynamicInstrument<GaugeCell>) {
    this.family = family;
  }

  record(value: number, attributes?: Attributes): void {
    this.family.labels(attributes ?? undefined).set(value);
  }
}

export class CellHistogram implements Histogram {
  private readonly family: DynamicInstrument<HistogramCell>;
  private readonly exemplar: ExemplarSource;

  constructor(family: DynamicInstrument<HistogramCell>, exemplar: ExemplarSource) {
    this.family = family;
    this.exemplar = exemplar;
  }

  /** Negative values are dropped, as the API demands. */
  record(value: number, attributes?: Attributes, context?: Context): void {
    const sound = typeof value === 'number' && value >= 0 ? value : Number.NaN;
    this.family.labels(attributes ?? undefined).observe(sound, this.exemplar(context));
  }
}

/** What one observation round writes into: a gauge family that is replaced, or a counter family that is brought up to date. */
export interface ObservedFamily {
  /** Writes the observations of one round; series that were not observed go, where they are gauges. */
  write(observations: readonly Observation[]): void;
}

export interface Observation {
  readonly value: unknown;
  readonly attributes: Attributes | undefined;
}

export class ObservedGauge implements ObservedFamily {
  private readonly family: DynamicInstrument<GaugeCell>;

  constructor(family: DynamicInstrument<GaugeCell>) {
    this.family = family;
  }

  write(observations: readonly Observation[]): void {
    this.family.clear();
    for (const { value, attributes } of observations) this.family.labels(attributes).set(value as number);
  }
}

/** Observed counters report their total: a fall means that it began again at 0. */
export class ObservedCounter implements ObservedFamily {
  private readonly family: DynamicInstrument<CounterCell>;
  private readonly totals: WeakMap<CounterCell, number> = new WeakMap();

  constructor(family: DynamicInstrument<CounterCell>) {
    this.family = family;
  }

  write(observations: readonly Observation[]): void {
    for (const [cell, total] of this.sums(observations)) {
      const before = this.totals.get(cell) ?? 0;
      cell.add(total >= before ? total - before : total);
      this.totals.set(cell, total);
    }
  }

  /** Of all observations that share a cell: those beyond the limit of series, and those of two callbacks. */
  private sums(observations: readonly Observation[]): Map<CounterCell, number> {
    const sums = new Map<CounterCell, number>();
    for (const { value, attributes } of observations) {
      const cell = this.family.labels(attributes);
      if (typeof value === 'number' && value >= 0 && value < Infinity) sums.set(cell, (sums.get(cell) ?? 0) + value);
      else cell.add(Number.NaN);
    }
    return sums;
  }
}

/** An observable instrument: its callbacks, and the family that they fill. */
export class CellObservable implements Observable {
  readonly family: ObservedFamily;
  readonly callbacks: Set<ObservableCallback> = new Set();

  constructor(family: ObservedFamily) {
    this.family = family;
  }

  addCallback(callback: ObservableCallback): void {
    if (typeof callback === 'function') this.callbacks.add(callback);
  }

  removeCallback(callback: ObservableCallback): void {
    this.callbacks.delete(callback);
  }
}
