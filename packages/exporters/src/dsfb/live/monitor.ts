import type { MotifEngineVariant } from '../engine/channel-tracker.ts';
import { LiveMotifEngine, type OpenEpisode } from '../engine/live-motif-engine.ts';
import type { AllMotifParameters } from '../engine/motif-parameters.ts';
import type { Episode } from '../episode.ts';
import { DsfbMetrics } from '../metrics.ts';
import type { Motif } from '../motif.ts';
import { type ResidualSample, sampleFault } from '../sample.ts';
import type { MetricsSnapshot } from '../snapshot.ts';
import { type SourceSettings, SourceStream } from './source-stream.ts';

/** Why input was no residual. */
export type RejectReason = 'invalid' | 'future' | 'syntax' | 'too_long';

export const rejectReasons: readonly RejectReason[] = ['invalid', 'future', 'syntax', 'too_long'];

export interface MonitorOptions extends MotifEngineVariant, Partial<SourceSettings> {
  readonly parameters?: AllMotifParameters | undefined;
  /** Channels per motif and source. Default 1000. */
  readonly maxChannels?: number | undefined;
  /** Sources; further ones share the source `other`. Default 100. */
  readonly maxSources?: number;
  /** Unix milliseconds. Default the clock of the machine. */
  readonly now?: () => number;
  readonly onOpen?: (episode: OpenEpisode, source: string) => void;
  readonly onClose?: (episode: Episode, source: string) => void;
}

/** An episode with the source that it was seen in. */
export type Sourced<E> = E & { readonly source: string };

export interface SourceReport {
  readonly source: string;
  /** Unix milliseconds of its latest residual. */
  readonly heardAt: number | undefined;
}

const defaults: SourceSettings = { reorderWindow: 10, silenceSeconds: 30 };
const defaultMaxSources = 100;
const recentEpisodes = 100;
/** A sample from further ahead would make everything that follows too late. */
const longestAheadSeconds = 3600;

/**
 * Watches any number of live sources of residuals. Pushing never throws, and every sample is accounted for: staged +
 * flushed + dropped + rejected = pushed.
 */
export class DsfbMonitor {
  readonly #options: MonitorOptions;
  readonly #now: () => number;
  readonly #metrics = new DsfbMetrics();
  readonly #settings = new Map<string, SourceSettings>();
  readonly #sources = new Map<string, SourceStream>();
  readonly #rejected: Record<RejectReason, number> = { invalid: 0, future: 0, syntax: 0, too_long: 0 };
  readonly #recent: Sourced<Episode>[] = [];

  constructor(options: MonitorOptions = {}) {
    this.#options = options;
    this.#now = options.now ?? Date.now;
    // Bad parameters are told now, not at the first sample.
    this.#createEngine('');
  }

  /** Gives a source other settings than the common ones; before its first sample. */
  configure(source: string, settings: Partial<SourceSettings>): void {
    this.#settings.set(source, { ...this.#commonSettings(), ...settings });
  }

  /** Takes one residual of a source. */
  push(source: string, sample: ResidualSample): 'staged' | 'dropped' | RejectReason {
    if (sampleFault(sample) !== undefined) return this.reject('invalid');
    if (sample.t > this.#now() / 1000 + longestAheadSeconds) return this.reject('future');
    return this.#stream(source).push(sample) === 'dropped' ? 'dropped' : 'staged';
  }

  /** Counts input that was no residual at all. */
  reject(reason: RejectReason): RejectReason {
    this.#rejected[reason]++;
    return reason;
  }

  /** Flushes and closes what the passing of time alone has made due; to be called about once a second. */
  tick(): void {
    for (const stream of this.#sources.values()) stream.tick();
  }

  /** Flushes everything and closes every episode at its last sample: there will be no more. */
  finish(): void {
    for (const stream of this.#sources.values()) stream.finish();
  }

  /** The six families at this moment. */
  snapshot(): MetricsSnapshot {
    return this.#metrics.snapshot();
  }

  get rejected(): Readonly<Record<RejectReason, number>> {
    return this.#rejected;
  }

  get maxSources(): number {
    return this.#options.maxSources ?? defaultMaxSources;
  }

  /** Episodes that have not ended. */
  open(motif?: Motif): Sourced<OpenEpisode>[] {
    return [...this.#sources].flatMap(([source, { engine }]) =>
      engine.open(motif).map((episode) => ({ source, ...episode })),
    );
  }

  /** The latest episodes that have closed, at most 100, the newest last. */
  get recent(): readonly Sourced<Episode>[] {
    return this.#recent;
  }

  /** Channels of a motif over all sources. */
  channels(motif: Motif): { readonly observed: number; readonly evicted: number } {
    let observed = 0;
    let evicted = 0;
    for (const { engine } of this.#sources.values()) {
      const one = engine.channels(motif);
      observed += one.observed;
      evicted += one.evicted;
    }
    return { observed, evicted };
  }

  get sources(): readonly SourceReport[] {
    return [...this.#sources].map(([source, { heardAt }]) => ({ source, heardAt }));
  }

  #commonSettings(): SourceSettings {
    const { reorderWindow = defaults.reorderWindow, silenceSeconds = defaults.silenceSeconds } = this.#options;
    return { reorderWindow, silenceSeconds };
  }

  #stream(source: string): SourceStream {
    const known = this.#sources.get(source);
    if (known !== undefined) return known;
    if (source !== 'other' && this.#sources.size >= this.maxSources) return this.#stream('other');
    const stream = new SourceStream({
      ...(this.#settings.get(source) ?? this.#commonSettings()),
      engine: this.#createEngine(source),
      now: this.#now,
    });
    this.#sources.set(source, stream);
    this.#metrics.attachIngestor(stream.ingestor);
    return stream;
  }

  #createEngine(source: string): LiveMotifEngine {
    return new LiveMotifEngine({
      ...this.#options,
      onOpen: (episode) => this.#options.onOpen?.(episode, source),
      onClose: (episode) => {
        this.#metrics.observeEpisode(episode);
        this.#recent.push({ source, ...episode });
        if (this.#recent.length > recentEpisodes) this.#recent.shift();
        this.#options.onClose?.(episode, source);
      },
    });
  }
}
