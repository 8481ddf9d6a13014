import { paced } from '../input/paced.ts';
import { LiveFeed } from '../live/feed.ts';
import type { DsfbMonitor } from '../live/monitor.ts';
import { FaultReport } from './faults.ts';
import { openInput } from './open-input.ts';

/** Feeds a file, or stdin for `-`, to a monitor as its lines come, under its name. */
export async function feedInput(
  path: string,
  { monitor, note, signal }: { monitor: DsfbMonitor; note: (line: string) => void; signal: AbortSignal },
): Promise<void> {
  const feed = new LiveFeed(monitor, path === '-' ? 'stdin' : path);
  const report = new FaultReport(path, note);
  for await (const { line, record } of paced(openInput(path))) {
    if (signal.aborted) return;
    const { message } = feed.take(record);
    if (message !== undefined) report.add(line, message);
  }
  report.end();
}
