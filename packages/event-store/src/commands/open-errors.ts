import { CommandError } from '@alex/service';
import { StoreError } from '../errors.ts';

/**
 * Runs something that opens a store; what the store or the file system refuses
 * ends the command with a message and code 1.
 */
export async function openErrors<Result>(work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    if (StoreError.isInstance(error)) throw new CommandError(error.message, { cause: error });
    const { code, path } = error as NodeJS.ErrnoException;
    const problem = path === undefined ? undefined : problems[code ?? ''];
    throw problem === undefined ? error : new CommandError(`${path} ${problem}`, { cause: error });
  }
}

const problems: Readonly<Record<string, string>> = {
  EACCES: 'cannot be used: this user has no right to it',
  EPERM: 'cannot be used: this user has no right to it',
  EROFS: 'cannot be written: its file system is read-only',
  ENOENT: 'is not there, and cannot be made',
  EEXIST: 'is no folder',
  ENOTDIR: 'is no folder',
};
