import type { StoreFile, StoreFiles } from './files.ts';

const chunkBytes: number = 256 * 1024;

/** Files that end with the process. A copy of what was synced can be taken, as a loss of power would leave it. */
export class MemoryFiles implements StoreFiles {
  readonly #files = new Map<string, MemoryFile>();

  open(name: string): StoreFile {
    const file = this.#files.get(name) ?? new MemoryFile();
    this.#files.set(name, file);
    return file;
  }

  list(): readonly string[] {
    return [...this.#files.keys()];
  }

  size(name: string): number {
    return this.#files.get(name)?.size ?? 0;
  }

  readAll(name: string): Uint8Array {
    const bytes = new Uint8Array(this.size(name));
    this.#files.get(name)?.read(bytes, 0);
    return bytes;
  }

  async replace(name: string, pieces: Iterable<Uint8Array>): Promise<void> {
    const file = new MemoryFile();
    for (const piece of pieces) await file.write(piece, file.size);
    await file.sync();
    this.#files.set(name, file);
  }

  remove(name: string): void {
    this.#files.delete(name);
  }

  async syncFolder(): Promise<void> {}

  /** What a loss of power leaves: every file up to what was synced. */
  afterPowerLoss(): MemoryFiles {
    const left = new MemoryFiles();
    for (const [name, file] of this.#files) left.#files.set(name, file.synced());
    return left;
  }
}

class MemoryFile implements StoreFile {
  readonly #chunks: Uint8Array[] = [];
  size = 0;
  #syncedSize = 0;

  async write(bytes: Uint8Array, position: number): Promise<void> {
    let done = 0;
    while (done < bytes.length) {
      const at = position + done;
      const index = Math.floor(at / chunkBytes);
      while (this.#chunks.length <= index) this.#chunks.push(new Uint8Array(chunkBytes));
      const part = bytes.subarray(done, done + chunkBytes - (at % chunkBytes));
      this.#chunks[index]!.set(part, at % chunkBytes);
      done += part.length;
    }
    this.size = Math.max(this.size, position + bytes.length);
  }

  async sync(): Promise<void> {
    this.#syncedSize = this.size;
  }

  read(into: Uint8Array, position: number): number {
    const count = Math.max(0, Math.min(into.length, this.size - position));
    let done = 0;
    while (done < count) {
      const at = position + done;
      const chunk = this.#chunks[Math.floor(at / chunkBytes)]!;
      const part = chunk.subarray(at % chunkBytes, (at % chunkBytes) + count - done);
      into.set(part, done);
      done += part.length;
    }
    return count;
  }

  async truncate(size: number): Promise<void> {
    this.size = Math.min(this.size, size);
    this.#syncedSize = Math.min(this.#syncedSize, size);
  }

  close(): void {}

  synced(): MemoryFile {
    const copy = new MemoryFile();
    for (const chunk of this.#chunks) copy.#chunks.push(chunk.slice());
    copy.size = this.#syncedSize;
    copy.#syncedSize = this.#syncedSize;
    return copy;
  }
}
