import { anonymousChannel, type Episode } from '../episode.ts';
import { type Motif, motifOf, motifs } from '../motif.ts';
import type { ResidualSample } from '../sample.ts';
import { ChannelTracker, type ClosedSpan, type MotifEngineVariant } from './channel-tracker.ts';
import {
  type AllMotifParameters,
  checkMotifParameters,
  defaultMotifParameters,
  type MotifParameters,
} from './motif-parameters.ts';
import { type TrustChannel, TrustObserver } from './observer.ts';

/** An episode that has not ended. */
export type OpenEpisode = Pick<Episode, 'motif' | 'channel' | 'tStart' | 'peak'>;

export interface LiveMotifEngineOptions extends MotifEngineVariant {
  readonly parameters?: AllMotifParameters | undefined;
  /** Channels per motif; beyond, the one that was idle longest is closed and forgotten. Default 1000. */
  readonly maxChannels?: number | undefined;
  /** Called once when an episode begins. */
  readonly onOpen?: (episode: OpenEpisode) => void;
  /** Called once when an episode ends. */
  readonly onClose?: (episode: Episode) => void;
}

interface Channel {
  readonly tracker: ChannelTracker;
  readonly weighed: TrustChannel;
}

interface MotifState {
  readonly motif: Motif;
  readonly parameters: MotifParameters;
  readonly trust: TrustObserver;
  /** In the order of their last samples, the longest idle one first. */
  readonly channels: Map<string, Channel>;
  evicted: number;
}

const defaultMaxChannels = 1000;

/**
 * Finds episodes while samples arrive, with the state machine of `MotifEngine`: each episode is told once, when it really
 * closes. Channels join in the order of their arrival, and the trust observer sees them interleaved by time.
 */
export class LiveMotifEngine {
  readonly #options: LiveMotifEngineOptions;
  readonly #maxChannels: number;
  readonly #states: ReadonlyMap<Motif, MotifState>;

  /** Throws RangeError for parameters that are out of range. */
  constructor(options: LiveMotifEngineOptions = {}) {
    const { parameters = defaultMotifParameters } = options;
    this.#options = options;
    this.#maxChannels = Math.max(1, options.maxChannels ?? defaultMaxChannels);
    for (const motif of motifs) checkMotifParameters(motif, parameters[motif]);
    this.#states = new Map(
      motifs.map((motif) => [
        motif,
        {
          motif,
          parameters: parameters[motif],
          trust: new TrustObserver(parameters[motif]),
          channels: new Map(),
          evicted: 0,
        },
      ]),
    );
  }

  /** Takes one sample, in the order of time. O(channels of its motif). */
  observe(sample: ResidualSample): void {
    const state = this.#states.get(motifOf(sample.class))!;
    const name = sample.channel ?? anonymousChannel;
    const channel = this.#touch(state, name);
    const wasOpen = channel.tracker.open !== undefined;
    channel.weighed.value = sample.value;
    state.trust.step(channel.tracker.elapsed(sample.t));
    const closed = channel.tracker.step(sample.t, sample.value);
    const { open } = channel.tracker;
    if (!wasOpen && open !== undefined) this.#options.onOpen?.({ motif: state.motif, channel: name, ...open });
    this.#tell(state, name, closed);
  }

  /** Closes the episodes of channels that have been silent for longer than `silence` seconds and the motif's dwell. */
  closeSilent(now: number, silence: number): void {
    for (const state of this.#states.values()) {
      const latest = now - Math.max(silence, state.parameters.minDwellSeconds);
      for (const [name, { tracker }] of state.channels) {
        // The map is in the order of the last samples.
        if (tracker.last! >= latest) break;
        this.#tell(state, name, tracker.finish());
      }
    }
  }

  /** The episodes that have not ended, of one motif or of all. */
  open(motif?: Motif): OpenEpisode[] {
    return this.#statesOf(motif).flatMap((state) =>
      [...state.channels].flatMap(([channel, { tracker }]) =>
        tracker.open === undefined ? [] : { motif: state.motif, channel, ...tracker.open },
      ),
    );
  }

  /** How many channels of a motif are observed now, and how many were forgotten for want of room. */
  channels(motif: Motif): { readonly observed: number; readonly evicted: number } {
    const { channels, evicted } = this.#states.get(motif)!;
    return { observed: channels.size, evicted };
  }

  #statesOf(motif: Motif | undefined): MotifState[] {
    return motif === undefined ? [...this.#states.values()] : [this.#states.get(motif)!];
  }

  #touch(state: MotifState, name: string): Channel {
    const known = state.channels.get(name);
    if (known !== undefined) {
      state.channels.delete(name);
      state.channels.set(name, known);
      return known;
    }
    if (state.channels.size >= this.#maxChannels) this.#evictIdle(state);
    const channel = {
      tracker: new ChannelTracker(state.parameters, this.#options),
      weighed: state.trust.join(),
    };
    state.channels.set(name, channel);
    return channel;
  }

  #evictIdle(state: MotifState): void {
    const [idle] = state.channels;
    if (idle === undefined) return;
    const [name, { tracker, weighed }] = idle;
    state.channels.delete(name);
    state.evicted++;
    // Its weight is a part of the sum that is told.
    this.#tell(state, name, tracker.finish());
    state.trust.leave(weighed);
  }

  #tell({ motif, trust }: MotifState, channel: string, span: ClosedSpan | undefined): void {
    if (span !== undefined) this.#options.onClose?.({ motif, channel, ...span, trustSum: trust.trustSum });
  }
}
