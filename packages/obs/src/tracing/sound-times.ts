import type { HrTime } from '@opentelemetry/api';
import type { ReadableSpan } from '@opentelemetry/sdk-trace';

/** The end of the year 9999, Unix seconds. */
const latestSeconds = 253_402_300_799;
const maximumNanoseconds = 1e15;

/**
 * Replaces the times of a finished span that are none, for instance of `startTime: Date.parse('yesterday')`: a collector
 * would refuse the whole request for them. The end becomes now, the others become the end.
 */
export function soundTimes(span: ReadableSpan): void {
  const { startTime, endTime, duration, events } = span;
  if (!isSound(endTime)) set(endTime, now());
  if (!isSound(startTime)) set(startTime, endTime);
  if (!isSound(duration)) set(duration, difference(startTime, endTime));
  for (const { time } of events) if (!isSound(time)) set(time, endTime);
}

function isSound([seconds, nanoseconds]: HrTime): boolean {
  return seconds >= 0 && seconds <= latestSeconds && nanoseconds >= 0 && nanoseconds <= maximumNanoseconds;
}

function set(time: HrTime, [seconds, nanoseconds]: HrTime): void {
  time[0] = seconds;
  time[1] = nanoseconds;
}

function now(): HrTime {
  const milliseconds = Date.now();
  return [Math.floor(milliseconds / 1000), (milliseconds % 1000) * 1e6];
}

function difference(start: HrTime, end: HrTime): HrTime {
  const nanoseconds = Math.max(0, (end[0] - start[0]) * 1e9 + end[1] - start[1]);
  return [Math.floor(nanoseconds / 1e9), nanoseconds % 1e9];
}
