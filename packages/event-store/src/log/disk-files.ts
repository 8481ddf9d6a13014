import {
  close,
  closeSync,
  constants,
  fdatasync,
  fsync,
  ftruncate,
  open,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
  write,
} from 'node:fs';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { makeFolders } from '@alex/service/folders';
import type { StoreFile, StoreFiles } from './files.ts';

const datasync = promisify(fdatasync);
const sync = promisify(fsync);
const truncate = promisify(ftruncate);
const writeAt = promisify(write);
const openFile = promisify(open);
const closeFile = promisify(close);

/** The files of a folder on disk. */
export class DiskFiles implements StoreFiles {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  open(name: string): StoreFile {
    return new DiskFile(openSync(join(this.#folder, name), constants.O_RDWR | constants.O_CREAT, 0o600));
  }

  list(): readonly string[] {
    return readdirSync(this.#folder);
  }

  size(name: string): number {
    return statSync(join(this.#folder, name)).size;
  }

  readAll(name: string): Uint8Array {
    return readFileSync(join(this.#folder, name));
  }

  async replace(name: string, pieces: Iterable<Uint8Array>): Promise<void> {
    const temporary = join(this.#folder, `${name}.new`);
    try {
      await writeDurably(temporary, pieces);
      renameSync(temporary, join(this.#folder, name));
    } catch (error) {
      rmSync(temporary, { force: true });
      throw error;
    }
    await this.syncFolder();
  }

  remove(name: string): void {
    rmSync(join(this.#folder, name), { force: true });
  }

  async syncFolder(): Promise<void> {
    await syncFolder(this.#folder);
  }
}

/** Makes a folder that survives a loss of power, with those above it; gives the folders whose list of names that changed. */
export async function makeFolder(folder: string): Promise<readonly string[]> {
  const changed = makeFolders(resolve(folder), 0o700);
  for (const parent of changed) await syncFolder(parent);
  return changed;
}

async function writeDurably(file: string, pieces: Iterable<Uint8Array>): Promise<void> {
  const descriptor = await openFile(file, 'w', 0o600);
  try {
    let position = 0;
    for (const piece of pieces) {
      await writeAll(descriptor, piece, position);
      position += piece.length;
    }
    await sync(descriptor);
  } finally {
    await closeFile(descriptor);
  }
}

/** Makes the names in a folder durable. */
export async function syncFolder(folder: string): Promise<void> {
  const descriptor = await openFile(folder, 'r');
  try {
    await sync(descriptor);
  } finally {
    await closeFile(descriptor);
  }
}

class DiskFile implements StoreFile {
  readonly #descriptor: number;

  constructor(descriptor: number) {
    this.#descriptor = descriptor;
  }

  write(bytes: Uint8Array, position: number): Promise<void> {
    return writeAll(this.#descriptor, bytes, position);
  }

  sync(): Promise<void> {
    return datasync(this.#descriptor);
  }

  read(into: Uint8Array, position: number): number {
    let done = 0;
    while (done < into.length) {
      const count = readSync(this.#descriptor, into, done, into.length - done, position + done);
      if (count === 0) break;
      done += count;
    }
    return done;
  }

  truncate(size: number): Promise<void> {
    return truncate(this.#descriptor, size);
  }

  close(): void {
    closeSync(this.#descriptor);
  }
}

async function writeAll(descriptor: number, bytes: Uint8Array, position: number): Promise<void> {
  let done = 0;
  while (done < bytes.length) {
    const { bytesWritten } = await writeAt(descriptor, bytes, done, bytes.length - done, position + done);
    done += bytesWritten;
  }
}
