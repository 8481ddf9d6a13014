import type { DeclaredFamily } from './declared-family.ts';
import type { LabelNames, LabelValues } from './instrument.ts';
import { labelText } from './label-value.ts';
import type { LiveSeries } from './live-series.ts';
import { TupleMap } from './tuple-map.ts';

/** One look-up for the cells of several families. */
export interface Joint<Names extends LabelNames, Cells> {
  readonly labelNames: Names;
  /** One cell per family, made at 0 where it is new. The object may be kept as long as no series is removed. */
  labels(...values: LabelValues<Names>): Cells;
}

/** A family of a joint with the positions of its labels in the joint's tuple. */
export interface JointMember {
  readonly key: string;
  readonly family: DeclaredFamily<LiveSeries<unknown>>;
  readonly positions: readonly number[];
}

type Cells = Readonly<Record<string, LiveSeries<unknown>>>;

export class JointCells implements Joint<readonly string[], Cells> {
  readonly labelNames: readonly string[];
  readonly #members: readonly JointMember[];
  readonly #found: TupleMap<Cells>;

  constructor(labelNames: readonly string[], members: readonly JointMember[]) {
    this.labelNames = labelNames;
    this.#members = members;
    this.#found = new TupleMap(labelNames.length);
    for (const { family } of members) {
      family.onRemoval(() => this.#found.clear());
    }
  }

  labels(...values: readonly unknown[]): Cells {
    return this.#found.get(values) ?? this.#find(values);
  }

  #find(values: readonly unknown[]): Cells {
    const texts = this.labelNames.map((_, position) => labelText(values[position]) ?? values[position]);
    const known = this.#found.get(texts);
    if (known !== undefined) {
      return known;
    }
    const cells: Record<string, LiveSeries<unknown>> = {};
    const kept: unknown[] = texts.slice();
    let keeps = true;
    for (const { key, family, positions } of this.#members) {
      const cell = family.labels(...positions.map((position) => texts[position]));
      cells[key] = cell;
      keeps &&= cell.names === family.labelNames;
      for (const [index, position] of positions.entries()) {
        keeps &&= cell.values[index] === texts[position];
        kept[position] = cell.values[index];
      }
    }
    // A tuple that some family folded (a label limit, the overflow series) is not kept: there is no end of them.
    if (keeps) {
      this.#found.set(kept, cells);
    }
    return cells;
  }
}
