import { existsSync, statSync } from 'node:fs';
import { CommandError } from '@alex/service';
import { lockUnchanged } from '../log/directory-lock.ts';
import { DiskFiles } from '../log/disk-files.ts';
import { EventStore } from '../store/event-store.ts';
import { holdsStore } from '../store/verify.ts';
import { openErrors } from './open-errors.ts';

/** The option of the commands that work on the files of a store. */
export const storeFolder = {
  data: {
    type: 'string',
    default: './allsource-data',
    valueName: 'folder',
    env: 'ALLSOURCE_DATA',
    description: 'Folder of the store. No core may run on it meanwhile.',
  },
} as const;

/** Throws CommandError unless a folder holds a store: a command that reads makes none. */
export function mustHoldStore(folder: string): void {
  if (!existsSync(folder)) throw new CommandError(`There is no folder ${folder}`);
  if (!statSync(folder).isDirectory()) throw new CommandError(`${folder} is no folder`);
  if (!holdsStore(new DiskFiles(folder))) throw new CommandError(`There is no store in ${folder}`);
}

/** Opens the store in a folder for one piece of work. */
export async function withStore<Result>(folder: string, work: (store: EventStore) => Promise<Result>): Promise<Result> {
  return await openErrors(async () => {
    const store = await EventStore.open({ folder });
    try {
      return await work(store);
    } finally {
      await store.close();
    }
  });
}

/** Has the files of a store to itself for one piece of work, without opening the store or making a file in it. */
export async function withFiles<Result>(folder: string, work: (files: DiskFiles) => Promise<Result>): Promise<Result> {
  mustHoldStore(folder);
  return await openErrors(async () => {
    const lock = await lockUnchanged(folder);
    try {
      return await work(new DiskFiles(folder));
    } finally {
      lock.release();
    }
  });
}
