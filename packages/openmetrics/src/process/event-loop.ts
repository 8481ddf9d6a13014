import { monitorEventLoopDelay, performance } from 'node:perf_hooks';
import type { Registry } from '../registry.ts';
import { processCatalog as catalog } from './catalog.ts';
import type { MeasuredPart } from './measured-part.ts';

const resolutionMs = 20;
/** Two scrapers within this time see the same delays. */
const windowMs = 10_000;

/** How busy the event loop is, how late its timers are, and what keeps it alive. */
export function eventLoopMetrics(registry: Registry): MeasuredPart {
  const time = registry.counter(catalog.loopTime);
  const lag = {
    mean: registry.gauge(catalog.loopLagMean),
    p50: registry.gauge(catalog.loopLagP50),
    p99: registry.gauge(catalog.loopLagP99),
    max: registry.gauge(catalog.loopLagMax),
  };
  const resources = registry.gauge(catalog.activeResources);
  const delays = monitorEventLoopDelay({ resolution: resolutionMs });
  delays.enable();
  let before = { active: 0, idle: 0 };
  let windowStart = performance.now();
  let resourceTypes = new Set<string>();

  const collectTime = (): void => {
    const { active, idle } = performance.eventLoopUtilization();
    time.labels('active').add(Math.max(0, active - before.active) / 1000);
    time.labels('idle').add(Math.max(0, idle - before.idle) / 1000);
    before = { active: Math.max(active, before.active), idle: Math.max(idle, before.idle) };
  };
  const collectLag = (): void => {
    if (delays.count === 0) return;
    lag.mean.labels().set(lateSeconds(delays.mean));
    lag.p50.labels().set(lateSeconds(delays.percentile(50)));
    lag.p99.labels().set(lateSeconds(delays.percentile(99)));
    lag.max.labels().set(lateSeconds(delays.max));
    if (performance.now() - windowStart < windowMs) return;
    delays.reset();
    windowStart = performance.now();
  };
  const collectResources = (): void => {
    const counts = new Map<string, number>();
    for (const type of process.getActiveResourcesInfo()) counts.set(type, (counts.get(type) ?? 0) + 1);
    for (const type of resourceTypes) if (!counts.has(type)) resources.labels(type).set(0);
    for (const [type, count] of counts) resources.labels(type).set(count);
    resourceTypes = new Set([...resourceTypes, ...counts.keys()]);
  };
  return {
    collect() {
      collectTime();
      collectLag();
      collectResources();
    },
    stop() {
      delays.disable();
      for (const family of [time, resources, ...Object.values(lag)]) family.clear();
    },
  };
}

/** The monitor's figures are nanoseconds between two timers and so include the time that the timer was set to. */
function lateSeconds(nanoseconds: number): number {
  return Math.max(0, nanoseconds / 1e9 - resolutionMs / 1000);
}
