import { Buckets, checkBounds, defaultBuckets } from './buckets.ts';
import type { FamilyDeclaration, TranslationStrategy } from './declaration.ts';
import { checkDeclaration, checkLabelName, sampleNames } from './declaration-check.ts';
import { DeclaredFamily } from './declared-family.ts';
import { type DropListener, type DropReason, Drops } from './drops.ts';
import { DynamicFamily } from './dynamic-family.ts';
import type { ExemplarClock } from './exemplar.ts';
import type {
  Counter,
  CounterCell,
  DynamicInstrument,
  FamilyOptions,
  FamilyStatus,
  Gauge,
  GaugeCell,
  Histogram,
  HistogramCell,
  Info,
  LabelNames,
  StateSet,
  UpDownCounter,
  UpDownCounterCell,
} from './instrument.ts';
import { type Joint, JointCells, type JointMember } from './joint.ts';
import { LiveCounter } from './live-counter.ts';
import type { FamilyContext, LiveFamily, SeriesFactory } from './live-family.ts';
import { LiveGauge } from './live-gauge.ts';
import { LiveHistogram } from './live-histogram.ts';
import type { LiveSeries } from './live-series.ts';
import { LiveInfo, LiveStateSet } from './live-states.ts';
import type { Label, Snapshot } from './model.ts';
import { translateLabelName, translateName } from './translation.ts';

export interface RegistryOptions {
  /** How names become names on the wire; `UnderscoreEscapingWithSuffixes` by default. */
  readonly translation?: TranslationStrategy | undefined;
  /** Series per family before further ones share the overflow series; 2000 by default. */
  readonly maxSeriesPerFamily?: number | undefined;
  /** Families in the order of their declaration (default) or by name, a counter with its suffix. */
  readonly order?: 'declared' | 'sorted' | undefined;
  /** On every series; a family's own label of the same name wins. */
  readonly constantLabels?: Readonly<Record<string, string>> | undefined;
  /** Unix milliseconds. */
  readonly now?: (() => number) | undefined;
  /** Told of every recording that was dropped or diverted. */
  readonly onDrop?: DropListener | undefined;
}

/** A family of a joint: the family, and which labels of the joint are its own, in its order. */
export interface JointFamily<Names extends LabelNames, Cell> {
  readonly family: FamilyStatus & { labels(...values: never[]): Cell };
  readonly labels: readonly Names[number][];
}

const defaultMaxSeries = 2000;

type AnySeries = LiveSeries<unknown>;
type AnyFamily = LiveFamily<AnySeries>;

/** Holds families of metrics. Declaring may throw, for it is the programmer's error; recording and collecting never do. */
export class Registry {
  readonly translation: TranslationStrategy;
  readonly #order: 'declared' | 'sorted';
  readonly #maxSeries: number;
  readonly #constantLabels: readonly Label[];
  readonly #clock: ExemplarClock;
  readonly #drops: Drops;
  readonly #families = new Map<string, AnyFamily>();
  readonly #sampleNames = new Map<string, string>();
  readonly #signatures = new Map<string, string>();
  readonly #collectors = new Set<() => void>();

