import { anonymousChannel, type Episode } from '../episode.ts';
import { type Motif, motifs, residualClasses } from '../motif.ts';
import { type ResidualSample, sampleFault } from '../sample.ts';
import { ChannelTracker, type MotifEngineVariant } from './channel-tracker.ts';
import {
  type AllMotifParameters,
  checkMotifParameters,
  defaultMotifParameters,
  type MotifParameters,
} from './motif-parameters.ts';
import { TrustObserver } from './observer.ts';

export interface MotifEngineOptions extends MotifEngineVariant {
  /** Default those of DSFB-Database. */
  readonly parameters?: AllMotifParameters | undefined;
}

/** Finds the episodes of a stream that has ended; equal streams give equal episodes. */
export class MotifEngine {
  readonly #parameters: AllMotifParameters;
  readonly #variant: MotifEngineVariant;

  /** Throws RangeError for parameters that are out of range. */
  constructor(options: MotifEngineOptions = {}) {
    this.#parameters = options.parameters ?? defaultMotifParameters;
    this.#variant = options;
    for (const motif of motifs) checkMotifParameters(motif, this.#parameters[motif]);
  }

  /**
   * The episodes of samples that are sorted by time, in the order of their starts, motif by motif where those are equal.
   * Throws TypeError for a sample that is none. Each sample costs O(channels of its motif).
   */
  run(samples: readonly ResidualSample[]): Episode[] {
    samples.forEach((sample, index) => {
      const fault = sampleFault(sample);
      if (fault !== undefined) throw new TypeError(`Sample ${index}: ${fault}`);
    });
    return motifs
      .flatMap((motif, index) => {
        const own = samples.filter((sample) => sample.class === residualClasses[index]);
        return runMotif(motif, own, { parameters: this.#parameters[motif], variant: this.#variant });
      })
      .sort((a, b) => a.tStart - b.tStart);
  }
}

interface Grammar {
  readonly parameters: MotifParameters;
  readonly variant: MotifEngineVariant;
}

function runMotif(motif: Motif, samples: readonly ResidualSample[], { parameters, variant }: Grammar): Episode[] {
  const byChannel = Map.groupBy(samples, ({ channel }) => channel ?? anonymousChannel);
  const trust = new TrustObserver(parameters);
  const channels = [...byChannel.keys()].sort(byCodePoint).map((name) => ({ name, weighed: trust.join() }));
  const episodes: Episode[] = [];
  for (const { name, weighed } of channels) {
    const tracker = new ChannelTracker(parameters, variant);
    const keep = (span: ReturnType<typeof tracker.finish>): void => {
      if (span !== undefined) episodes.push({ motif, channel: name, ...span, trustSum: trust.trustSum });
    };
    for (const { t, value } of byChannel.get(name)!) {
      weighed.value = value;
      trust.step(tracker.elapsed(t));
      keep(tracker.step(t, value));
    }
    keep(tracker.finish());
  }
  return episodes;
}

/** Order of Unicode code points, in which JavaScript's own order of UTF-16 units differs beyond the basic plane. */
function byCodePoint(a: string, b: string): number {
  const left = [...a];
  const right = [...b];
  const different = left.findIndex((character, index) => character !== right[index]);
  if (different < 0) return left.length - right.length;
  return left[different]!.codePointAt(0)! - (right[different]?.codePointAt(0) ?? -1);
}
