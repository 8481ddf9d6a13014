/** An open file. Writing and syncing are asynchronous; reading is not, as what is read is nearly always cached. */
export interface StoreFile {
  /** Writes all of it; rejects with the error of the system (`ENOSPC`, ...). */
  write(bytes: Uint8Array, position: number): Promise<void>;
  /** Resolves when what was written survives a loss of power. */
  sync(): Promise<void>;
  /** Fills `into` from `position`; returns how many bytes there were. */
  read(into: Uint8Array, position: number): number;
  truncate(size: number): Promise<void>;
  close(): void;
}

/** What the store needs from a file system; paths are names inside its one folder. */
export interface StoreFiles {
  open(name: string): StoreFile;
  list(): readonly string[];
  size(name: string): number;
  readAll(name: string): Uint8Array;
  /** Replaces a file, atomically and durably, by pieces that are taken one after the other. */
  replace(name: string, pieces: Iterable<Uint8Array>): Promise<void>;
  remove(name: string): void;
  /** Makes new, renamed and removed names durable. */
  syncFolder(): Promise<void>;
}
