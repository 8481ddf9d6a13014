import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { waitFor } from './wait.ts';

/** A process under test with everything that it printed. */
export class Child {
  readonly process: ChildProcess;
  output = '';

  constructor(command: string, args: readonly string[], options: SpawnOptions = {}) {
    this.process = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], ...options });
    const append = (chunk: Buffer) => (this.output += chunk.toString());
    this.process.stdout?.on('data', append);
    this.process.stderr?.on('data', append);
    this.process.on('error', (error) => (this.output += `${command}: ${error.message}\n`));
  }

  get ended(): boolean {
    return this.process.exitCode !== null || this.process.signalCode !== null || this.process.pid === undefined;
  }

  /** Waits until the output matches and gives the match. */
  async prints(pattern: RegExp, timeoutMs = 30_000): Promise<RegExpExecArray> {
    try {
      return await waitFor(`${pattern} in the output`, () => pattern.exec(this.output) ?? undefined, { timeoutMs });
    } catch (error) {
      throw new Error(`${(error as Error).message}; it was:\n${this.output.slice(-4000)}`, { cause: error });
    }
  }

  /** Waits for the end and gives the exit code (or the signal's name). */
  async ends(timeoutMs = 30_000): Promise<number | NodeJS.Signals> {
    await waitFor('the process to end', () => this.ended || undefined, { timeoutMs });
    return this.process.exitCode ?? this.process.signalCode ?? -1;
  }

  async stop(signal: NodeJS.Signals = 'SIGTERM', timeoutMs = 15_000): Promise<number | NodeJS.Signals> {
    if (!this.ended) this.process.kill(signal);
    try {
      return await this.ends(timeoutMs);
    } catch (error) {
      this.process.kill('SIGKILL');
      throw error;
    }
  }
}
