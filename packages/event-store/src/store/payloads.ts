import { StoreError } from '../errors.ts';
import type { StoreFile } from '../log/files.ts';
import type { Columns, Row } from './columns.ts';

/** The JSON of an event as it came. */
export interface EventText {
  readonly payload: string;
  /** Empty: none. */
  readonly metadata: string;
}

/** Payloads read ahead when events stand side by side, at most so many bytes at once. */
const stretchBytes: number = 256 * 1024;
const gapBytes = 512;

/** Reads payloads from the files they stand in, behind a cache of so many bytes. */
export class Payloads {
  readonly #columns: Columns;
  readonly #files = new Map<number, StoreFile>();
  readonly #cache = new Map<number, EventText>();
  readonly #cacheBytes: number;
  #cachedBytes = 0;
  #nextFile = 1;

  constructor(columns: Columns, cacheBytes: number) {
    this.#columns = columns;
    this.#cacheBytes = cacheBytes;
  }

  /** Makes a file known and returns the number that rows name it by. */
  addFile(file: StoreFile): number {
    const number = this.#nextFile++;
    this.#files.set(number, file);
    return number;
  }

  /** Closes a file; no row may name it any more. */
  dropFile(number: number): void {
    this.#files.get(number)?.close();
    this.#files.delete(number);
  }

  /** Closes all files. */
  close(): void {
    for (const file of this.#files.values()) file.close();
    this.#files.clear();
  }

  /** The JSON of events, in the order of the positions. Throws StoreError `storage` or `corrupt`. */
  read(positions: readonly number[]): EventText[] {
    const texts: EventText[] = new Array(positions.length);
    for (let index = 0; index < positions.length; ) {
      const cached = this.#cached(positions[index]!);
      if (cached) {
        texts[index++] = cached;
        continue;
      }
      index = this.#readStretch(positions, index, texts);
    }
    return texts;
  }

  forget(position: number): void {
    const text = this.#cache.get(position);
    if (text === undefined) return;
    this.#cache.delete(position);
    this.#cachedBytes -= sizeOf(text);
  }

  #cached(position: number): EventText | undefined {
    const text = this.#cache.get(position);
    if (text === undefined) return undefined;
    this.#cache.delete(position);
    this.#cache.set(position, text);
    return text;
  }

  /** One read for payloads that stand close to one another; returns the index after them. */
  #readStretch(positions: readonly number[], from: number, texts: EventText[]): number {
    const rows: Row[] = [];
    let end = 0;
    let start = 0;
    for (let index = from; index < positions.length; index++) {
      const row = this.#columns.row(positions[index]!);
      const rowEnd = row.payloadAt + row.payloadBytes;
      if (index === from) start = row.payloadAt;
      else if (row.file !== rows[0]!.file || row.payloadAt < end || row.payloadAt - end > gapBytes) break;
      else if (rowEnd - start > stretchBytes) break;
      end = rowEnd;
      rows.push(row);
    }
    const bytes = this.#bytes(rows[0]!.file, start, end - start);
    for (const [index, row] of rows.entries()) {
      const at = row.payloadAt - start;
      const metadata = row.metadataBytes === 0 ? '' : this.#text(row.file, row.metadataAt, row.metadataBytes);
      const text = { payload: bytes.toString('utf8', at, at + row.payloadBytes), metadata };
      texts[from + index] = text;
      this.#keep(positions[from + index]!, text);
    }
    return from + rows.length;
  }

  #text(file: number, at: number, length: number): string {
    return this.#bytes(file, at, length).toString();
  }

  #bytes(file: number, at: number, length: number): Buffer {
    const bytes = Buffer.allocUnsafe(length);
    let count: number;
    try {
      count = this.#files.get(file)!.read(bytes, at);
    } catch (error) {
      throw new StoreError('storage', `An event could not be read: ${(error as Error).message}`, { cause: error });
    }
    if (count !== length) throw new StoreError('corrupt', 'An event could not be read: its file is too short');
    return bytes;
  }

  #keep(position: number, text: EventText): void {
    if (this.#cache.has(position)) return;
    this.#cache.set(position, text);
    this.#cachedBytes += sizeOf(text);
    if (this.#cachedBytes > this.#cacheBytes) this.#makeRoom();
  }

  /** Drops a tenth at once: each walk begins with all entries that were deleted since the map was last rebuilt. */
  #makeRoom(): void {
    for (const [position, text] of this.#cache) {
      if (this.#cachedBytes <= this.#cacheBytes * 0.9) return;
      this.#cache.delete(position);
      this.#cachedBytes -= sizeOf(text);
    }
  }
}

/** Estimated bytes in memory, the entry of the cache included. */
function sizeOf({ payload, metadata }: EventText): number {
  return payload.length + metadata.length + 100;
}
