import type { CheckedEvent } from '../event.ts';
import { writeRandomUuid, writeUuid } from '../uuid.ts';
import { recordHeaderBytes } from './record.ts';

const eventsKind = 1;
const changeKind = 2;
/** Kind, first sequence, timestamp, count. */
const batchHeaderBytes = 21;
/** UUID, version, lengths of type, tenant, entity, payload and metadata. */
const eventHeaderBytes = 34;

/** One event of a log record, with the places of its JSON in the file. */
export interface LoggedEvent {
  readonly sequence: number;
  /** Unix milliseconds. */
  readonly timestamp: number;
  /** 16 bytes, a view. */
  readonly id: Uint8Array;
  readonly version: number;
  readonly eventType: string;
  readonly tenantId: string;
  readonly entityId: string;
  readonly payload: Buffer;
  readonly metadata: Buffer;
  readonly payloadAt: number;
  readonly metadataAt: number;
}

/** An event with what the store gave it. */
export interface PlacedEvent {
  readonly event: CheckedEvent;
  readonly version: number;
}

/** A change of something other than events: schemas, pipelines, snapshots, erasures. */
export interface LoggedChange {
  /** The last sequence before it. */
  readonly sequence: number;
  readonly change: unknown;
}

/** At most so many bytes are needed for a batch as a record. */
export function batchBytes(events: readonly CheckedEvent[]): number {
  let bytes = recordHeaderBytes + batchHeaderBytes;
  for (const { eventType, tenantId, entityId, payloadText, metadataText } of events) {
    const texts = eventType.length + (tenantId.length + entityId.length + payloadText.length + metadataText.length) * 3;
    bytes += eventHeaderBytes + texts;
  }
  return bytes;
}

/** Where an encoded event stands in the buffer. */
export interface EncodedPlace {
  readonly idAt: number;
  readonly payloadAt: number;
  readonly payloadBytes: number;
  readonly metadataAt: number;
  readonly metadataBytes: number;
}

export interface BatchHeader {
  readonly firstSequence: number;
  readonly timestamp: number;
}

/** Writes the body of a batch from `at` on, calls `placed` for each event, and returns where it ends. */
export function encodeBatch(
  buffer: Buffer,
  {
    at,
    header,
    events,
  }: { readonly at: number; readonly header: BatchHeader; readonly events: readonly PlacedEvent[] },
  placed: (place: EncodedPlace, index: number) => void,
): number {
  buffer[at] = eventsKind;
  buffer.writeDoubleLE(header.firstSequence, at + 1);
  buffer.writeDoubleLE(header.timestamp, at + 9);
  buffer.writeUInt32LE(events.length, at + 17);
  let end = at + batchHeaderBytes;
  for (let index = 0; index < events.length; index++) {
    const place = encodeEvent(buffer, end, events[index]!);
    end = place.metadataAt + place.metadataBytes;
    placed(place, index);
  }
  return end;
}

function encodeEvent(buffer: Buffer, at: number, { event, version }: PlacedEvent): EncodedPlace {
  if (event.eventId === undefined) writeRandomUuid(buffer, at);
  else writeUuid(event.eventId, buffer, at);
  buffer.writeUInt32LE(version, at + 16);
  let end = at + eventHeaderBytes;
  const typeBytes = buffer.write(event.eventType, end, 'latin1');
  end += typeBytes;
  const tenantBytes = buffer.write(event.tenantId, end);
  end += tenantBytes;
  const entityBytes = buffer.write(event.entityId, end);
  end += entityBytes;
  const payloadBytes = buffer.write(event.payloadText, end);
  const metadataAt = end + payloadBytes;
  const metadataBytes = event.metadataText === '' ? 0 : buffer.write(event.metadataText, metadataAt);
  buffer.writeUInt16LE(typeBytes, at + 20);
  buffer.writeUInt16LE(tenantBytes, at + 22);
  buffer.writeUInt16LE(entityBytes, at + 24);
  buffer.writeUInt32LE(payloadBytes, at + 26);
  buffer.writeUInt32LE(metadataBytes, at + 30);
  return { idAt: at, payloadAt: end, payloadBytes, metadataAt, metadataBytes };
}

/** The body of a change. */
export function encodeChange({ sequence, change }: LoggedChange): Buffer {
  const json = Buffer.from(JSON.stringify(change));
  const body = Buffer.alloc(9 + json.length);
  body[0] = changeKind;
  body.writeDoubleLE(sequence, 1);
  json.copy(body, 9);
  return body;
}

/** What to do with what a record holds. */
export interface RecordVisitor {
  event(event: LoggedEvent): void;
  change(change: LoggedChange): void;
}

/** Reads the body of a record whose checksum was right; `at` is its offset in the file. */
export function decodeBody(body: Buffer, at: number, visitor: RecordVisitor): void {
  if (body[0] === changeKind) {
    visitor.change({ sequence: body.readDoubleLE(1), change: JSON.parse(body.toString('utf8', 9)) });
    return;
  }
  if (body[0] !== eventsKind) throw new Error(`a log record of the unknown kind ${body[0]}`);
  const firstSequence = body.readDoubleLE(1);
  const timestamp = body.readDoubleLE(9);
  const count = body.readUInt32LE(17);
  let next = batchHeaderBytes;
  for (let index = 0; index < count; index++) {
    const typeAt = next + eventHeaderBytes;
    const tenantAt = typeAt + body.readUInt16LE(next + 20);
    const entityAt = tenantAt + body.readUInt16LE(next + 22);
    const payloadAt = entityAt + body.readUInt16LE(next + 24);
    const metadataAt = payloadAt + body.readUInt32LE(next + 26);
    const end = metadataAt + body.readUInt32LE(next + 30);
    visitor.event({
      sequence: firstSequence + index,
      timestamp,
      id: body.subarray(next, next + 16),
      version: body.readUInt32LE(next + 16),
      eventType: body.toString('latin1', typeAt, tenantAt),
      tenantId: body.toString('utf8', tenantAt, entityAt),
      entityId: body.toString('utf8', entityAt, payloadAt),
      payload: body.subarray(payloadAt, metadataAt),
      metadata: body.subarray(metadataAt, end),
      payloadAt: at + payloadAt,
      metadataAt: at + metadataAt,
    });
    next = end;
  }
}
