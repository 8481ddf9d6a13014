import type { Columns } from './columns.ts';

const empty = 0;

/** Finds positions by event id: an open hash table of 32-bit entries over the ids that the columns hold. */
export class IdTable {
  readonly #columns: Columns;
  #slots: Uint32Array = new Uint32Array(1 << 12);
  #count = 0;

  constructor(columns: Columns) {
    this.#columns = columns;
  }

  /** The position of an id whose event is held. */
  find(id: Uint8Array, at = 0): number | undefined {
    const mask = this.#slots.length - 1;
    for (let slot = hash(id, at) & mask; ; slot = (slot + 1) & mask) {
      const entry = this.#slots[slot]!;
      if (entry === empty) return undefined;
      if (this.#equals(entry - 1, id, at) && this.#columns.entity(entry - 1) !== 0) return entry - 1;
    }
  }

  /** Adds the next position. */
  add(position: number): void {
    if (this.#count * 2 >= this.#slots.length) this.#grow();
    this.#count++;
    this.#place(position);
  }

  #place(position: number): void {
    const { bytes, at } = this.#columns.id(position);
    const mask = this.#slots.length - 1;
    let slot = hash(bytes, at) & mask;
    while (this.#slots[slot] !== empty) slot = (slot + 1) & mask;
    this.#slots[slot] = position + 1;
  }

  #grow(): void {
    this.#slots = new Uint32Array(this.#slots.length * 2);
    // In the order in which the ids stand in memory.
    for (let position = 0; position < this.#count; position++) this.#place(position);
  }

  #equals(position: number, id: Uint8Array, at: number): boolean {
    const known = this.#columns.id(position);
    for (let byte = 0; byte < 16; byte++) {
      if (known.bytes[known.at + byte] !== id[at + byte]) return false;
    }
    return true;
  }
}

/** Over all bytes, as a client's ids may differ in any of them (FNV-1a). */
function hash(id: Uint8Array, at: number): number {
  let value = 0x811c9dc5;
  for (let byte = 0; byte < 16; byte++) value = Math.imul(value ^ id[at + byte]!, 0x01000193);
  return value >>> 0;
}
