import type { FamilyDeclaration } from './declaration.ts';
import type { ExemplarReference, ExemplarSource } from './exemplar.ts';

/** A monotonic sum of one series. Keep it on hot paths; it never throws. */
export interface CounterCell {
  /** Adds a finite amount that is not negative, 1 by default; anything else is dropped and counted. */
  add(amount?: number, exemplar?: ExemplarReference | ExemplarSource): void;
}

/** A sum of one series that may fall. */
export interface UpDownCounterCell {
  /** Adds a finite amount, 1 by default; anything else is dropped and counted. */
  add(amount?: number): void;
}

/** A value of one series that is set. */
export interface GaugeCell extends UpDownCounterCell {
  /** Sets a finite value; anything else is dropped and counted. */
  set(value: number): void;
}

/** A distribution of one series. */
export interface HistogramCell {
  /** Takes a finite value; anything else is dropped and counted. */
  observe(value: number, exemplar?: ExemplarReference | ExemplarSource): void;
}

/** The states of one series, each on or off. */
export interface StateSetCell<State extends string> {
  /** Switches one state; an unknown one is dropped and counted. */
  set(state: State, enabled?: boolean): void;
  /** Switches one state on and all others off. */
  only(state: State): void;
}

/** An info series exists or not; there is nothing to record. */
export type InfoCell = object;

/** Names of labels; a tuple when they are known, so that a wrong number of values does not compile. */
export type LabelNames = readonly string[];

/** The values of labels, by position. */
export type LabelValues<Names extends LabelNames> = { readonly [Position in keyof Names]: string };

/** What can be asked of any family: its size and what its limit sent to the overflow series. */
export interface FamilyStatus {
  /** The name on the wire without `_total` and the like. */
  readonly name: string;
  readonly type: FamilyDeclaration['type'];
  /** Series that exist, the overflow series included. */
  readonly seriesCount: number;
  /** Look-ups that went to the overflow series because the family was full. */
  readonly overflowCount: number;
}

/** A family with declared label names. */
export interface Instrument<Names extends LabelNames, Cell> extends FamilyStatus {
  readonly labelNames: Names;
  /** The cell of one series, made at 0 if it is new. Values that are no strings are coerced, long ones cut to 256. */
  labels(...values: LabelValues<Names>): Cell;
  /** Makes series exist with 0, so that `increase` sees their first event. */
  declareSeries(...tuples: readonly LabelValues<Names>[]): void;
  /** Removes one series; cells that are still held keep working without effect. Returns whether it existed. */
  remove(...values: LabelValues<Names>): boolean;
  /** Removes all series. */
  clear(): void;
}

/** A family whose label names are found at run time, for instance an OpenTelemetry instrument. */
export interface DynamicInstrument<Cell> extends FamilyStatus {
  /** The cell of one attribute set in any order of its keys. The object is read at once and never kept. */
  labels(attributes?: Readonly<Record<string, unknown>>): Cell;
  remove(attributes: Readonly<Record<string, unknown>>): boolean;
  clear(): void;
}

export type Counter<Names extends LabelNames = readonly []> = Instrument<Names, CounterCell>;
export type Gauge<Names extends LabelNames = readonly []> = Instrument<Names, GaugeCell>;
export type UpDownCounter<Names extends LabelNames = readonly []> = Instrument<Names, UpDownCounterCell>;
export type Histogram<Names extends LabelNames = readonly []> = Instrument<Names, HistogramCell>;
export type StateSet<Names extends LabelNames = readonly [], State extends string = string> = Instrument<
  Names,
  StateSetCell<State>
>;

/** An info family: usually one series that is replaced as a whole. */
export interface Info<Names extends LabelNames = readonly []> extends Instrument<Names, InfoCell> {
  /** Removes what was there and says this instead. */
  set(...values: LabelValues<Names>): void;
}

/** A declaration as the registry's methods take it: the type may be left out, a catalogue entry fits as it is. */
export type FamilyOptions<Type extends FamilyDeclaration['type'], Names extends LabelNames = readonly string[]> = Omit<
  FamilyDeclaration,
  'type' | 'labelNames' | 'states'
> & {
  readonly type?: Type;
  readonly labelNames?: Names;
  readonly states?: readonly string[];
};
