import {
  type CounterCell,
  type DynamicInstrument,
  type ExemplarReference,
  type FamilyDeclaration,
  type GaugeCell,
  type HistogramCell,
  type Registry,
  translateName,
} from '@alex/openmetrics';
import {
  type BatchObservableCallback,
  type Context,
  type Counter,
  createNoopMeter,
  type Gauge,
  type Histogram,
  type Meter,
  type MeterProvider,
  type MetricOptions,
  type Observable,
  type SpanContext,
  TraceFlags,
  trace,
  type UpDownCounter,
} from '@opentelemetry/api';
import {
  CellCounter,
  CellGauge,
  CellHistogram,
  CellObservable,
  CellUpDownCounter,
  type ExemplarSource,
  ObservedCounter,
  ObservedGauge,
} from './instruments.ts';
import { Observer } from './observation.ts';
import type { OtelIdentity } from './otlp-metrics.ts';
import type { SelfMetrics } from './self-metrics.ts';

export interface RegistryMeterOptions {
  readonly registry: Registry;
  readonly self: SelfMetrics;
  readonly warn: (message: string) => void;
  readonly spanContext: (() => SpanContext | undefined) | undefined;
  /** Names by which instruments are pushed; filled as they are created. */
  readonly identities: Map<string, OtelIdentity>;
}

/** How long the asynchronous callbacks of observable instruments may delay a collect. */
const callbackDeadlineMs = 1000;

/** Instruments of one process, at most; a loop that makes instruments must not fill the memory. */
const maximumInstruments = 1000;

/** The name syntax of OpenTelemetry (metrics API, instrument name syntax). */
const nameSyntax = /^[a-z][\w./-]{0,254}$/i;

const silent: Meter = createNoopMeter();

type Kind = Exclude<keyof Meter, 'addBatchObservableCallback' | 'removeBatchObservableCallback'>;

const familyTypes: Readonly<Record<Kind, FamilyDeclaration['type']>> = {
  createCounter: 'counter',
  createUpDownCounter: 'updowncounter',
  createGauge: 'gauge',
  createHistogram: 'histogram',
  createObservableCounter: 'counter',
  createObservableUpDownCounter: 'updowncounter',
  createObservableGauge: 'gauge',
};

interface Declared {
  readonly name: string;
  readonly unit: string;
  readonly help: string;
  readonly buckets?: readonly number[];
}

/**
 * A meter of OpenTelemetry on the cells of a registry: same endpoint, same limits, exemplars. Every instrument is total.
 * A name that is taken by another kind, or is none, gives an instrument that does nothing, and one warning.
 */
export class RegistryMeter implements Meter, MeterProvider {
  private readonly options: RegistryMeterOptions;
  private readonly instruments: Map<string, { readonly kind: Kind; readonly instrument: unknown }> = new Map();
  private readonly warned: Set<string> = new Set();
  private readonly observer: Observer;
  private readonly exemplar: ExemplarSource;

  constructor(options: RegistryMeterOptions) {
    this.options = options;
    const { self, spanContext } = options;
    this.observer = new Observer({
      deadlineMs: callbackDeadlineMs,
      failed: () => self.dropped('metrics', 'listener_error'),
    });
    this.exemplar = spanContext === undefined ? () => undefined : (context) => sampledSpan(context, spanContext);
  }

  /** All scopes share the registry: series carry no scope labels. */
  getMeter(): Meter {
    return this;
  }

  createCounter(name: string, options?: MetricOptions): Counter {
    return this.create('createCounter', name, options, (declared) => {
      return new CellCounter(this.options.registry.dynamicCounter(declared), this.exemplar);
    });
  }

  createUpDownCounter(name: string, options?: MetricOptions): UpDownCounter {
    return this.create('createUpDownCounter', name, options, (declared) => {
      return new CellUpDownCounter(this.options.registry.dynamicUpDownCounter(declared));
    });
  }

  createGauge(name: string, options?: MetricOptions): Gauge {
    return this.create('createGauge', name, options, (declared) => {
      return new CellGauge(this.options.registry.dynamicGauge(declared));
    });
  }

  createHistogram(name: string, options?: MetricOptions): Histogram {
    return this.create('createHistogram', name, options, (declared) => {
      const family: DynamicInstrument<HistogramCell> = this.options.registry.dynamicHistogram(declared);
      return new CellHistogram(family, this.exemplar);
    });
  }

