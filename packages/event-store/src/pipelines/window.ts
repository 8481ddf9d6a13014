import { type AggregateResult, groupOf, mostGroups, numberOf, Running } from './aggregate.ts';
import { mostSlides, type ReduceOperator, type WindowConfiguration } from './configuration.ts';
import { SlidingAggregate } from './sliding.ts';

/** A window's aggregate after the event that just came in; times are ISO 8601. */
export interface WindowResult extends AggregateResult {
  readonly window_start: string;
  /** The window is before it; of a session, its last event. */
  readonly window_end: string;
}

interface Current {
  readonly start: number;
  readonly end: number;
  readonly running: Running;
}

/** Takes the values of one group, in order of time; gives the window of each. */
type Window = (timestamp: number, value: number) => Current;

/** Aggregates over windows of event time, by group: each event gives the value of its window so far. */
export function windowed(
  config: WindowConfiguration,
  aggregation: ReduceOperator,
): (payload: unknown, timestamp: number) => WindowResult {
  const groups = new Map<string, Window>();
  return (payload, timestamp) => {
    const value = numberOf(aggregation, payload);
    const group = groupOf(aggregation, payload);
    const key = JSON.stringify(group);
    const known = groups.get(key);
    if (known === undefined && groups.size >= mostGroups) forgetOldest(groups);
    const window = known ?? windowOf(config);
    groups.delete(key);
    groups.set(key, window);
    const { start, end, running } = window(timestamp, value);
    return {
      ...running.result(aggregation, group),
      window_start: new Date(start).toISOString(),
      window_end: new Date(end).toISOString(),
    };
  };
}

function windowOf(config: WindowConfiguration): Window {
  const size = (config.size_seconds ?? 0) * 1000;
  switch (config.window_type) {
    case 'tumbling':
      return tumbling(size);
    case 'sliding':
      return sliding(size, config.slide_seconds == null ? Math.ceil(size / mostSlides) : config.slide_seconds * 1000);
    case 'session':
      return session((config.session_timeout_seconds ?? 0) * 1000);
  }
}

function tumbling(size: number): Window {
  let start = Number.NaN;
  let running = new Running();
  return (timestamp, value) => {
    const begun = Math.floor(timestamp / size) * size;
    if (begun !== start) running = new Running();
    start = begun;
    running.add(value);
    return { start, end: start + size, running };
  };
}

function session(timeout: number): Window {
  let start = 0;
  let end = Number.NEGATIVE_INFINITY;
  let running = new Running();
  return (timestamp, value) => {
    if (timestamp - end > timeout) {
      start = timestamp;
      running = new Running();
    }
    end = timestamp;
    running.add(value);
    return { start, end, running };
  };
}

/** Of the windows that an event is in, the one that reaches back farthest. */
function sliding(size: number, slide: number): Window {
  const panes = new SlidingAggregate();
  return (timestamp, value) => {
    const first = Math.floor((timestamp - size) / slide) + 1;
    panes.dropBefore(first);
    panes.add(Math.floor(timestamp / slide), value);
    return { start: first * slide, end: first * slide + size, running: panes.total };
  };
}

/** A group that nothing came for the longest time. */
function forgetOldest(groups: Map<string, Window>): void {
  const [oldest] = groups.keys();
  if (oldest !== undefined) groups.delete(oldest);
}
