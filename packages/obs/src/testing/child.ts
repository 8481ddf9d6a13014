import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** How a child process ended. */
export interface ChildEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
  /** Milliseconds from its start to its end. */
  readonly durationMs: number;
}

/** A program that runs on the source of this package, for tests of what happens to a process. */
export interface Child {
  readonly process: ChildProcess;
  /** Resolves once its output contains `text`. */
  said(text: string): Promise<void>;
  readonly end: Promise<ChildEnd>;
}

export interface ChildOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** Arguments of Node, for instance `--import`. */
  readonly nodeArguments?: readonly string[];
  /** Of the program itself. */
  readonly programArguments?: readonly string[];
  readonly type?: 'module' | 'commonjs';
}

/** Runs `script` by `node -e`, in which `@alex/obs` is this source. */
export function startChild(script: string, options: ChildOptions = {}): Child {
  const { env, nodeArguments = [], programArguments = [], type = 'module' } = options;
  const args = ['--conditions=@alex/source', ...nodeArguments, `--input-type=${type}`, '-e', script];
  const begin = performance.now();
  const child = spawn(process.execPath, [...args, '--', ...programArguments], {
    cwd: fileURLToPath(new URL('..', import.meta.url)),
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: 15_000,
    env: { ...process.env, NODE_OPTIONS: '', ...env },
  });
  const output = { stdout: '', stderr: '' };
  const waiting = new Set<() => void>();
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].on('data', (chunk) => {
      output[name] += chunk;
      for (const check of waiting) check();
    });
  }
  const ended = async (): Promise<ChildEnd> => {
    const [code, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null];
    return { code, signal, ...output, durationMs: performance.now() - begin };
  };
  const end = ended();
  return {
    process: child,
    end,
    said: (text) =>
      new Promise((resolve, reject) => {
        const check = (): void => {
          if (`${output.stdout}${output.stderr}`.includes(text)) resolve();
        };
        waiting.add(check);
        check();
        void end.then((how) => reject(new Error(`It ended without saying ${text}: ${JSON.stringify(how)}`)));
      }),
  };
}

/** Runs `script` to its end. */
export function runChild(script: string, options?: ChildOptions): Promise<ChildEnd> {
  return startChild(script, options).end;
}
