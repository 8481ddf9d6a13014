import { constants, openSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { makeFolder } from '../make-folder.ts';

/** Opens `stdout`, `stderr` or a file for appending; a file that cannot be opened is reported and becomes stderr. */
export function openOutput(output: string, report: (problem: string) => void): { descriptor: number; owned: boolean } {
  if (output === 'stdout' || output === 'stderr') return openStandard(output === 'stdout' ? 1 : 2);
  const path = output.startsWith('~/') ? join(homedir(), output.slice(2)) : resolve(output);
  try {
    makeFolder(dirname(path));
    // Without O_NONBLOCK, opening a named pipe that nobody reads would stop the program.
    const { O_WRONLY, O_APPEND, O_CREAT, O_NONBLOCK = 0 } = constants;
    return { descriptor: openSync(path, O_WRONLY | O_APPEND | O_CREAT | O_NONBLOCK, 0o600), owned: true };
  } catch (error) {
    report(`The log file ${path} cannot be opened (${(error as Error).message}); log lines go to stderr`);
    return openStandard(2);
  }
}

/** On Linux a pipe is opened anew without blocking, so that a reader that hangs can never hold up the program. */
function openStandard(descriptor: number): { descriptor: number; owned: boolean } {
  if (process.platform !== 'linux') return { descriptor, owned: false };
  try {
    const path = `/proc/self/fd/${descriptor}`;
    if (!statSync(path).isFIFO()) return { descriptor, owned: false };
    return { descriptor: openSync(path, constants.O_WRONLY | constants.O_NONBLOCK), owned: true };
  } catch {
    return { descriptor, owned: false };
  }
}
