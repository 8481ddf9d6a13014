import type { Instrument } from './instrument.ts';
import { LabelLimit } from './label-limit.ts';
import { intern, invalidLabelValue, labelText } from './label-value.ts';
import { type FamilyContext, LiveFamily, type SeriesFactory } from './live-family.ts';
import type { LiveSeries } from './live-series.ts';
import { TupleMap } from './tuple-map.ts';

/** A family whose label names are declared; a look-up by values allocates nothing. */
export class DeclaredFamily<Cell extends LiveSeries<unknown>>
  extends LiveFamily<Cell>
  implements Instrument<readonly string[], Cell>
{
  readonly labelNames: readonly string[];
  readonly #cells: TupleMap<Cell>;
  readonly #limits: readonly (LabelLimit | undefined)[];

  constructor(context: FamilyContext, labelNames: readonly string[], create: SeriesFactory<Cell>) {
    super(context, create);
    this.labelNames = labelNames;
    this.#cells = new TupleMap(labelNames.length);
    const limits = context.declaration.labelLimits;
    this.#limits = (context.declaration.labelNames ?? []).map((name) => {
      const limit = limits?.[name];
      return limit === undefined ? undefined : new LabelLimit(limit);
    });
  }

  labels(...values: readonly unknown[]): Cell {
    return this.#cells.get(values) ?? this.#find(values);
  }

  declareSeries(...tuples: readonly (readonly unknown[])[]): void {
    for (const tuple of tuples) {
      this.#find(tuple);
    }
  }

  remove(...values: readonly unknown[]): boolean {
    const texts = this.#texts(values);
    const cell = this.#cells.get(texts);
    if (cell === undefined) {
      return false;
    }
    this.#cells.delete(texts);
    for (const [position, limit] of this.#limits.entries()) {
      limit?.release(texts[position] as string);
    }
    this.removeSeries(cell);
    return true;
  }

  clear(): void {
    this.#cells.clear();
    for (const limit of this.#limits) {
      limit?.clear();
    }
    this.removeAllSeries();
  }

  /** Replaces all series by one; what an info family does. */
  set(...values: readonly unknown[]): void {
    this.clear();
    this.#find(values);
  }

  #find(values: readonly unknown[]): Cell {
    const texts = this.#texts(values);
    return this.#cells.get(texts) ?? this.#add(texts);
  }

  #add(texts: readonly string[]): Cell {
    const admitted = texts.map((text, position) => this.#limits[position]?.admit(text) ?? text);
    const known = this.#cells.get(admitted);
    if (known !== undefined) {
      return known;
    }
    if (this.isFull) {
      return this.overflowSeries();
    }
    const kept = admitted.map(intern);
    for (const [position, limit] of this.#limits.entries()) {
      limit?.use(kept[position] as string);
    }
    const cell = this.addSeries({ names: this.labelNames, values: kept });
    this.#cells.set(kept, cell);
    return cell;
  }

  #texts(values: readonly unknown[]): readonly string[] {
    return this.labelNames.map((_, position) => {
      const text = labelText(values[position]);
      if (text === undefined) {
        this.drops.count('invalid_attribute', this.name);
      }
      return text ?? invalidLabelValue;
    });
  }
}
