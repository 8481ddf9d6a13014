/** Every type of event, in the order in which they are listed. */
export const eventTypes = [
  'BASELINE_BUILDING',
  'BASELINE_LOCKED',
  'PAYLOAD_ENTROPY_SPIKE',
  'COMPLEXITY_SURGE',
  'REDUNDANCY_DROP',
  'STRUCTURE_BREAK',
  'CRITICALITY_SHIFT',
] as const;

export type EventType = (typeof eventTypes)[number];

export type Severity = 'info' | 'warning' | 'critical';

/** Which severities an event type can have. */
export const eventSeverities: Readonly<Record<EventType, readonly Severity[]>> = {
  BASELINE_BUILDING: ['info'],
  BASELINE_LOCKED: ['info'],
  PAYLOAD_ENTROPY_SPIKE: ['warning', 'critical'],
  COMPLEXITY_SURGE: ['warning', 'critical'],
  REDUNDANCY_DROP: ['warning', 'critical'],
  STRUCTURE_BREAK: ['warning'],
  CRITICALITY_SHIFT: ['warning'],
};

/** Something noteworthy about the stream, in the shape of logs and JSON. */
export interface AnomalyEvent {
  readonly event_type: EventType;
  readonly severity: Severity;
  /** Time of the data, Unix milliseconds or whatever the data counts in. */
  readonly timestamp_ms: number;
  readonly message: string;
  readonly details: EventDetails;
}

export type EventDetails =
  | { readonly z_score: number; readonly threshold: number }
  | { readonly progress: number }
  | { readonly edges: readonly BrokenEdge[]; readonly total_change: number }
  | { readonly old: readonly string[]; readonly new: readonly string[] };

/** A pair of channels whose similarity is not what it was when the baseline locked. */
export interface BrokenEdge {
  readonly channels: readonly [string, string];
  readonly before: number;
  readonly now: number;
}