  createObservableCounter(name: string, options?: MetricOptions): Observable {
    return this.create('createObservableCounter', name, options, (declared) => {
      const family: DynamicInstrument<CounterCell> = this.options.registry.dynamicCounter(declared);
      return this.observable(new CellObservable(new ObservedCounter(family)));
    });
  }

  createObservableUpDownCounter(name: string, options?: MetricOptions): Observable {
    return this.create('createObservableUpDownCounter', name, options, (declared) => {
      const family = this.options.registry.dynamicUpDownCounter(declared) as DynamicInstrument<GaugeCell>;
      return this.observable(new CellObservable(new ObservedGauge(family)));
    });
  }

  createObservableGauge(name: string, options?: MetricOptions): Observable {
    return this.create('createObservableGauge', name, options, (declared) => {
      return this.observable(new CellObservable(new ObservedGauge(this.options.registry.dynamicGauge(declared))));
    });
  }

  addBatchObservableCallback(callback: BatchObservableCallback, observables: Observable[]): void {
    this.observer.addBatch(callback, observables);
  }

  removeBatchObservableCallback(callback: BatchObservableCallback, observables: Observable[]): void {
    this.observer.removeBatch(callback, observables);
  }

  /** Runs the callbacks of observable instruments, for a collect that follows. Bounded; never rejects. */
  observe(): Promise<void> {
    return this.observer.observe();
  }

  private observable(instrument: CellObservable): CellObservable {
    this.observer.add(instrument);
    return instrument;
  }

  private create<Made>(kind: Kind, name: unknown, options: unknown, make: (declared: Declared) => Made): Made {
    try {
      const key = typeof name === 'string' ? name.slice(0, 300).toLowerCase() : '';
      const known = this.instruments.get(key);
      if (known?.kind === kind) return known.instrument as Made;
      const problem = known === undefined ? this.problemOf(name) : 'is an instrument of another kind already';
      if (problem !== undefined) return this.refuse(kind, name, problem);
      const instrument = make(readOptions(name as string, options));
      this.instruments.set(key, { kind, instrument });
      this.identify(kind, name as string, options as MetricOptions | undefined);
      return instrument;
    } catch (error) {
      return this.refuse(kind, name, error instanceof Error ? error.message : 'has options that cannot be read');
    }
  }

  private problemOf(name: unknown): string | undefined {
    if (typeof name !== 'string' || !nameSyntax.test(name)) return 'is no legal instrument name';
    return this.instruments.size < maximumInstruments ? undefined : `is one of more than ${maximumInstruments}`;
  }

  private refuse<Made>(kind: Kind, name: unknown, problem: string): Made {
    const shown = typeof name === 'string' ? JSON.stringify(name.slice(0, 80)) : typeof name;
    if (this.warned.size < maximumInstruments && !this.warned.has(shown)) {
      this.warned.add(shown);
      this.options.warn(`The instrument ${shown} does nothing: it ${problem}.`);
    }
    this.options.self.dropped('metrics', 'invalid_name');
    return silent[kind]('silent') as Made;
  }

  private identify(kind: Kind, name: string, options: MetricOptions | undefined): void {
    const { registry, identities } = this.options;
    const unit = typeof options?.unit === 'string' ? options.unit : '';
    const wire = translateName({ type: familyTypes[kind], name, unit }, registry.translation);
    identities.set(wire.name, { name, unit, upDown: familyTypes[kind] === 'updowncounter' });
  }
}

function readOptions(name: string, options: unknown): Declared {
  const { unit, description, advice } = (options ?? {}) as MetricOptions;
  const bounds = advice?.explicitBucketBoundaries;
  const declared = {
    name,
    unit: typeof unit === 'string' ? unit.slice(0, 63) : '',
    help: typeof description === 'string' && description !== '' ? description.slice(0, 1000) : `${name}.`,
  };
  if (!Array.isArray(bounds)) return declared;
  const finite = bounds.filter((bound) => Number.isFinite(bound));
  return { ...declared, buckets: [...new Set(finite)].sort((left, right) => left - right) };
}

function sampledSpan(
  context: Context | undefined,
  active: () => SpanContext | undefined,
): ExemplarReference | undefined {
  if (context === undefined) return active();
  try {
    const span = trace.getSpanContext(context);
    return span !== undefined && (span.traceFlags & TraceFlags.SAMPLED) !== 0 ? span : undefined;
  } catch {
    return undefined;
  }
}
