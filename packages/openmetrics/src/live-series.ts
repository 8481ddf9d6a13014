import type { Drops } from './drops.ts';
import { type ExemplarClock, type ExemplarReference, ExemplarSlots, type ExemplarSource } from './exemplar.ts';
import { labelsText, type TextArena } from './label-text.ts';
import type { Label, Series } from './model.ts';

/** What a series needs from the family that it belongs to. */
export interface SeriesOwner {
  readonly name: string;
  readonly constantLabels: readonly Label[];
  readonly drops: Drops;
  readonly clock: ExemplarClock;
  readonly arena: TextArena;
  /** Whether no label name of any series needs quotes. */
  readonly legalLabels: boolean;
}

/** The own labels of a series: names that the family shares, and their values. */
export interface LabelSet {
  readonly names: readonly string[];
  readonly values: readonly string[];
}

/** One series of a registry: cell and live series of the snapshot model in one object, read without a copy. */
export abstract class LiveSeries<Point> implements Series<Point> {
  readonly owner: SeriesOwner;
  readonly names: readonly string[];
  readonly values: readonly string[];
  readonly createdMs: number;
  /** Where the family keeps it; -1 once it is removed. */
  index = -1;
  /** Where the label text stands in the family's arena; -1 when it is not there. */
  textStart = -1;
  textEnd = -1;

  constructor(owner: SeriesOwner, labels: LabelSet) {
    this.owner = owner;
    this.names = labels.names;
    this.values = labels.values;
    this.createdMs = owner.clock.now();
  }

  abstract get point(): Point;

  /** A copy of the point that later records do not change. */
  abstract copyPoint(): Point;

  get labels(): readonly Label[] {
    const { names, values } = this;
    const own = names.map((name, position): Label => [name, values[position] ?? '']);
    const constant = this.owner.constantLabels.filter(([name]) => !names.includes(name));
    return [...constant, ...own];
  }

  get created(): number {
    return this.createdMs / 1000;
  }

  /** Makes sure that the label text is in the arena. Returns false for a removed series, which has no place there. */
  cacheText(): boolean {
    if (this.textStart >= 0) {
      return true;
    }
    if (this.index < 0) {
      return false;
    }
    const { arena } = this.owner;
    this.textStart = arena.append(labelsText(this.labels));
    this.textEnd = arena.used;
    return true;
  }

  protected drop(): void {
    this.owner.drops.count('invalid_value', this.owner.name);
  }
}

/** A copy of a series: its point stands still, its labels are those of the series. */
export class SeriesCopy<Point> implements Series<Point> {
  readonly source: LiveSeries<Point>;
  readonly point: Point;

  constructor(source: LiveSeries<Point>) {
    this.source = source;
    this.point = source.copyPoint();
  }

  get labels(): readonly Label[] {
    return this.source.labels;
  }
}

/** What an exemplar may be put into. */
interface ExemplarHolder {
  readonly owner: SeriesOwner;
  slots: ExemplarSlots | undefined;
  readonly slotCount: number;
}

/** Offers an exemplar to a slot; an open slot takes it, a bad reference is counted. Never throws. */
export function offerExemplar(
  series: ExemplarHolder,
  slot: number,
  value: number,
  exemplar: ExemplarReference | ExemplarSource,
): void {
  if (series.slots === undefined || series.slots.isOpen(slot)) {
    fillExemplar(series, slot, value, exemplar);
  }
}

function fillExemplar(
  series: ExemplarHolder,
  slot: number,
  value: number,
  exemplar: ExemplarReference | ExemplarSource,
): void {
  const { clock, drops, name } = series.owner;
  try {
    const reference = typeof exemplar === 'function' ? exemplar() : exemplar;
    if (reference === undefined) {
      return;
    }
    series.slots ??= new ExemplarSlots(series.slotCount, clock);
    if (series.slots.fill(slot, value, reference)) {
      return;
    }
  } catch {
    // A source that throws, a reference that is no object, or whose properties throw.
  }
  drops.count('invalid_attribute', name);
}
