import { join } from 'node:path';
import { StoreError } from '../errors.ts';

/** A folder that this process has for itself. */
export interface DirectoryLock {
  release(): void;
}

/**
 * Takes a folder: an exclusive SQLite transaction on a file named `LOCK`, which the system ends with the process,
 * however it ends. Throws StoreError `locked` when another store has it.
 */
export async function lockDirectory(folder: string): Promise<DirectoryLock> {
  const { DatabaseSync } = await import('node:sqlite');
  const database = new DatabaseSync(join(folder, 'LOCK'));
  try {
    database.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE');
  } catch (error) {
    database.close();
    if (!/locked/i.test((error as Error).message)) throw error;
    throw new StoreError(
      'locked',
      `Another event store uses ${folder}. Stop it, or choose another folder with --data.`,
      {
        cause: error,
      },
    );
  }
  return { release: () => database.close() };
}
