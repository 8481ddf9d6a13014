import type { FamilyDeclaration } from './declaration.ts';
import type { Drops } from './drops.ts';
import type { ExemplarClock } from './exemplar.ts';
import type { FamilyStatus } from './instrument.ts';
import { TextArena } from './label-text.ts';
import { type LabelSet, type LiveSeries, SeriesCopy, type SeriesOwner } from './live-series.ts';
import type { Label, MetricFamily, Series } from './model.ts';
import { isLegalLabelName, type WireName } from './translation.ts';

/** What a registry hands to each of its families. */
export interface FamilyContext {
  readonly declaration: FamilyDeclaration;
  readonly wire: WireName;
  readonly constantLabels: readonly Label[];
  readonly maxSeries: number;
  readonly drops: Drops;
  readonly clock: ExemplarClock;
}

/** Makes a series of the family's kind. */
export type SeriesFactory<Cell> = (owner: SeriesOwner, labels: LabelSet) => Cell;

const overflowLabels: LabelSet = { names: ['otel_metric_overflow'], values: ['true'] };

const modelTypes = {
  counter: 'counter',
  gauge: 'gauge',
  updowncounter: 'gauge',
  histogram: 'histogram',
  info: 'info',
  stateset: 'stateset',
} as const satisfies Record<FamilyDeclaration['type'], MetricFamily['type']>;

/**
 * The series of one family: their limit, their overflow series (labelled as OpenTelemetry does), their removal, and the
 * memory of their label text.
 */
export abstract class LiveFamily<Cell extends LiveSeries<unknown>> implements SeriesOwner, FamilyStatus {
  readonly name: string;
  readonly type: FamilyDeclaration['type'];
  readonly declaration: FamilyDeclaration;
  readonly sampleName: string | undefined;
  readonly constantLabels: readonly Label[];
  readonly drops: Drops;
  readonly clock: ExemplarClock;
  readonly arena: TextArena = new TextArena();
  overflowCount = 0;
  legalLabels: boolean;
  readonly #context: FamilyContext;
  readonly #create: SeriesFactory<Cell>;
  readonly #dependents: (() => void)[] = [];
  #series: Cell[] = [];
  #overflow: Cell | undefined = undefined;
  #deadText = 0;
  /** The names of the last series, which all series of a declared family share. */
  #legalNames: readonly string[] = [];

  constructor(context: FamilyContext, create: SeriesFactory<Cell>) {
    this.#context = context;
    this.#create = create;
    this.name = context.wire.name;
    this.sampleName = context.wire.sampleName;
    this.type = context.declaration.type;
    this.declaration = context.declaration;
    this.constantLabels = context.constantLabels;
    this.drops = context.drops;
    this.clock = context.clock;
    this.legalLabels = context.constantLabels.every(([name]) => isLegalLabelName(name));
  }

  get seriesCount(): number {
    return this.#series.length;
  }

  /** Whether the family has reached its limit of series. */
  protected get isFull(): boolean {
    return this.#series.length - (this.#overflow === undefined ? 0 : 1) >= this.#context.maxSeries;
  }

  protected addSeries(labels: LabelSet): Cell {
    this.legalLabels &&= labels.names === this.#legalNames || labels.names.every(isLegalLabelName);
    this.#legalNames = labels.names;
    const cell = this.detachedSeries(labels);
    cell.index = this.#series.length;
    this.#series.push(cell);
    return cell;
  }

  /** A cell that belongs to no family: recording into it is harmless. */
  protected detachedSeries(labels: LabelSet): Cell {
    return this.#create(this, labels);
  }

  protected overflowSeries(): Cell {
    this.overflowCount++;
    this.drops.count('series_limit', this.name);
    this.#overflow ??= this.addSeries(overflowLabels);
    return this.#overflow;
  }

  protected removeSeries(cell: Cell): void {
    const last = this.#series.pop() as Cell;
    if (last !== cell) {
      this.#series[cell.index] = last;
      last.index = cell.index;
    }
    if (cell.textStart >= 0) {
      this.#deadText += cell.textEnd - cell.textStart;
    }
    cell.index = -1;
    cell.textStart = -1;
    if (this.#deadText > 4096 && this.#deadText > this.arena.used / 2) {
      this.#forgetText();
    }
    this.#invalidateDependents();
  }

  protected removeAllSeries(): void {
    this.#forgetText();
    for (const cell of this.#series) {
      cell.index = -1;
    }
    this.#series = [];
    this.#overflow = undefined;
    this.#invalidateDependents();
  }

  /** Calls back after series were removed, for whoever keeps cells of this family. */
  onRemoval(callback: () => void): void {
    this.#dependents.push(callback);
  }

  /** The family as the snapshot model has it: a live view, or a copy that later records do not change. */
  view(copied: boolean): MetricFamily {
    const live = (): readonly Cell[] => this.#series.slice();
    const head = {
      name: this.name,
      type: modelTypes[this.type],
      help: this.declaration.help,
      unit: this.#context.wire.unit,
      sampleName: this.sampleName,
    };
    const family = copied
      ? { ...head, series: this.#series.map((cell): Series<unknown> => new SeriesCopy(cell)) }
      : { ...head, series: { [Symbol.iterator]: () => live()[Symbol.iterator]() } };
    return family as unknown as MetricFamily;
  }

  #forgetText(): void {
    this.arena.clear();
    this.#deadText = 0;
    for (const cell of this.#series) {
      cell.textStart = -1;
    }
  }

  #invalidateDependents(): void {
    for (const callback of this.#dependents) {
      callback();
    }
  }
}
