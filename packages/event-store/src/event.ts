import { StoreError } from './errors.ts';
import { type EventSpans, eventSpans, levelsOf } from './json/spans.ts';

/** An event as a client gives it. */
export interface NewEvent {
  /** 1 to 128 of `a-z 0-9 . _`, no dot at either end and no two in a row. */
  readonly event_type: string;
  /** 1 to 128 characters without control characters and without blanks at either end. */
  readonly entity_id: string;
  /** Separates queries, state and snapshots; default `default`. */
  readonly tenant_id?: string;
  /** Any JSON value. */
  readonly payload: unknown;
  readonly metadata?: unknown;
  /** A UUID of the client's own: sending it again answers the first result. */
  readonly event_id?: string;
  /** How many events the entity has: another number is a conflict. */
  readonly expected_version?: number;
}

/** An event that may be stored: its parts checked, its JSON as text. */
export interface CheckedEvent {
  readonly eventType: string;
  readonly entityId: string;
  readonly tenantId: string;
  readonly payload: unknown;
  readonly payloadText: string;
  /** Empty: none. */
  readonly metadataText: string;
  readonly eventId: string | undefined;
  readonly expectedVersion: number | undefined;
}

/** What an accepted event became. */
export interface Appended {
  readonly eventId: string;
  /** Unix milliseconds. */
  readonly timestamp: number;
  readonly sequence: number;
  readonly version: number;
}

export const defaultTenant = 'default';

/** How deep JSON may be nested: what walks through it may use the stack. */
const mostLevels = 200;

const typePattern = /^[a-z0-9_]+(\.[a-z0-9_]+)*$/;
const uuidPattern = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const controlPattern = /\p{Cc}|[\uD800-\uDFFF]/u;

/** Checks an event of a program. Throws StoreError `invalid`. */
export function checkEvent(event: NewEvent): CheckedEvent {
  if (typeof event !== 'object' || event === null) throw notAnObject();
  const payloadText = jsonOf(event.payload, 'payload');
  if (payloadText === undefined) throw invalid('payload is missing');
  const metadataText = event.metadata === null ? '' : (jsonOf(event.metadata, 'metadata') ?? '');
  // A copy: what the program changes later, and what JSON does not hold, is no part of the event.
  return checkParts(event as never, { payload: JSON.parse(payloadText), payloadText, metadataText });
}

function jsonOf(value: unknown, what: string): string | undefined {
  let text: string | undefined;
  try {
    text = JSON.stringify(value);
  } catch (error) {
    throw new StoreError('invalid', `${what} is no JSON: ${(error as Error).message}`, { cause: error });
  }
  if (text !== undefined) checkLevels(text, what);
  return text;
}

/** Throws StoreError `invalid` where a text that is JSON is nested too deep. */
export function checkLevels(text: string, what: string): void {
  // Each level takes two brackets.
  if (text.length > 2 * mostLevels && levelsOf(text) > mostLevels) throw tooDeep(what);
}

/** Checks an event that was parsed to `value` and stands in `text` at the spans. Throws StoreError `invalid`. */
export function checkEventText(value: unknown, text: string, spans?: EventSpans): CheckedEvent {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw notAnObject();
  const { payloadStart, payloadEnd, metadataStart, metadataEnd, levels } = spans ?? eventSpans(text);
  if (payloadStart === -1) throw invalid('payload is missing');
  if (levels > mostLevels) throw tooDeep('the event');
  const { payload, metadata } = value as Parts;
  const hasMetadata = metadataStart !== -1 && metadata !== null;
  return checkParts(value as Parts, {
    payload,
    payloadText: text.slice(payloadStart, payloadEnd),
    metadataText: hasMetadata ? text.slice(metadataStart, metadataEnd) : '',
  });
}

type Parts = Readonly<Record<string, unknown>>;

interface Content {
  readonly payload: unknown;
  readonly payloadText: string;
  readonly metadataText: string;
}

function checkParts(parts: Parts, { payload, payloadText, metadataText }: Content): CheckedEvent {
  const { event_type: eventType, event_id: eventId, expected_version: expectedVersion } = parts;
  checkEventType(eventType);
  const version = expectedVersion ?? undefined;
  if (version !== undefined && !(Number.isSafeInteger(version) && (version as number) >= 0)) {
    throw invalid('expected_version is a whole number, 0 for a new entity');
  }
  if (eventId !== undefined && eventId !== null && !(typeof eventId === 'string' && uuidPattern.test(eventId))) {
    throw invalid('event_id is a UUID');
  }
  return {
    eventType: eventType as string,
    entityId: checkName(parts['entity_id'], 'entity_id'),
    tenantId: parts['tenant_id'] == null ? defaultTenant : checkName(parts['tenant_id'], 'tenant_id'),
    payload,
    payloadText,
    metadataText,
    eventId: (eventId as string | null | undefined)?.toLowerCase(),
    expectedVersion: version as number | undefined,
  };
}

/** Throws StoreError `invalid` where a value is no event type. */
export function checkEventType(value: unknown): asserts value is string {
  if (value === undefined) throw invalid('event_type is missing');
  if (typeof value !== 'string' || value.length > 128 || !typePattern.test(value)) {
    throw invalid('event_type is 1 to 128 of a-z, 0-9, dot and underscore, without a dot at an end or two in a row');
  }
}

/** The value as an entity id or tenant id. Throws StoreError `invalid`. */
export function checkName(value: unknown, what: string): string {
  if (value === undefined) throw invalid(`${what} is missing`);
  if (typeof value !== 'string' || value.length === 0 || isLonger(value, 128)) {
    throw invalid(`${what} is a text of 1 to 128 characters`);
  }
  if (!isPlain(value) && (value.trim() !== value || controlPattern.test(value))) {
    throw invalid(`${what} has no control characters and no blanks at its ends`);
  }
  return value;
}

/** Whether a text has more code points than so many. */
function isLonger(text: string, most: number): boolean {
  return text.length > most && (text.length > 2 * most || [...text].length > most);
}

/** Whether a text has nothing but visible ASCII, as nearly every name. */
function isPlain(text: string): boolean {
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (code <= 32 || code >= 127) return false;
  }
  return true;
}

function tooDeep(what: string): StoreError {
  return invalid(`${what} is nested deeper than ${mostLevels} levels`);
}

function notAnObject(): StoreError {
  return invalid('an event is a JSON object');
}

function invalid(message: string): StoreError {
  return new StoreError('invalid', message);
}
