export { MetricsServerError, type MetricsServerErrorCode } from './errors.ts';
export { hasToken, isLoopback } from './guards.ts';
export type { RouteHandler } from './router.ts';
export {
  createScrapeHandler,
  type RequestHandler,
  type Scrape,
  type ScrapeOptions,
  type ScrapeSource,
} from './scrape-handler.ts';
export { type MetricsServer, type MetricsServerOptions, serveMetrics } from './serve-metrics.ts';
