import { constants, PerformanceObserver } from 'node:perf_hooks';
import type { Registry } from '../registry.ts';
import { processCatalog as catalog } from './catalog.ts';
import type { MeasuredPart } from './measured-part.ts';

const kinds: ReadonlyMap<number, string> = new Map([
  [constants.NODE_PERFORMANCE_GC_MINOR, 'minor'],
  [constants.NODE_PERFORMANCE_GC_MAJOR, 'major'],
  [constants.NODE_PERFORMANCE_GC_INCREMENTAL, 'incremental'],
  [constants.NODE_PERFORMANCE_GC_WEAKCB, 'weakcb'],
]);

/** How long garbage collections take. */
export function garbageCollectionMetrics(registry: Registry): MeasuredPart {
  const duration = registry.histogram(catalog.garbageCollection);
  for (const kind of kinds.values()) duration.declareSeries([kind]);
  const observer = new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) {
      const { kind } = (entry as unknown as { readonly detail: { readonly kind: number } }).detail;
      duration.labels(kinds.get(kind) ?? 'other').observe(entry.duration / 1000);
    }
  });
  observer.observe({ entryTypes: ['gc'] });
  return {
    collect() {},
    stop() {
      observer.disconnect();
      duration.clear();
    },
  };
}
