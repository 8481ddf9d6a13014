import { styleText } from 'node:util';

/** What a command writes to: a part of `NodeJS.WriteStream`, so that tests can hand in their own. */
export interface OutputStream {
  write(text: string): unknown;
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
  readonly rows?: number | undefined;
  on?(event: 'resize', listener: () => void): unknown;
  off?(event: 'resize', listener: () => void): unknown;
}

/** Everything of the outside world that a command may touch. Data goes to `stdout`, all else to `stderr`. */
export interface CommandIo {
  readonly stdout: OutputStream;
  readonly stderr: OutputStream;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Aborted by Ctrl-C and by a request to end. */
  readonly signal?: AbortSignal;
}

/** The streams and the environment of this process. */
export function processIo(signal?: AbortSignal): CommandIo {
  const { stdout, stderr, env } = process;
  return signal === undefined ? { stdout, stderr, env } : { stdout, stderr, env, signal };
}

type Format = 'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'cyan' | 'magenta';

export type Paint = (format: Format, text: string) => string;

/** Colours text for a stream: only on a terminal, and never with `NO_COLOR` or `TERM=dumb`. */
export function painter(stream: OutputStream, env: CommandIo['env']): Paint {
  const plain = stream.isTTY !== true || Boolean(env['NO_COLOR']) || env['TERM'] === 'dumb';
  return plain ? (_format, text) => text : (format, text) => styleText(format, text, { validateStream: false });
}
