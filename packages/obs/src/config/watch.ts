import { type Stats, statSync } from 'node:fs';
import type { ConfigProblem, Origin, ResolvedConfiguration } from './configuration.ts';
import { readConfigFile } from './file.ts';
import { keys } from './keys.ts';
import { toConfiguration } from './resolve.ts';
import { deepFreeze, valueAt } from './tree.ts';

/** What a change of the file came to. */
export interface ConfigurationChange {
  /** The configuration now in force, a new frozen object when anything changed. */
  readonly configuration: ResolvedConfiguration;
  /** Dotted paths of the values that changed. */
  readonly changed: readonly string[];
  /** Problems of the file that were not there before. The keys concerned keep the value they had. */
  readonly problems: readonly ConfigProblem[];
}

const liveKeys = keys.filter(({ live }) => live);

/**
 * Follows the configuration file by polling (editors replace files) until the returned function is called. Only `live`
 * keys change, and only those that neither environment nor code fixes. Never throws and never keeps a process alive.
 */
export function watchConfiguration(
  resolved: ResolvedConfiguration,
  onChange: (change: ConfigurationChange) => void,
  { intervalMs = 2000 }: { readonly intervalMs?: number } = {},
): () => void {
  const { file } = resolved;
  if (file === undefined) return () => {};
  let current = resolved;
  let said = new Set(resolved.problems.map(({ message }) => message));
  let fingerprint = fingerprintOf(file);
  const timer = setInterval(() => {
    const now = fingerprintOf(file);
    if (now === fingerprint) return;
    fingerprint = now;
    reload();
  }, intervalMs);
  timer.unref();
  // The file may have changed between the reading of it and the first fingerprint.
  const first = setImmediate(reload);
  first.unref();
  return () => {
    clearInterval(timer);
    clearImmediate(first);
  };

  function reload(): void {
    const change = reloaded(current, file!);
    const problems = change.problems.filter(({ message }) => !said.has(message)).map(whileRunning);
    said = new Set([...resolved.problems, ...change.problems].map(({ message }) => message));
    current = change.configuration;
    if (change.changed.length === 0 && problems.length === 0) return;
    try {
      onChange({ ...change, problems });
    } catch {
      // What a listener does with the news must not stop the watching.
    }
  }
}

/** What is said of a file that cannot be used when a program starts is not so while it runs. */
function whileRunning(problem: ConfigProblem): ConfigProblem {
  return {
    ...problem,
    message: problem.message.replace(/; defaults are used$/, '; the configuration stays as it was'),
  };
}

/** Inode, size and time of change: an editor that renames a new file into place changes at least the inode. */
function fingerprintOf(file: string): string {
  let stats: Stats | undefined;
  try {
    stats = statSync(file, { throwIfNoEntry: false });
  } catch {
    return 'unreadable';
  }
  return stats === undefined ? 'absent' : `${stats.ino} ${stats.size} ${stats.mtimeMs} ${stats.ctimeMs}`;
}

function reloaded(current: ResolvedConfiguration, file: string): ConfigurationChange {
  const read = readConfigFile(file);
  const broken = new Set(read.problems.filter(({ severity }) => severity === 'error').map(({ path }) => path));
  const values = new Map<string, unknown>(keys.map(({ path }) => [path, valueAt(current.values, path)]));
  const origins: Record<string, Origin> = { ...current.origins };
  const changed: string[] = [];
  for (const { path, default: fallback } of read.usable ? liveKeys : []) {
    const fixed = current.origins[path] === 'environment' || current.origins[path] === 'code';
    const isBroken = [...broken].some((place) => place === '' || place === path || path.startsWith(`${place}.`));
    if (fixed || isBroken) continue;
    const value = read.values.has(path) ? read.values.get(path) : fallback;
    origins[path] = read.values.has(path) ? 'file' : 'default';
    if (value !== values.get(path)) changed.push(path);
    values.set(path, value);
  }
  const next = { ...current, values: toConfiguration(values), origins, fileExists: read.exists };
  const configuration = changed.length === 0 ? current : deepFreeze(next);
  return { configuration, changed, problems: read.problems };
}
