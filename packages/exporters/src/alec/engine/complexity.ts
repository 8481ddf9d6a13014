import { AnomalyDetector, type Described } from './anomaly-detector.ts';
import type { AnomalyEvent } from './anomaly-event.ts';
import { Baseline, type FieldValues } from './baseline.ts';
import type { AlecEngineOptions } from './options.ts';
import { Scores } from './scores.ts';
import { brokenEdges, StructureWatch } from './structure.ts';

/** What the second half of the engine needs of a row. */
export interface Snapshot {
  readonly timestampMs: number;
  readonly values: FieldValues;
  /** Milliseconds that the window covers; 0 where there is none. */
  readonly spanMs: number;
  /** New entropies by channel index, NaN for none; `undefined` when the row brought none. */
  readonly entropies: readonly number[] | undefined;
  /** Channel indexes, most critical first; empty without a ranking. */
  readonly ranking: readonly number[];
}

const topChannels = 3;

/** Learns what is normal and tells what is not: baseline, deltas, z-scores and events. */
export class Complexity {
  readonly baseline: Baseline;
  readonly scores: Scores;
  readonly #detector: AnomalyDetector;
  readonly #structure = new StructureWatch();
  readonly #ids: readonly string[];
  /** The three most critical channels as they were last reported, and those that may follow. */
  #reportedTop: readonly number[] = [];
  #candidateTop: readonly number[] = [];

  constructor(options: AlecEngineOptions, ids: readonly string[], emit: (event: AnomalyEvent) => void) {
    this.baseline = new Baseline(options.baseline);
    this.scores = new Scores(options.deltaSmoothing);
    this.#detector = new AnomalyDetector(options.anomalies ?? {}, emit);
    this.#ids = ids;
  }

  observe(snapshot: Snapshot): void {
    const { baseline } = this;
    const { timestampMs, values } = snapshot;
    if (!baseline.locked) {
      const locks = baseline.build(timestampMs, values, snapshot.spanMs);
      if (this.#detector.countsBaselineEvents && !locks) {
        this.#detector.report('BASELINE_BUILDING', timestampMs, { progress: baseline.progress });
      }
      if (!locks) return;
      this.#detector.report('BASELINE_LOCKED', timestampMs, { progress: 1 });
      this.#score(snapshot);
      return;
    }
    this.#score(snapshot);
    baseline.follow(values);
  }

  /** Data begins again; with `keepBaseline` what was learned stays. */
  restart(keepBaseline: boolean): void {
    this.#detector.reset();
    this.#candidateTop = [];
    if (keepBaseline) {
      this.baseline.restartClock();
      return;
    }
    this.baseline.reset();
    this.scores.reset();
    this.#structure.reset();
    this.#reportedTop = [];
  }

  #score(snapshot: Snapshot): void {
    this.scores.update(this.baseline, snapshot.values);
    this.#watchScores(snapshot);
    if (snapshot.entropies !== undefined) this.#watchStructure(snapshot.timestampMs, snapshot.entropies);
    if (snapshot.ranking.length >= topChannels && !Number.isNaN(snapshot.values.r)) this.#watchRanking(snapshot);
  }

  #watchScores({ timestampMs, values }: Snapshot): void {
    const { z } = this.scores;
    if (!Number.isNaN(values.h_bytes)) {
      this.#detector.score('PAYLOAD_ENTROPY_SPIKE', { timestampMs, score: z.h_bytes }, (threshold) =>
        describeScore('Payload entropy is high', z.h_bytes, threshold),
      );
    }
    if (!Number.isNaN(values.tc) || !Number.isNaN(values.h_joint)) {
      const score = Math.max(z.tc, z.h_joint, 0);
      this.#detector.score('COMPLEXITY_SURGE', { timestampMs, score }, (threshold) =>
        describeScore(z.tc >= z.h_joint ? 'Total correlation is high' : 'Joint entropy is high', score, threshold),
      );
    }
    if (!Number.isNaN(values.r)) {
      this.#detector.score('REDUNDANCY_DROP', { timestampMs, score: -z.r }, (threshold) =>
        describeScore('Resilience is low', z.r, -threshold),
      );
    }
  }

  #watchStructure(timestampMs: number, entropies: readonly number[]): void {
    const structure = this.#structure;
    if (!structure.isLocked) {
      structure.lock(entropies);
      return;
    }
    const report = structure.breaks(entropies);
    if (report === undefined) return;
    const fired = this.#detector.warn('STRUCTURE_BREAK', timestampMs, {
      persists: false,
      describe: () => {
        const edges = brokenEdges(report, this.#ids);
        const total_change = edges.reduce((sum, { before, now }) => sum + Math.abs(now - before), 0);
        const names = edges.map(({ channels }) => channels.join('–')).join(', ');
        return {
          message: `Channels no longer resemble each other as before: ${names}`,
          details: { edges, total_change },
        };
      },
    });
    if (fired) structure.markReported(report);
  }

  #watchRanking({ timestampMs, ranking }: Snapshot): void {
    const type = 'CRITICALITY_SHIFT';
    if (this.#reportedTop.length === 0) this.#reportedTop = topOf(ranking);
    if (isTop(this.#reportedTop, ranking)) {
      this.#detector.clear(type);
      this.#candidateTop = [];
      return;
    }
    if (!isTop(this.#candidateTop, ranking)) {
      this.#detector.clear(type);
      this.#candidateTop = topOf(ranking);
    }
    const now = this.#candidateTop;
    const fired = this.#detector.warn(type, timestampMs, {
      persists: true,
      describe: () => {
        const details = { old: this.#named(this.#reportedTop), new: this.#named(now) };
        return { message: `The most critical channels are now ${details.new.join(', ')}`, details };
      },
    });
    if (fired) this.#reportedTop = now;
  }

  #named(channels: readonly number[]): string[] {
    return channels.map((channel) => this.#ids[channel]!);
  }
}

function describeScore(what: string, score: number, threshold: number): Described {
  return {
    message: `${what}: z = ${score.toFixed(2)}, threshold ${threshold.toFixed(2)}`,
    details: { z_score: score, threshold },
  };
}

function topOf(ranking: readonly number[]): readonly number[] {
  return ranking.slice(0, topChannels);
}

/** Whether a set of channels is the one at the head of a ranking, in any order. */
function isTop(top: readonly number[], ranking: readonly number[]): boolean {
  if (top.length !== topChannels) return false;
  for (let place = 0; place < topChannels; place++) if (!top.includes(ranking[place]!)) return false;
  return true;
}
