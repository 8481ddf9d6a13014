import type { Router } from '@alex/service';
import { paced } from '../input/paced.ts';
import { readInput } from '../input/read-input.ts';
import { LiveFeed } from '../live/feed.ts';
import type { DsfbMonitor } from '../live/monitor.ts';

const shownFaults = 10;
const longestName = 100;

/**
 * Adds `POST /ingest?source=NAME`: JSON or NDJSON of residuals (t in Unix seconds) or of database spans. Answers with how many
 * records were accepted, and 400 when none was.
 */
export function addIngestRoute(router: Router, monitor: DsfbMonitor): void {
  const feeds = new Map<string, LiveFeed>();
  const feedOf = (source: string): LiveFeed => {
    // As many as the monitor has sources; what is beyond shares one.
    const key = feeds.has(source) || feeds.size < monitor.maxSources ? source : 'other';
    const feed = feeds.get(key) ?? new LiveFeed(monitor, key);
    feeds.set(key, feed);
    return feed;
  };
  router.post('/ingest', async (context) => {
    const source = (context.req.query('source') ?? 'ingest').slice(0, longestName);
    const feed = feedOf(source);
    const errors: { line: number; error: string }[] = [];
    const counts = { accepted: 0, dropped: 0, rejected: 0 };
    for await (const { line, record } of paced(readInput([await context.req.text()]))) {
      const { outcome, message } = feed.take(record);
      counts[outcome]++;
      if (message !== undefined && errors.length < shownFaults) errors.push({ line, error: message });
    }
    const isBad = counts.rejected > 0 && counts.accepted === 0 && counts.dropped === 0;
    return context.json({ source, ...counts, errors }, isBad ? 400 : 200);
  });
}
