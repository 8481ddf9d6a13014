import type { Command } from './command.ts';
import { processIo } from './io.ts';
import { runCommand } from './run-command.ts';

/**
 * Runs a command as this process: its arguments, streams and signals. The first SIGINT or SIGTERM asks the command to
 * end, the second one ends the process. A reader that went away (`| head`) is no error; output that cannot be written is.
 */
export async function runMain(command: Command): Promise<void> {
  process.stdout.on('error', leave);
  process.stderr.on('error', leave);
  const code = await runCommand(command, process.argv.slice(2), processIo(interruptSignal()));
  process.exitCode = code;
  // What was written to a pipe reaches it before the process ends, and an error is told; sockets of a client may linger.
  process.stdout.write('', () => process.stderr.write('', () => setImmediate(() => process.exit())));
}

/** Aborted by the first SIGINT or SIGTERM; the second one ends the process. */
export function interruptSignal(): AbortSignal {
  const controller = new AbortController();
  const onSignal = (name: NodeJS.Signals): void => {
    if (controller.signal.aborted) process.exit(name === 'SIGINT' ? 130 : 143);
    controller.abort();
  };
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
  return controller.signal;
}

function leave(error: NodeJS.ErrnoException): void {
  if (error.code === 'EPIPE') process.exit(process.exitCode ?? 0);
  // A full disk, for instance. Standard error may be gone as well.
  process.stderr.write(`error: the output could not be written: ${error.message}\n`, () => process.exit(1));
}
