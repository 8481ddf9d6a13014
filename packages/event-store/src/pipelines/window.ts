import { type AggregateResult, groupOf, mostGroups, numberOf, Running } from './aggregate.ts';
import type { ReduceOperator, WindowConfiguration } from './configuration.ts';

/** A window's aggregate after the event that just came in; times are ISO 8601. */
export interface WindowResult extends AggregateResult {
  readonly window_start: string;
  /** The window is before it; of a session, its last event. */
  readonly window_end: string;
}

interface Entry {
  readonly timestamp: number;
  readonly value: number;
}

interface Bounds {
  readonly start: number;
  readonly end: number;
}

/** Events that one window of a group keeps; an event beyond is an error. */
const mostEntries = 100_000;

/** Aggregates over windows of event time, by group: each event gives the value of its window so far. */
export function windowed(
  config: WindowConfiguration,
  aggregation: ReduceOperator,
): (payload: unknown, timestamp: number) => WindowResult {
  const groups = new Map<string, Entry[]>();
  return (payload, timestamp) => {
    const value = numberOf(aggregation, payload);
    const group = groupOf(aggregation, payload);
    const key = JSON.stringify(group);
    const before = groups.get(key);
    if (before === undefined && groups.size >= mostGroups) forgetOldest(groups);
    const { start, end } = boundsOf(config, timestamp, before);
    const entries = (before ?? []).filter((entry) => entry.timestamp >= start);
    if (entries.length >= mostEntries) throw new Error(`more than ${mostEntries} events in a window`);
    entries.push({ timestamp, value });
    groups.delete(key);
    groups.set(key, entries);
    const running = new Running();
    for (const entry of entries) running.add(entry.value);
    return {
      ...running.result(aggregation, group),
      window_start: new Date(start).toISOString(),
      window_end: new Date(end).toISOString(),
    };
  };
}

/** The window of an event: of sliding ones the one that reaches back farthest. */
function boundsOf(config: WindowConfiguration, timestamp: number, entries: readonly Entry[] = []): Bounds {
  const size = (config.size_seconds ?? 0) * 1000;
  if (config.window_type === 'tumbling') {
    const start = Math.floor(timestamp / size) * size;
    return { start, end: start + size };
  }
  if (config.window_type === 'sliding') {
    if (config.slide_seconds == null) return { start: timestamp - size + 1, end: timestamp + 1 };
    const slide = config.slide_seconds * 1000;
    const start = (Math.floor((timestamp - size) / slide) + 1) * slide;
    return { start, end: start + size };
  }
  const timeout = (config.session_timeout_seconds ?? 0) * 1000;
  const last = entries.at(-1);
  const isOver = last === undefined || timestamp - last.timestamp > timeout;
  return { start: isOver ? timestamp : entries[0]!.timestamp, end: timestamp };
}

/** A group that nothing came for the longest time. */
function forgetOldest(groups: Map<string, Entry[]>): void {
  const [oldest] = groups.keys();
  if (oldest !== undefined) groups.delete(oldest);
}
