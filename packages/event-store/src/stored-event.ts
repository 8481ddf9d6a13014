/** An event as projections, pipelines and subscribers see it. */
export interface StoredEvent {
  readonly id: string;
  readonly sequence: number;
  /** Unix milliseconds. */
  readonly timestamp: number;
  readonly version: number;
  readonly eventType: string;
  readonly entityId: string;
  /** Number of its entity, from 1 on: the same for all its events as long as the store is open. */
  readonly entity: number;
  readonly tenantId: string;
  /** Parsed; not to be changed. */
  readonly payload: unknown;
  /** JSON as it came. */
  readonly payloadText: string;
  /** JSON as it came; empty: none. */
  readonly metadataText: string;
}

/** The JSON of an event as the API answers it; payload and metadata as they came. */
export function eventJson(event: Omit<StoredEvent, 'payload'>): string {
  const { id, eventType, timestamp, version, sequence } = event;
  const names = `"entity_id":${JSON.stringify(event.entityId)},"tenant_id":${JSON.stringify(event.tenantId)}`;
  const time = timeText(timestamp);
  return `{"id":"${id}","event_type":"${eventType}",${names},"payload":${event.payloadText},"timestamp":"${time}","metadata":${event.metadataText || 'null'},"version":${version},"sequence":${sequence}}`;
}

let lastTime = 0;
let lastText = '1970-01-01T00:00:00.000Z';

/** A time as RFC 3339; events that came together have the same one. */
export function timeText(timestamp: number): string {
  if (timestamp !== lastTime) [lastTime, lastText] = [timestamp, new Date(timestamp).toISOString()];
  return lastText;
}
