import { spawn } from 'node:child_process';
import type { CommandIo } from '@alex/service';
import { CommandError } from '@alex/service';

export interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly env: CommandIo['env'];
  readonly cwd?: string;
  readonly signal?: AbortSignal;
  /** Gets what the program prints, as it prints it. */
  readonly onOutput?: (text: string) => void;
}

/** Runs a program to its end. A program that does not exist gives code 127. */
export function runTool(command: string, args: readonly string[], options: RunOptions): Promise<Ran> {
  const { env, cwd, signal, onOutput } = options;
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
      ...(cwd && { cwd }),
      ...(signal && { signal }),
    });
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (chunk: Buffer) => {
      stdout += chunk;
      onOutput?.(chunk.toString());
    });
    child.stderr.on('data', (chunk: Buffer) => {
      stderr += chunk;
      onOutput?.(chunk.toString());
    });
    child.on('error', (error) => resolve({ code: 127, stdout, stderr: stderr || error.message }));
    child.on('close', (code) => resolve({ code: code ?? 130, stdout, stderr }));
  });
}

/** A compose tool that works: the command and what stands before its subcommand. */
export interface ComposeTool {
  readonly command: string;
  readonly args: readonly string[];
  readonly version: string;
}

const candidates: readonly Omit<ComposeTool, 'version'>[] = [
  { command: 'docker', args: ['compose'] },
  { command: 'docker-compose', args: [] },
];

/** Finds compose v2 or docker-compose 1.29 and an engine that answers. Throws CommandError that says what is missing. */
export async function findComposeTool(options: RunOptions): Promise<ComposeTool> {
  for (const { command, args } of candidates) {
    const { code, stdout } = await runTool(command, [...args, 'version', '--short'], options);
    if (code !== 0) continue;
    const engine = await runTool('docker', ['version', '--format', '{{.Server.Version}}'], options);
    if (engine.code === 0 || engine.code === 127) return { command, args, version: stdout.trim() };
    throw new CommandError(`${[command, ...args].join(' ')} is there, but no Docker engine answers: ${lastLine(engine.stderr)}
Start Docker Desktop or the service (sudo systemctl start docker), or let your user reach it (sudo usermod -aG docker "$USER").`);
  }
  const docker = await runTool('docker', ['--version'], options);
  throw new CommandError(
    docker.code === 0
      ? 'docker is there but no compose tool: install the plug-in docker-compose-plugin, or docker-compose 1.29'
      : 'neither docker nor docker-compose is installed. See https://docs.docker.com/get-docker/; without Docker, alex-obs demo shows metrics in this terminal',
  );
}

function lastLine(text: string): string {
  return text.trim().split('\n').at(-1) ?? '';
}
