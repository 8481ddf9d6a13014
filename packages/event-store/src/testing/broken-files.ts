import type { StoreFile, StoreFiles } from '../log/files.ts';
import { MemoryFiles } from '../log/memory-files.ts';

/** An error of the system. */
export const failure = (code: string): NodeJS.ErrnoException => Object.assign(new Error(code), { code });

/** Files whose writes and syncs a test can watch and break. */
export class BrokenFiles<Inner extends StoreFiles = MemoryFiles> implements StoreFiles {
  readonly inner: Inner;
  readonly calls: string[] = [];
  breakWrite: NodeJS.ErrnoException | undefined;
  breakSync: NodeJS.ErrnoException | undefined;
  breakTruncate: NodeJS.ErrnoException | undefined;
  breakReplace: NodeJS.ErrnoException | undefined;
  breakFolderSync: NodeJS.ErrnoException | undefined;

  constructor(inner: Inner) {
    this.inner = inner;
  }

  list(): readonly string[] {
    return this.inner.list();
  }

  size(name: string): number {
    return this.inner.size(name);
  }

  readAll(name: string): Uint8Array {
    return this.inner.readAll(name);
  }

  remove(name: string): void {
    this.inner.remove(name);
  }

  async replace(name: string, pieces: Iterable<Uint8Array>): Promise<void> {
    if (this.breakReplace) throw this.breakReplace;
    await this.inner.replace(name, pieces);
  }

  async syncFolder(): Promise<void> {
    if (this.breakFolderSync) throw this.breakFolderSync;
    await this.inner.syncFolder();
  }

  open(name: string): StoreFile {
    const file = this.inner.open(name);
    return {
      read: (into, at) => file.read(into, at),
      truncate: async (size) => {
        if (this.breakTruncate) throw this.breakTruncate;
        await file.truncate(size);
      },
      close: () => file.close(),
      write: async (bytes, at) => {
        this.calls.push('write');
        if (this.breakWrite) {
          await file.write(bytes.subarray(0, bytes.length >> 1), at);
          throw this.breakWrite;
        }
        await file.write(bytes, at);
      },
      sync: async () => {
        if (this.breakSync) throw this.breakSync;
        await file.sync();
        this.calls.push('sync');
      },
    };
  }
}

/** Broken files in memory. */
export function brokenMemory(): BrokenFiles {
  return new BrokenFiles(new MemoryFiles());
}
