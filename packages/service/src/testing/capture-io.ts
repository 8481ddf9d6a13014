import type { CommandIo } from '../command/io.ts';

export interface CaptureOptions {
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly isTTY?: boolean;
  readonly columns?: number;
  readonly signal?: AbortSignal;
}

export interface CapturedIo {
  readonly io: CommandIo;
  /** What was written so far. */
  output(): { readonly stdout: string; readonly stderr: string };
}

/** The outside world of a command in a test: an empty environment, and streams that remember. */
export function captureIo(options: CaptureOptions = {}): CapturedIo {
  const written = { stdout: '', stderr: '' };
  const stream = (name: 'stdout' | 'stderr'): CommandIo['stdout'] => ({
    write: (text) => (written[name] += text),
    isTTY: options.isTTY ?? false,
    columns: options.columns ?? 100,
  });
  const io = { stdout: stream('stdout'), stderr: stream('stderr'), env: options.env ?? {} };
  return {
    io: options.signal === undefined ? io : { ...io, signal: options.signal },
    output: () => ({ ...written }),
  };
}
