import type { AnomalyEvent, EventDetails, EventType, Severity } from './anomaly-event.ts';
import type { AnomalyOptions } from './options.ts';

interface Timer {
  /** Since when the condition holds; NaN while it does not. */
  since: number;
  /** When the last event fired. */
  fired: number;
  severity: Severity | undefined;
}

interface Condition {
  readonly timestampMs: number;
  /** How far beyond normal, in standard deviations; upward in the sense of the event. */
  readonly score: number;
}

/** Decides when a condition on z-scores becomes an event: it must persist, and its type is silent for a while afterwards. */
export class AnomalyDetector {
  readonly #options: Required<AnomalyOptions>;
  readonly #emit: (event: AnomalyEvent) => void;
  readonly #timers = new Map<EventType, Timer>();

  constructor(options: AnomalyOptions, emit: (event: AnomalyEvent) => void) {
    this.#options = {
      warning: 2,
      critical: 3,
      persistenceMs: 30_000,
      cooldownMs: 120_000,
      countBaselineEvents: false,
      ...options,
    };
    this.#emit = emit;
  }

  get countsBaselineEvents(): boolean {
    return this.#options.countBaselineEvents;
  }

  /** An event that neither persists nor cools down. */
  report(type: EventType, timestampMs: number, details: EventDetails): void {
    this.#fire({ type, severity: 'info', timestampMs, details, message: infoMessage(type, details) });
  }

  /** A z-score that counts from the warning threshold on; a critical one breaks through the silence of a warning, once. */
  score(type: EventType, { timestampMs, score }: Condition, describe: (threshold: number) => Described): void {
    const { warning, critical, persistenceMs, cooldownMs } = this.#options;
    const timer = this.#timer(type);
    if (!(score >= warning)) {
      timer.since = Number.NaN;
      return;
    }
    if (Number.isNaN(timer.since)) timer.since = timestampMs;
    if (timestampMs - timer.since < persistenceMs) return;
    const severity = score >= critical ? 'critical' : 'warning';
    const escalates = severity === 'critical' && timer.severity === 'warning';
    if (timestampMs - timer.fired < cooldownMs && !escalates) return;
    timer.fired = timestampMs;
    timer.severity = severity;
    this.#fire({ type, severity, timestampMs, ...describe(severity === 'critical' ? critical : warning) });
  }

  /** A warning that needs no threshold. Returns whether it fired or was silenced; `persists` demands persistence. */
  warn(type: EventType, timestampMs: number, { persists, describe }: Warning): boolean {
    const { persistenceMs, cooldownMs } = this.#options;
    const timer = this.#timer(type);
    if (Number.isNaN(timer.since)) timer.since = timestampMs;
    if (persists && timestampMs - timer.since < persistenceMs) return false;
    if (timestampMs - timer.fired < cooldownMs) return false;
    timer.fired = timestampMs;
    timer.severity = 'warning';
    this.#fire({ type, severity: 'warning', timestampMs, ...describe() });
    return true;
  }

  /** The condition of a type does not hold any more. */
  clear(type: EventType): void {
    this.#timer(type).since = Number.NaN;
  }

  /** Forgets all timers. */
  reset(): void {
    this.#timers.clear();
  }

  #timer(type: EventType): Timer {
    let timer = this.#timers.get(type);
    if (timer === undefined) {
      timer = { since: Number.NaN, fired: Number.NEGATIVE_INFINITY, severity: undefined };
      this.#timers.set(type, timer);
    }
    return timer;
  }

  #fire({ type, severity, timestampMs, message, details }: Firing): void {
    this.#emit({ event_type: type, severity, timestamp_ms: timestampMs, message, details });
  }
}

export interface Described {
  readonly message: string;
  readonly details: EventDetails;
}

interface Warning {
  readonly persists: boolean;
  readonly describe: () => Described;
}

interface Firing extends Described {
  readonly type: EventType;
  readonly severity: Severity;
  readonly timestampMs: number;
}

function infoMessage(type: EventType, details: EventDetails): string {
  if (type === 'BASELINE_LOCKED') return 'The baseline is locked; deviations are scored from now on';
  const progress = 'progress' in details ? Math.floor(details.progress * 100) : 0;
  return `The baseline is being built: ${progress} %`;
}
