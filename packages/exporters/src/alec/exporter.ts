import { Registry } from '@alex/openmetrics';
import type { SensorDataset } from './csv/sensor-dataset.ts';
import type { AnomalyEvent } from './engine/anomaly-event.ts';
import { AlecEngine, type ComputedSnapshot, type Sample } from './engine/engine.ts';
import type { AlecEngineOptions } from './engine/options.ts';
import { AlecMetrics, type Rejection } from './metrics.ts';
import { Replay } from './replay/replay.ts';
import { version } from './version.ts';

export interface AlecExporterOptions {
  readonly engine?: AlecEngineOptions;
  /** Where the metrics go. Default: a registry of its own. */
  readonly registry?: Registry;
  /** When data begins again the baseline stays. Default false. */
  readonly keepBaseline?: boolean;
}

const rememberedEvents = 20;

/** An engine with its metrics: rows go in by a call, by a replay or over HTTP, and the registry always tells the newest state. */
export class AlecExporter {
  readonly engine: AlecEngine;
  readonly registry: Registry;
  readonly #metrics: AlecMetrics;
  readonly #keepBaseline: boolean;
  #events: readonly AnomalyEvent[] = [];
  #replay: Replay | undefined;

  constructor(options: AlecExporterOptions = {}) {
    this.registry = options.registry ?? new Registry();
    this.#metrics = new AlecMetrics(this.registry, version);
    this.#keepBaseline = options.keepBaseline ?? false;
    const { onEvent } = options.engine ?? {};
    this.engine = new AlecEngine({
      ...options.engine,
      onEvent: (event) => {
        this.#metrics.countEvent(event);
        // The building of a baseline would push everything else out.
        if (event.event_type !== 'BASELINE_BUILDING')
          this.#events = [event, ...this.#events].slice(0, rememberedEvents);
        onEvent?.(event);
      },
    });
    this.registry.onCollect(() => this.#metrics.refresh(this.engine, this.#replay));
  }

  /** The newest events, at most 20, newest first. */
  get events(): readonly AnomalyEvent[] {
    return this.#events;
  }

  get replay(): Replay | undefined {
    return this.#replay;
  }

  /** Takes a row. Returns false, and counts it, for one that goes back in time or has a channel too many. */
  observe(sample: Sample): boolean {
    return this.#counted(this.engine.observe(sample));
  }

  /** Takes what another engine has computed for a row. */
  observeSnapshot(snapshot: ComputedSnapshot): boolean {
    return this.#counted(this.engine.observeSnapshot(snapshot));
  }

  /** Counts a reading that is missing or a row that was refused. */
  countRejected(reason: Rejection): void {
    this.#metrics.countRejected(reason);
  }

  /** Makes a replay of a dataset that feeds this exporter; start it with `start()`. */
  load(dataset: SensorDataset, options: { readonly speed?: number; readonly loop?: boolean } = {}): Replay {
    for (const channel of dataset.channels) this.engine.channel(channel);
    this.#metrics.countRejected('unparsable', dataset.rejected.unparsable);
    this.#metrics.countRejected('not_finite', dataset.rejected.not_finite);
    this.#replay = new Replay(dataset, {
      ...options,
      onRow: (timestampMs, values) => void this.#counted(this.engine.observeRow(timestampMs, values)),
      onRestart: () => this.restart(),
    });
    return this.#replay;
  }

  /** Data begins again: the window is empty, and unless the baseline is kept it is learned anew. */
  restart(): void {
    this.engine.restart({ keepBaseline: this.#keepBaseline });
    if (!this.#keepBaseline) this.#metrics.clearChannels();
  }

  #counted(taken: boolean): boolean {
    if (!taken) this.#metrics.countRejected('refused_row');
    return taken;
  }
}
