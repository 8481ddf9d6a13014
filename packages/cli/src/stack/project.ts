import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { alexHome } from '@alex/obs';
import { CommandError, type CommandIo } from '@alex/service';
import { makeFolders } from '@alex/service/folders';

export type Env = CommandIo['env'];

/** Which compose files a command is about, and what it gives them. */
export interface Project {
  readonly folder: string;
  readonly files: readonly string[];
  readonly env: Env;
  /** Services share the network of the host. */
  readonly hostMode: boolean;
}

export interface ProjectOptions {
  readonly directory?: string | undefined;
  readonly overlay: readonly string[];
  readonly mode: 'auto' | 'bridge' | 'host';
}

export const overlays: readonly string[] = ['alerting', 'logs', 'exporters', 'hardened'];

/** Finds the folder of the compose files: the one given, or `deployments/observability` above here or above this program. */
export function findFolder(directory: string | undefined, from: string = process.cwd()): string {
  const isStack = (folder: string): boolean =>
    existsSync(join(folder, 'docker-compose.yml')) && existsSync(join(folder, 'jaeger/config.yaml'));
  if (directory !== undefined) {
    if (isStack(resolve(directory))) return resolve(directory);
    throw new CommandError(`${resolve(directory)} holds no docker-compose.yml of the stack`);
  }
  for (const start of [from, dirname(fileURLToPath(import.meta.url))])
    for (let folder = start; ; folder = dirname(folder)) {
      for (const candidate of [folder, join(folder, 'deployments/observability')])
        if (isStack(candidate)) return candidate;
      if (folder === dirname(folder)) break;
    }
  throw new CommandError('The folder deployments/observability is not above this one: name it with --directory');
}

/**
 * The compose files that suit this machine. On Linux without an overlay that is host mode, so that Prometheus reaches agents
 * on 127.0.0.1; host mode cannot be combined with an overlay.
 */
export function project(options: ProjectOptions, env: Env, platform: NodeJS.Platform = process.platform): Project {
  const folder = findFolder(options.directory);
  const { overlay } = options;
  if (options.mode === 'host' && overlay.length > 0)
    throw new CommandError('Host mode cannot be combined with an overlay: published ports and networks clash with it');
  const hostMode = options.mode === 'host' || (options.mode === 'auto' && platform === 'linux' && overlay.length === 0);
  const files = hostMode
    ? ['docker-compose.linux.yml']
    : ['docker-compose.yml', ...overlay.map((one) => `docker-compose.${one}.yml`)];
  const targets = env['ALEX_TARGETS'] || join(alexHome({ env }), 'targets');
  return { folder, files, hostMode, env: { ...env, ALEX_TARGETS: targets } };
}

/**
 * The same with every file that has services, for what is about those that run, however they were started. Host mode has
 * the services of the base file, and `hardened` none of its own.
 */
export function wholeProject(chosen: Project): Project {
  const files = overlays.filter((one) => one !== 'hardened').map((one) => `docker-compose.${one}.yml`);
  return { ...chosen, files: ['docker-compose.yml', ...files] };
}

/** Makes the folder that agents write to: made by Docker, it would belong to root. */
export function makeTargetsFolder({ env }: Project): void {
  makeFolders(env['ALEX_TARGETS']!);
}

/** The port of a service on this machine: from the environment, else from `.env`, else the default. */
export function portOf({ folder, env }: Pick<Project, 'folder' | 'env'>, variable: string, otherwise: number): number {
  const file = join(folder, '.env');
  const line = existsSync(file) ? new RegExp(`^${variable}=(\\d+)`, 'm').exec(readFileSync(file, 'utf8')) : null;
  return Number(env[variable] || line?.[1] || otherwise);
}
