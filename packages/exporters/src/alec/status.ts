import type { AnomalyEvent } from './engine/anomaly-event.ts';
import type { Field } from './engine/baseline.ts';
import type { SignalReason } from './engine/signal.ts';
import type { AlecExporter } from './exporter.ts';
import type { Replay } from './replay/replay.ts';
import { version } from './version.ts';

/** The answer of `/status`. */
export interface Status {
  readonly version: string;
  readonly uptime_secs: number;
  /** `ok`, or why there is no resilience index. */
  readonly reason: SignalReason;
  /** Only where a dataset is replayed. */
  readonly replay?: ReplayStatus;
  readonly samples: number;
  readonly signal: {
    readonly valid: boolean;
    readonly reason: SignalReason;
    readonly window_rows: number;
    readonly channels: number;
  };
  /** Null until there was a first one; held while `valid` is false. */
  readonly resilience: { readonly valid: boolean; readonly r: number | null; readonly zone: ZoneName | null };
  /** Bits. */
  readonly entropy: {
    readonly total_correlation: number;
    readonly joint: number;
    readonly sum: number;
    readonly payload: number;
    readonly channels: readonly { readonly id: string; readonly h: number; readonly criticality: number | null }[];
  };
  readonly baseline: { readonly state: 'building' | 'locked'; readonly progress: number };
  readonly z_scores: Readonly<Record<Field, number>>;
  /** Newest first, at most 20. */
  readonly events: readonly AnomalyEvent[];
}

export type ZoneName = 'healthy' | 'warning' | 'critical';

export interface ReplayStatus {
  readonly running: boolean;
  readonly paused: boolean;
  readonly position: number;
  readonly total_samples: number;
  readonly progress_percent: number;
  readonly sensor_count: number;
  readonly duration_ms: number;
  readonly speed: number;
  readonly loop: boolean;
  readonly loops_completed: number;
}

const zoneNames = ['healthy', 'warning', 'critical'] as const;

/** The state of an exporter in words and numbers. */
export function statusOf(exporter: AlecExporter, uptimeMs: number): Status {
  const { engine, replay, events } = exporter;
  const { signal, baseline, scores } = engine;
  return {
    version,
    uptime_secs: Math.floor(uptimeMs / 1000),
    reason: signal.reason,
    ...(replay === undefined ? {} : { replay: replayStatus(replay) }),
    samples: engine.samples,
    signal: { valid: signal.valid, reason: signal.reason, window_rows: signal.rows, channels: signal.channels },
    resilience: resilienceOf(signal),
    entropy: {
      total_correlation: signal.totalCorrelation,
      joint: signal.jointEntropy,
      sum: signal.sumEntropy,
      payload: engine.payloadEntropy,
      channels: engine.channels.flatMap((id, index) => {
        const h = signal.entropies[index] ?? Number.NaN;
        return Number.isNaN(h) ? [] : [{ id, h, criticality: signal.ranks[index] || null }];
      }),
    },
    baseline: { state: baseline.locked ? 'locked' : 'building', progress: baseline.progress },
    z_scores: { ...scores.z },
    events,
  };
}

function resilienceOf({
  resilienceValid,
  resilience,
  zone,
  everResilient,
}: AlecExporter['engine']['signal']): Status['resilience'] {
  return everResilient
    ? { valid: resilienceValid, r: resilience, zone: zoneNames[zone] }
    : { valid: false, r: null, zone: null };
}

function replayStatus(replay: Replay): ReplayStatus {
  const { dataset, position } = replay;
  return {
    running: replay.running,
    paused: replay.paused,
    position,
    total_samples: dataset.length,
    progress_percent: dataset.length === 0 ? 0 : (position / dataset.length) * 100,
    sensor_count: dataset.channels.length,
    duration_ms: dataset.durationMs,
    speed: replay.speed,
    loop: replay.loop,
    loops_completed: replay.loopsCompleted,
  };
}
