import type { CheckedEvent } from '../event.ts';
import { writeRandomUuid, writeUuid } from '../uuid.ts';
import { recordHeaderBytes } from './record.ts';

const eventsKind = 1;
const changeKind = 2;
/** Kind, first sequence, timestamp, count. */
const batchHeaderBytes = 21;
/** Kind, sequence. */
const changeHeaderBytes = 9;
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

/** An event that is written: with its version, and the places that `encodeBatch` gives it. */
export interface WrittenEvent {
  readonly event: CheckedEvent;
  readonly version: number;
  /** Offset of its UUID in the buffer. */
  idAt: number;
  /** Offsets in the file. */
  payloadAt: number;
  payloadBytes: number;
  metadataAt: number;
  metadataBytes: number;
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

/** A batch to be written as the body of a record. */
export interface EncodableBatch {
  readonly firstSequence: number;
  readonly timestamp: number;
  readonly events: readonly WrittenEvent[];
  /** Offset of the body in the buffer. */
  readonly at: number;
  /** Offset in the file of the buffer's first byte. */
  readonly base: number;
}

/** Writes the body of a batch, tells each event its places, and returns where it ends. */
export function encodeBatch(buffer: Buffer, { firstSequence, timestamp, events, at, base }: EncodableBatch): number {
  buffer[at] = eventsKind;
  buffer.writeDoubleLE(firstSequence, at + 1);
  buffer.writeDoubleLE(timestamp, at + 9);
  buffer.writeUInt32LE(events.length, at + 17);
  let end = at + batchHeaderBytes;
  for (let index = 0; index < events.length; index++) end = encodeEvent(buffer, { at: end, base }, events[index]!);
  return end;
}

function encodeEvent(
  buffer: Buffer,
  { at, base }: { readonly at: number; readonly base: number },
  written: WrittenEvent,
): number {
  const { eventId, eventType, tenantId, entityId, payloadText, metadataText } = written.event;
  if (eventId === undefined) writeRandomUuid(buffer, at);
  else writeUuid(eventId, buffer, at);
  const typeAt = at + eventHeaderBytes;
  const tenantAt = writeName(buffer, eventType, typeAt);
  const entityAt = writeName(buffer, tenantId, tenantAt);
  const payloadAt = writeName(buffer, entityId, entityAt);
  const metadataAt = payloadAt + buffer.write(payloadText, payloadAt);
  const end = metadataText === '' ? metadataAt : metadataAt + buffer.write(metadataText, metadataAt);
  buffer.writeUInt32LE(written.version, at + 16);
  buffer.writeUInt16LE(tenantAt - typeAt, at + 20);
  buffer.writeUInt16LE(entityAt - tenantAt, at + 22);
  buffer.writeUInt16LE(payloadAt - entityAt, at + 24);
  buffer.writeUInt32LE(metadataAt - payloadAt, at + 26);
  buffer.writeUInt32LE(end - metadataAt, at + 30);
  written.idAt = at;
  written.payloadAt = base + payloadAt;
  written.payloadBytes = metadataAt - payloadAt;
  written.metadataAt = base + metadataAt;
  written.metadataBytes = end - metadataAt;
  return end;
}

/** Writes a short text and returns where it ends: for ASCII a loop is quicker than a call out of JavaScript. */
function writeName(buffer: Buffer, text: string, at: number): number {
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (code > 127) return at + buffer.write(text, at);
    buffer[at + index] = code;
  }
  return at + text.length;
}

/** At most so many bytes are needed for a change as a record. */
export function changeBytes(json: string): number {
  return recordHeaderBytes + changeHeaderBytes + json.length * 3;
}

/** Writes the body of a change, given as JSON, from `at` on, and returns where it ends; `sequence` is the last one before it. */
export function encodeChange(
  buffer: Buffer,
  { at, sequence, json }: { readonly at: number; readonly sequence: number; readonly json: string },
): number {
  buffer[at] = changeKind;
  buffer.writeDoubleLE(sequence, at + 1);
  return at + changeHeaderBytes + buffer.write(json, at + changeHeaderBytes);
}

/** What to do with what a record holds. */
export interface RecordVisitor {
  event(event: LoggedEvent): void;
  change(change: LoggedChange): void;
}

/** The last sequence before a record, and that of its last event. */
export function sequencesOf(body: Buffer): { readonly before: number; readonly last: number } {
  const sequence = body.readDoubleLE(1);
  if (body[0] !== eventsKind) return { before: sequence, last: sequence };
  return { before: sequence - 1, last: sequence - 1 + body.readUInt32LE(17) };
}

/** Reads the body of a record whose checksum was right; `at` is its offset in the file. */
export function decodeBody(body: Buffer, at: number, visitor: RecordVisitor): void {
  if (body[0] === changeKind) {
    visitor.change({ sequence: body.readDoubleLE(1), change: JSON.parse(body.toString('utf8', changeHeaderBytes)) });
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
