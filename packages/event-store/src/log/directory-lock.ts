import { accessSync, constants, existsSync } from 'node:fs';
import { join } from 'node:path';
import { StoreError } from '../errors.ts';

/** A folder that this process has for itself. */
export interface DirectoryLock {
  release(): void;
}

const lockName = 'LOCK';

/** Takes a folder and makes nothing in it: without a file named `LOCK` no store has it. */
export async function lockUnchanged(folder: string): Promise<DirectoryLock> {
  return existsSync(join(folder, lockName)) ? await lockDirectory(folder) : { release: () => {} };
}

/**
 * Takes a folder: an exclusive SQLite transaction on a file named `LOCK`, which the system ends with the process,
 * however it ends. Throws StoreError `locked` when another store has it,
 * and the error of the system when the folder cannot be written.
 */
export async function lockDirectory(folder: string): Promise<DirectoryLock> {
  const { DatabaseSync } = await import('node:sqlite');
  let database: InstanceType<typeof DatabaseSync> | undefined;
  try {
    database = new DatabaseSync(join(folder, lockName));
    database.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE');
  } catch (error) {
    database?.close();
    const cause = { cause: error };
    if (/locked/i.test((error as Error).message)) {
      const advice = 'Stop it, or choose another folder with --data.';
      throw new StoreError('locked', `Another event store uses ${folder}. ${advice}`, cause);
    }
    // The system says it better than SQLite.
    accessSync(folder, constants.W_OK);
    throw error;
  }
  const taken = database;
  return { release: () => taken.close() };
}
