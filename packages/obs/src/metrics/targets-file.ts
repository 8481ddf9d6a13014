import { chmodSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeFolder } from '../make-folder.ts';

/** One entry of Prometheus' file_sd format; labels that begin with `__` never reach a series. */
interface TargetGroup {
  readonly targets: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
}

const pidLabel = '__meta_alex_pid';
const startLabel = '__meta_alex_start_time';

/** Two readings of one start may differ by this much: clocks are adjusted. */
const toleranceMs = 5000;

/** When a process began, Unix milliseconds, where `/proc` tells; ticks are 1/100 s on every Linux that Node runs on. */
function startedAt(pid: number): number | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const ticks = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]);
    const uptimeSeconds = Number(readFileSync('/proc/uptime', 'utf8').split(' ')[0]);
    const startMs = Date.now() - (uptimeSeconds - ticks / 100) * 1000;
    return Number.isFinite(startMs) ? startMs : undefined;
  } catch {
    return undefined;
  }
}

function exists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

function isAlive({ labels }: TargetGroup): boolean {
  const pid = Number(labels[pidLabel]);
  if (!Number.isInteger(pid) || pid <= 0 || !exists(pid)) return false;
  const started = startedAt(pid);
  return started === undefined || Math.abs(started - Date.parse(labels[startLabel] ?? '')) < toleranceMs;
}

function isGroup(value: unknown): value is TargetGroup {
  const group = value as TargetGroup | null;
  return Array.isArray(group?.targets) && typeof group?.labels === 'object' && group.labels !== null;
}

/** The live groups of a file; none where it is missing or no targets file. */
function readGroups(path: string): readonly TargetGroup[] {
  try {
    const content: unknown = JSON.parse(readFileSync(path, 'utf8'));
    return Array.isArray(content) ? content.filter(isGroup).filter(isAlive) : [];
  } catch {
    return [];
  }
}

/** Each thread has a file of its own: two that read, change and write one would lose entries of one another. */
function ownPath(folder: string): string {
  const { isMainThread, threadId } = process.getBuiltinModule('node:worker_threads');
  return join(folder, `${process.pid}${isMainThread ? '' : `-${threadId}`}.json`);
}

function writeGroups(path: string, groups: readonly TargetGroup[]): void {
  if (groups.length === 0) {
    rmSync(path, { force: true });
    return;
  }
  const draft = `${path}.draft`;
  writeFileSync(draft, `${JSON.stringify(groups, null, 2)}\n`);
  chmodSync(draft, 0o644);
  renameSync(draft, path);
}

function prune(folder: string): void {
  for (const name of readdirSync(folder)) {
    if (!/^\d+(-\d+)?\.json$/.test(name) || readGroups(join(folder, name)).length > 0) continue;
    rmSync(join(folder, name), { force: true });
  }
}

/**
 * Tells Prometheus (`file_sd_configs`) where this process serves: `targets/<pid>.json` below `home`, 0644 in a folder of
 * 0755, one entry per endpoint; a worker thread writes `targets/<pid>-<thread>.json`. Removes the files of dead
 * processes. Returns how to take the entry out again. Throws what the file system throws.
 */
export function publishTarget(home: string, address: string): () => void {
  const folder = join(home, 'targets');
  makeFolder(folder, 0o755);
  chmodSync(folder, 0o755);
  prune(folder);
  const started = startedAt(process.pid) ?? Date.now() - process.uptime() * 1000;
  const group: TargetGroup = {
    targets: [address],
    labels: { [pidLabel]: String(process.pid), [startLabel]: new Date(started).toISOString() },
  };
  const path = ownPath(folder);
  const others = (): readonly TargetGroup[] => readGroups(path).filter(({ targets }) => !targets.includes(address));
  writeGroups(path, [...others(), group]);
  return () => writeGroups(path, others());
}
