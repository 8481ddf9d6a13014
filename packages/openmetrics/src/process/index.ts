export { processCatalog } from './catalog.ts';
export { processMetrics } from './process-metrics.ts';
