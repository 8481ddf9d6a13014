import type { Counter, CounterCell, Gauge, GaugeCell, Registry } from '@alex/openmetrics';
import { catalog } from './catalog.ts';
import type { RejectReason } from './csv/sensor-dataset.ts';
import { type AnomalyEvent, eventSeverities, eventTypes } from './engine/anomaly-event.ts';
import type { AlecEngine } from './engine/engine.ts';
import type { QueryFailure } from './live/prometheus-sampler.ts';
import type { Replay } from './replay/replay.ts';

/** Why a reading is missing or a row was refused. */
export type Rejection = RejectReason | QueryFailure | 'out_of_range' | 'refused_row';

const rejections: readonly Rejection[] = [
  'unparsable',
  'not_finite',
  'out_of_range',
  'refused_row',
  'query_failed',
  'no_series',
  'several_series',
];

const gauges = [
  'resilience',
  'zone',
  'resilienceValid',
  'totalCorrelation',
  'jointEntropy',
  'payloadEntropy',
  'sumEntropy',
  'baselineProgress',
  'baselineLocked',
  'zscoreTc',
  'zscoreHJoint',
  'zscoreHBytes',
  'zscoreR',
  'deltaTc',
  'deltaHJoint',
  'deltaHBytes',
  'deltaR',
  'signalValid',
  'signalRows',
  'signalChannels',
  'samples',
  'replayRunning',
  'replayPosition',
  'replayTotal',
  'replaySpeed',
] as const;
type GaugeKey = (typeof gauges)[number];

/** Puts the state of an engine and its replay on a registry: gauges when it is collected, counters as things happen. */
export class AlecMetrics {
  readonly #gauges: Record<GaugeKey, GaugeCell>;
  readonly #channelEntropy: Gauge<readonly ['channel']>;
  readonly #channelCriticality: Gauge<readonly ['channel']>;
  readonly #events: Counter<readonly ['event_type', 'severity']>;
  readonly #rejected: Counter<readonly ['reason']>;
  readonly #loops: CounterCell;
  #countedLoops = 0;
  #countedReadings = 0;

  constructor(registry: Registry, version: string) {
    const cells = gauges.map((key) => [key, registry.gauge(catalog[key]).labels()] as const);
    this.#gauges = Object.fromEntries(cells) as Record<GaugeKey, GaugeCell>;
    this.#channelEntropy = registry.gauge(catalog.channelEntropy);
    this.#channelCriticality = registry.gauge(catalog.channelCriticality);
    this.#events = registry.counter(catalog.anomalyEvents);
    for (const type of eventTypes) {
      for (const severity of eventSeverities[type]) this.#events.declareSeries([type, severity]);
    }
    this.#rejected = registry.counter(catalog.rejectedValues);
    this.#rejected.declareSeries(...rejections.map((reason): [string] => [reason]));
    this.#loops = registry.counter(catalog.replayLoops).labels();
    registry.gauge(catalog.buildInfo).labels(version).set(1);
  }

  countEvent({ event_type, severity }: AnomalyEvent): void {
    this.#events.labels(event_type, severity).add();
  }

  countRejected(reason: Rejection, amount: number = 1): void {
    if (amount > 0) this.#rejected.labels(reason).add(amount);
  }

  /** Forgets the series of channels, which may be others from now on. */
  clearChannels(): void {
    this.#channelEntropy.clear();
    this.#channelCriticality.clear();
  }

  /** Brings every gauge up to date. */
  refresh(engine: AlecEngine, replay: Replay | undefined): void {
    this.#set({
      ...signalGauges(engine),
      ...baselineGauges(engine),
      samples: engine.samples,
      replayRunning: replay?.running ? 1 : 0,
      replayPosition: replay?.position ?? 0,
      replayTotal: replay?.dataset.length ?? 0,
      replaySpeed: replay?.speed ?? 0,
    });
    this.#refreshChannels(engine);
    const loops = replay?.loopsCompleted ?? 0;
    this.#loops.add(Math.max(0, loops - this.#countedLoops));
    this.#countedLoops = loops;
    this.countRejected('out_of_range', engine.rejectedReadings - this.#countedReadings);
    this.#countedReadings = engine.rejectedReadings;
  }

  #set(values: Readonly<Record<GaugeKey, number>>): void {
    for (const key of gauges) this.#gauges[key].set(values[key]);
  }

  #refreshChannels({ channels, signal }: AlecEngine): void {
    for (const [index, channel] of channels.entries()) {
      const entropy = signal.entropies[index] ?? Number.NaN;
      if (!Number.isNaN(entropy)) this.#channelEntropy.labels(channel).set(entropy);
      const rank = signal.ranks[index] ?? 0;
      if (rank > 0) this.#channelCriticality.labels(channel).set(rank);
      else this.#channelCriticality.remove(channel);
    }
  }
}

type SignalKey = Exclude<GaugeKey, `${'baseline' | 'zscore' | 'delta' | 'replay'}${string}` | 'samples'>;

function signalGauges({ signal, payloadEntropy }: AlecEngine): Record<SignalKey, number> {
  return {
    resilience: signal.resilience,
    zone: signal.zone,
    resilienceValid: signal.resilienceValid ? 1 : 0,
    totalCorrelation: signal.totalCorrelation,
    jointEntropy: signal.jointEntropy,
    payloadEntropy,
    sumEntropy: signal.sumEntropy,
    signalValid: signal.valid ? 1 : 0,
    signalRows: signal.rows,
    signalChannels: signal.channels,
  };
}

type BaselineKey = Extract<GaugeKey, `${'baseline' | 'zscore' | 'delta'}${string}`>;

function baselineGauges({ baseline, scores: { z, delta } }: AlecEngine): Record<BaselineKey, number> {
  return {
    baselineProgress: baseline.progress,
    baselineLocked: baseline.locked ? 1 : 0,
    zscoreTc: z.tc,
    zscoreHJoint: z.h_joint,
    zscoreHBytes: z.h_bytes,
    zscoreR: z.r,
    deltaTc: delta.tc,
    deltaHJoint: delta.h_joint,
    deltaHBytes: delta.h_bytes,
    deltaR: delta.r,
  };
}