  constructor(options: RegistryOptions = {}) {
    this.translation = options.translation ?? 'UnderscoreEscapingWithSuffixes';
    this.#order = options.order ?? 'declared';
    const { maxSeriesPerFamily = defaultMaxSeries } = options;
    this.#maxSeries = maxSeriesPerFamily >= 0 ? maxSeriesPerFamily : defaultMaxSeries;
    this.#drops = new Drops(options.onDrop);
    const now = options.now ?? Date.now;
    this.#clock = { now, generation: 0, collectedAtMs: now() };
    this.#constantLabels = Object.entries(options.constantLabels ?? {}).map(([name, value]): Label => {
      const wireName = translateLabelName(name, this.translation);
      checkLabelName(wireName, 'constantLabels');
      return [wireName, String(value)];
    });
  }

  counter<const Names extends LabelNames = readonly []>(options: FamilyOptions<'counter', Names>): Counter<Names> {
    return this.#declare<Counter<Names>>(declarationOf(options, 'counter'), counterSeries);
  }

  gauge<const Names extends LabelNames = readonly []>(options: FamilyOptions<'gauge', Names>): Gauge<Names> {
    return this.#declare<Gauge<Names>>(declarationOf(options, 'gauge'), gaugeSeries);
  }

  upDownCounter<const Names extends LabelNames = readonly []>(
    options: FamilyOptions<'updowncounter', Names>,
  ): UpDownCounter<Names> {
    return this.#declare<UpDownCounter<Names>>(declarationOf(options, 'updowncounter'), gaugeSeries);
  }

  histogram<const Names extends LabelNames = readonly []>(
    options: FamilyOptions<'histogram', Names>,
  ): Histogram<Names> {
    return this.#declare<Histogram<Names>>(declarationOf(options, 'histogram'), histogramSeries(options));
  }

  info<const Names extends LabelNames = readonly []>(options: FamilyOptions<'info', Names>): Info<Names> {
    return this.#declare<Info<Names>>(declarationOf(options, 'info'), infoSeries);
  }

  stateSet<const Names extends LabelNames = readonly [], const State extends string = string>(
    options: FamilyOptions<'stateset', Names> & { readonly states: readonly State[] },
  ): StateSet<Names, State> {
    const states = [...options.states];
    return this.#declare<StateSet<Names, State>>(
      declarationOf(options, 'stateset'),
      (owner, labels) => new LiveStateSet(owner, labels, states),
    );
  }

  /** A counter whose label names are found at run time. */
  dynamicCounter(options: FamilyOptions<'counter', readonly []>): DynamicInstrument<CounterCell> {
    return this.#declareDynamic(declarationOf(options, 'counter'), counterSeries);
  }

  dynamicGauge(options: FamilyOptions<'gauge', readonly []>): DynamicInstrument<GaugeCell> {
    return this.#declareDynamic(declarationOf(options, 'gauge'), gaugeSeries);
  }

  dynamicUpDownCounter(options: FamilyOptions<'updowncounter', readonly []>): DynamicInstrument<UpDownCounterCell> {
    return this.#declareDynamic(declarationOf(options, 'updowncounter'), gaugeSeries);
  }

  dynamicHistogram(options: FamilyOptions<'histogram', readonly []>): DynamicInstrument<HistogramCell> {
    return this.#declareDynamic(declarationOf(options, 'histogram'), histogramSeries(options));
  }

  /** One look-up for several families, each with a subset of the labels. Throws when a label is unknown or missing. */
  joint<
    const Names extends LabelNames,
    Families extends Readonly<Record<string, JointFamily<Names, object>>>,
  >(options: {
    readonly labelNames: Names;
    readonly families: Families;
  }): Joint<Names, { readonly [Key in keyof Families]: ReturnType<Families[Key]['family']['labels']> }> {
    const members = Object.entries(options.families).map(([key, { family, labels }]) =>
      jointMember(key, family, { joint: options.labelNames, own: labels }),
    );
    return new JointCells(options.labelNames, members) as never;
  }

  /** Runs a synchronous function before each collect, for values that are observed. What it throws is counted. */
  onCollect(collector: () => void): () => void {
    this.#collectors.add(collector);
    return () => {
      this.#collectors.delete(collector);
    };
  }

  /** All series at this moment, in a copy of its own. */
  snapshot(): Snapshot {
    this.#beginCollect();
    return { families: this.#ordered().map((family) => family.view(true)) };
  }

  /** A live view to be iterated once: each series is read, in one piece, when the iteration reaches it. */
  collect(): Snapshot {
    this.#beginCollect();
    return { families: this.#ordered().map((family) => family.view(false)) };
  }

  /** Whether all of it is legal OpenMetrics 1.0; otherwise it can only be Prometheus text. */
  get openMetrics(): boolean {
    return (
      this.translation.endsWith('WithSuffixes') &&
      this.families.every((family) => (family as AnyFamily).sampleName === undefined)
    );
  }

  /** All families in the order in which they are exposed. */
  get families(): readonly FamilyStatus[] {
    return this.#ordered();
  }

  /** How many recordings were dropped or diverted since the start, by reason; live. */
  get dropped(): Readonly<Record<DropReason, number>> {
    return this.#drops.counts;
  }

  #beginCollect(): void {
    const failed = (): void => this.#drops.count('listener_error', '');
    for (const collector of this.#collectors) {
      try {
        const result: unknown = collector();
        if (result instanceof Promise) {
          result.catch(failed);
        }
      } catch {
        failed();
      }
    }
    this.#clock.generation++;
    this.#clock.collectedAtMs = this.#clock.now();
  }

  #ordered(): readonly AnyFamily[] {
    const families = [...this.#families.values()];
    if (this.#order === 'declared') return families;
    return families.sort((left, right) => (printedName(left) < printedName(right) ? -1 : 1));
  }

  #declare<Declared>(declaration: FamilyDeclaration, create: SeriesFactory<AnySeries>): Declared {
    const labelNames = (declaration.labelNames ?? []).map((name) => translateLabelName(name, this.translation));
    const family = this.#family(declaration, labelNames, (context) => {
      const declared = new DeclaredFamily(context, labelNames, create);
      if (labelNames.length === 0 && declaration.type !== 'info') {
        declared.declareSeries([]);
      }
      return declared;
    });
    return family as unknown as Declared;
  }

  #declareDynamic<Cell>(declaration: FamilyDeclaration, create: SeriesFactory<AnySeries>): DynamicInstrument<Cell> {
    const translate = (name: string): string => translateLabelName(name, this.translation);
    const family = this.#family(declaration, undefined, (context) => new DynamicFamily(context, translate, create));
    return family as unknown as DynamicInstrument<Cell>;
  }

  /** The family of this declaration: the one that exists if it is the same, an Error if it is a different one. */
  #family(
    declaration: FamilyDeclaration,
    labelNames: readonly string[] | undefined,
    make: (context: FamilyContext) => AnyFamily,
  ): AnyFamily {
    const wire = translateName(declaration, this.translation);
    const signature = signatureOf(declaration, labelNames);
    const known = this.#families.get(wire.name);
    if (known !== undefined && this.#signatures.get(wire.name) === signature) {
      return known;
    }
    checkDeclaration(declaration, wire, labelNames ?? []);
    const samples = sampleNames(declaration.type, wire);
    for (const sample of samples) {
      const owner = this.#sampleNames.get(sample);
      if (owner !== undefined) {
        throw new Error(
          `metric "${declaration.name}" (${sample} on the wire) is already declared differently as "${owner}"`,
        );
      }
    }
    const family = make({
      declaration,
      wire,
      constantLabels: this.#constantLabels,
      maxSeries: this.#maxSeries,
      drops: this.#drops,
      clock: this.#clock,
    });
    for (const sample of samples) {
      this.#sampleNames.set(sample, declaration.name);
    }
    this.#signatures.set(wire.name, signature);
    this.#families.set(wire.name, family);
    return family;
  }
}

