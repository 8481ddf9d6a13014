import { getHeapStatistics } from 'node:v8';
import type { Registry } from '../registry.ts';
import { processCatalog as catalog } from './catalog.ts';
import type { MeasuredPart } from './measured-part.ts';

/** Resident memory and the JavaScript heap. */
export function memoryMetrics(registry: Registry): MeasuredPart {
  const resident = registry.gauge(catalog.residentMemory);
  const heapTotal = registry.gauge(catalog.heapTotal);
  const heapUsed = registry.gauge(catalog.heapUsed);
  const heapLimit = registry.gauge(catalog.heapLimit);
  const external = registry.gauge(catalog.external);
  return {
    collect() {
      const usage = process.memoryUsage();
      resident.labels().set(usage.rss);
      heapTotal.labels().set(usage.heapTotal);
      heapUsed.labels().set(usage.heapUsed);
      external.labels().set(usage.external);
      heapLimit.labels().set(getHeapStatistics().heap_size_limit);
    },
    stop() {
      for (const family of [resident, heapTotal, heapUsed, heapLimit, external]) family.clear();
    },
  };
}
