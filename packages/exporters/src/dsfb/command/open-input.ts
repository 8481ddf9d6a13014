import { createReadStream } from 'node:fs';
import { CommandError } from '@alex/service';
import { type PlacedRecord, readInput } from '../input/read-input.ts';

/** The records of a file, or of stdin for `-`. Throws CommandError when it cannot be read. */
export async function* openInput(path: string): AsyncGenerator<PlacedRecord, void, void> {
  const chunks = path === '-' ? process.stdin : createReadStream(path);
  try {
    yield* readInput(chunks);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw new CommandError(`Cannot read ${path}: ${code === 'ENOENT' ? 'there is no such file' : message}`);
  } finally {
    if (path === '-') process.stdin.destroy();
  }
}
