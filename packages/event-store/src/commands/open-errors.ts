import { CommandError } from '@alex/service';
import { StoreError } from '../errors.ts';

/** Runs something that opens a store; what the store refuses ends the command with its message and code 1. */
export async function openErrors<Result>(work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    if (StoreError.isInstance(error)) throw new CommandError(error.message, { cause: error });
    throw error;
  }
}