const counterSeries: SeriesFactory<AnySeries> = (owner, labels) => new LiveCounter(owner, labels);
const gaugeSeries: SeriesFactory<AnySeries> = (owner, labels) => new LiveGauge(owner, labels);
const infoSeries: SeriesFactory<AnySeries> = (owner, labels) => new LiveInfo(owner, labels);

function printedName({ name, sampleName, type }: AnyFamily): string {
  return type === 'counter' ? (sampleName ?? `${name}_total`) : name;
}

function histogramSeries({ name, buckets }: Pick<FamilyDeclaration, 'name' | 'buckets'>): SeriesFactory<AnySeries> {
  const index = new Buckets(checkBounds(buckets ?? defaultBuckets, name));
  return (owner, labels) => new LiveHistogram(owner, labels, index);
}

function declarationOf(
  options: FamilyOptions<FamilyDeclaration['type']>,
  type: FamilyDeclaration['type'],
): FamilyDeclaration {
  if (options.type !== undefined && options.type !== type) {
    throw new Error(`metric "${options.name}" is declared as a ${options.type}, not as a ${type}`);
  }
  return { ...options, type };
}

function signatureOf(declaration: FamilyDeclaration, labelNames: readonly string[] | undefined): string {
  const { type, unit = '', help, buckets = [], states = [], labelLimits = {} } = declaration;
  return JSON.stringify([type, unit, help, labelNames ?? null, buckets, states, labelLimits]);
}

function jointMember(
  key: string,
  family: unknown,
  labels: { readonly joint: readonly string[]; readonly own: readonly string[] },
): JointMember {
  if (!(family instanceof DeclaredFamily)) {
    throw new Error(`joint: "${key}" is no family of a registry with declared labels`);
  }
  const positions = labels.own.map((name) => labels.joint.indexOf(name));
  if (positions.includes(-1) || positions.length !== family.labelNames.length) {
    throw new Error(
      `joint: "${key}" has the labels [${family.labelNames.join(', ')}], given [${labels.own.join(', ')}] of [${labels.joint.join(', ')}]`,
    );
  }
  return { key, family, positions };
}
