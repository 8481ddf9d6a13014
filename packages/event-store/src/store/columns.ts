const chunkBits = 15;
const chunkSize: number = 1 << chunkBits;
const chunkMask: number = chunkSize - 1;

/** Stands for a position where there is none. */
export const none: number = 0xffffffff;

/** One stretch of events, column by column: 72 bytes an event. */
class Chunk {
  readonly sequence: Float64Array = new Float64Array(chunkSize);
  readonly timestamp: Float64Array = new Float64Array(chunkSize);
  readonly id: Uint8Array = new Uint8Array(chunkSize * 16);
  readonly version: Uint32Array = new Uint32Array(chunkSize);
  readonly entity: Uint32Array = new Uint32Array(chunkSize);
  readonly before: Uint32Array = new Uint32Array(chunkSize);
  readonly type: Uint32Array = new Uint32Array(chunkSize);
  readonly file: Uint32Array = new Uint32Array(chunkSize);
  readonly payloadAt: Uint32Array = new Uint32Array(chunkSize);
  readonly payloadBytes: Uint32Array = new Uint32Array(chunkSize);
  readonly metadataAt: Uint32Array = new Uint32Array(chunkSize);
  readonly metadataBytes: Uint32Array = new Uint32Array(chunkSize);
}

/** Where the JSON of an event stands. */
export interface Place {
  readonly file: number;
  readonly payloadAt: number;
  readonly payloadBytes: number;
  readonly metadataAt: number;
  readonly metadataBytes: number;
}

/** What an event brings along. */
export interface NewRow extends Place {
  readonly sequence: number;
  readonly timestamp: number;
  readonly version: number;
}

export interface Row extends NewRow {
  /** Index of the entity; 0 is none: the event was erased. */
  readonly entity: number;
  readonly type: number;
}

/** A UUID: 16 bytes at a place. */
export interface IdPlace {
  readonly bytes: Uint8Array;
  readonly at: number;
}

interface Keys {
  readonly entity: number;
  /** Position of the entity's event before it, or `none`. */
  readonly before: number;
  readonly type: number;
  readonly id: IdPlace;
}

/** The parts of all events that are kept in memory, by position; positions follow sequences. */
export class Columns {
  readonly #chunks: Chunk[] = [];
  length = 0;

  /** Appends a row and returns its position. */
  push(row: NewRow, { entity, before, type, id }: Keys): number {
    const position = this.length++;
    const index = position & chunkMask;
    if (index === 0) this.#chunks.push(new Chunk());
    const chunk = this.#chunks[position >>> chunkBits]!;
    chunk.sequence[index] = row.sequence;
    chunk.timestamp[index] = row.timestamp;
    chunk.version[index] = row.version;
    chunk.entity[index] = entity;
    chunk.before[index] = before;
    chunk.type[index] = type;
    for (let byte = 0; byte < 16; byte++) chunk.id[index * 16 + byte] = id.bytes[id.at + byte]!;
    this.move(position, row);
    return position;
  }

  /** Says where the JSON of an event stands from now on. */
  move(position: number, place: Place): void {
    const chunk = this.#chunks[position >>> chunkBits]!;
    const index = position & chunkMask;
    chunk.file[index] = place.file;
    chunk.payloadAt[index] = place.payloadAt;
    chunk.payloadBytes[index] = place.payloadBytes;
    chunk.metadataAt[index] = place.metadataAt;
    chunk.metadataBytes[index] = place.metadataBytes;
  }

  erase(position: number): void {
    this.#chunks[position >>> chunkBits]!.entity[position & chunkMask] = 0;
  }

  before(position: number): number {
    return this.#chunks[position >>> chunkBits]!.before[position & chunkMask]!;
  }

  sequence(position: number): number {
    return this.#chunks[position >>> chunkBits]!.sequence[position & chunkMask]!;
  }

  timestamp(position: number): number {
    return this.#chunks[position >>> chunkBits]!.timestamp[position & chunkMask]!;
  }

  entity(position: number): number {
    return this.#chunks[position >>> chunkBits]!.entity[position & chunkMask]!;
  }

  file(position: number): number {
    return this.#chunks[position >>> chunkBits]!.file[position & chunkMask]!;
  }

  /** Bytes of the JSON of an event. */
  jsonBytes(position: number): number {
    const chunk = this.#chunks[position >>> chunkBits]!;
    const index = position & chunkMask;
    return chunk.payloadBytes[index]! + chunk.metadataBytes[index]!;
  }

  /** The bytes of all ids of a stretch, and where the one of this position begins. */
  id(position: number): IdPlace {
    return { bytes: this.#chunks[position >>> chunkBits]!.id, at: (position & chunkMask) * 16 };
  }

  row(position: number): Row {
    const chunk = this.#chunks[position >>> chunkBits]!;
    const index = position & chunkMask;
    return {
      sequence: chunk.sequence[index]!,
      timestamp: chunk.timestamp[index]!,
      version: chunk.version[index]!,
      entity: chunk.entity[index]!,
      type: chunk.type[index]!,
      file: chunk.file[index]!,
      payloadAt: chunk.payloadAt[index]!,
      payloadBytes: chunk.payloadBytes[index]!,
      metadataAt: chunk.metadataAt[index]!,
      metadataBytes: chunk.metadataBytes[index]!,
    };
  }

  /** The first position whose sequence is at least this one. */
  fromSequence(sequence: number): number {
    return lowerBound(this.length, (position) => this.sequence(position) >= sequence);
  }
}

/** The first of `length` indices for which a monotonic test holds. */
export function lowerBound(length: number, holds: (index: number) => boolean): number {
  let low = 0;
  let high = length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (holds(middle)) high = middle;
    else low = middle + 1;
  }
  return low;
}
