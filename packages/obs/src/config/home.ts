import { homedir } from 'node:os';
import { join, resolve } from 'node:path';

/** Where to look instead of at this process: both default to what the process has. */
export interface Surroundings {
  readonly env?: Readonly<Record<string, string | undefined>> | undefined;
  /** The user's home folder. */
  readonly home?: string | undefined;
}

/** The variable that names the configuration file. */
export const configPathVariable = 'ALEX_OBSERVABILITY_CONFIG';

/** The user's home folder: `home`, else the variable HOME, else what the system says. */
function userHome({ env = process.env, home }: Surroundings = {}): string {
  return home ?? (env['HOME'] || homedir());
}

/** The ALEX home, `~/.alex`: configuration and targets files live there. */
export function alexHome(surroundings: Surroundings = {}): string {
  return join(userHome(surroundings), '.alex');
}

/** An absolute path; a leading `~` stands for the user's home folder. */
export function expandPath(path: string, surroundings: Surroundings = {}): string {
  if (path === '~') return userHome(surroundings);
  return path.startsWith('~/') ? join(userHome(surroundings), path.slice(2)) : resolve(path);
}
