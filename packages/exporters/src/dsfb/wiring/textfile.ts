import { open, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { renderDsfb } from '../render.ts';
import type { MetricsSnapshot } from '../snapshot.ts';

const publicMode = 0o644;
const defaultIntervalMs = 15_000;

/**
 * Writes a snapshot as Prometheus text for node_exporter's textfile collector: to a temporary file in the same folder,
 * synced, then renamed, so that a reader sees the old file or the new one and nothing between. `path` ends in `.prom`.
 */
export async function writeTextfile(path: string, snapshot: MetricsSnapshot): Promise<void> {
  if (!path.endsWith('.prom')) throw new RangeError(`${path}: the textfile collector reads only files named *.prom`);
  const temporary = join(dirname(path), `.${basename(path)}.${process.pid}.tmp`);
  try {
    const file = await open(temporary, 'w', publicMode);
    try {
      await file.writeFile(renderDsfb(snapshot, { format: 'text-0.0.4' }));
      // The mode of `open` is cut by the umask.
      await file.chmod(publicMode);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

export interface TextfileOptions {
  readonly path: string;
  readonly snapshot: () => MetricsSnapshot;
  /** Default 15 000. */
  readonly intervalMs?: number;
  /** Told of each write that failed; the next one is tried as usual. */
  readonly onError?: (error: unknown) => void;
}

/**
 * Writes the textfile now and then at each interval, without keeping the process alive. The function that comes back
 * ends that with one last write.
 */
export function startTextfile({ path, snapshot, intervalMs, onError }: TextfileOptions): () => Promise<void> {
  let running: Promise<void> = Promise.resolve();
  const write = (): Promise<void> =>
    (running = running.then(() => writeTextfile(path, snapshot())).catch((error: unknown) => onError?.(error)));
  const timer = setInterval(write, intervalMs ?? defaultIntervalMs);
  timer.unref();
  void write();
  return () => {
    clearInterval(timer);
    return write();
  };
}
