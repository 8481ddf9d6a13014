import type { CounterCell, GaugeCell, HistogramCell, Instrument, Registry } from '@alex/openmetrics';
import { catalog, type DropReason, type Signal } from '../catalog.ts';

/** Drops that can happen at any time: their series exist with 0 from the start. */
const expected: readonly (readonly [Signal, readonly DropReason[]])[] = [
  [
    'metrics',
    ['invalid_value', 'invalid_name', 'invalid_status', 'invalid_attribute', 'series_limit', 'export_failed'],
  ],
  ['traces', ['invalid_attribute', 'queue_full', 'span_too_large', 'export_failed', 'shut_down']],
  ['logs', ['queue_full', 'write_failed']],
  ['records', ['listener_error', 'queue_full']],
];

/** How full the queue of spans is; asked at each collect. */
export interface SpanQueue {
  readonly spans: () => number;
  readonly bytes: () => number;
}

/** What the SDK says about itself. Every method is total. */
export interface SelfMetrics {
  /** Counts what was not recorded or delivered, 1 by default, and warns of each signal and reason once. */
  dropped(signal: Signal, reason: DropReason, count?: number): void;
  spansExported(count: number): void;
  spansFailed(reason: string, count: number): void;
  exportSeconds(seconds: number): void;
  scrapeSeconds(seconds: number): void;
  setQueue(queue: SpanQueue): void;
  configErrors(count: number): void;
}

export interface SelfMetricsOptions {
  readonly version: string;
  readonly warn: (message: string) => void;
}

/** Metrics of the SDK itself on a registry. */
export class RegisteredSelfMetrics implements SelfMetrics {
  private readonly warn: (message: string) => void;
  private readonly drops: Instrument<readonly ['signal', 'reason'], CounterCell>;
  private readonly dropCells: Map<string, CounterCell> = new Map();
  private readonly warned: Set<string> = new Set();
  private readonly exported: CounterCell;
  private readonly failed: Instrument<readonly ['reason'], CounterCell>;
  private readonly exports: HistogramCell;
  private readonly scrapes: HistogramCell;
  private readonly errors: GaugeCell;
  private readonly series: Instrument<readonly ['family'], GaugeCell>;
  private readonly queueSpans: GaugeCell;
  private readonly queueBytes: GaugeCell;
  private queue: SpanQueue | undefined;
  private dropping = false;

  constructor(registry: Registry, { version, warn }: SelfMetricsOptions) {
    this.warn = warn;
    this.drops = registry.counter(catalog.dropped);
    for (const [signal, reasons] of expected) {
      this.drops.declareSeries(...reasons.map((reason): readonly [string, string] => [signal, reason]));
    }
    this.exported = registry.counter(catalog.spansExported).labels();
    this.failed = registry.counter(catalog.spansFailed);
    this.queueSpans = registry.gauge(catalog.queueSpans).labels();
    this.queueBytes = registry.gauge(catalog.queueBytes).labels();
    this.exports = registry.histogram(catalog.exportDuration).labels();
    this.scrapes = registry.histogram(catalog.scrapeDuration).labels();
    this.series = registry.gauge(catalog.series);
    this.errors = registry.gauge(catalog.configErrors).labels();
    registry.gauge(catalog.buildInfo).labels(version).set(1);
  }

  dropped(signal: Signal, reason: DropReason, count = 1): void {
    // A registry that is full drops in the middle of counting a drop.
    if (this.dropping) return;
    this.dropping = true;
    try {
      this.dropCell(signal, reason).add(count);
    } finally {
      this.dropping = false;
    }
    this.warnOnce(`${signal}: ${reason}`);
  }

  spansExported(count: number): void {
    this.exported.add(count);
  }

  spansFailed(reason: string, count: number): void {
    this.failed.labels(reason).add(count);
  }

  exportSeconds(seconds: number): void {
    this.exports.observe(seconds);
  }

  scrapeSeconds(seconds: number): void {
    this.scrapes.observe(seconds);
  }

  setQueue(queue: SpanQueue): void {
    this.queue = queue;
  }

  configErrors(count: number): void {
    this.errors.set(count);
  }

  /** Brings the gauges up to date; called before each collect. */
  refresh(families: readonly { readonly name: string; readonly seriesCount: number }[]): void {
    if (this.queue !== undefined) {
      this.queueSpans.set(this.queue.spans());
      this.queueBytes.set(this.queue.bytes());
    }
    // All of them exist before any is counted: the family counts itself.
    for (const { name } of families) this.series.labels(name);
    for (const { name, seriesCount } of families) this.series.labels(name).set(seriesCount);
  }

  private dropCell(signal: Signal, reason: DropReason): CounterCell {
    const key = `${signal} ${reason}`;
    let cell = this.dropCells.get(key);
    if (cell === undefined) this.dropCells.set(key, (cell = this.drops.labels(signal, reason)));
    return cell;
  }

  private warnOnce(what: string): void {
    if (this.warned.has(what)) return;
    this.warned.add(what);
    try {
      this.warn(`Telemetry was dropped (${what}); from now on it is only counted in alex_obs_dropped_total.`);
    } catch {
      // The host's own logger may fail: nothing that we could tell anybody.
    }
  }
}
