import { finished } from 'node:stream/promises';
import type { Registry } from '@alex/openmetrics';
import { createScrapeHandler } from '@alex/openmetrics/http';
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response';
import type { ServiceLogger } from '../logging.ts';
import type { MetricsOptions } from '../service.ts';
import type { Router } from './app.ts';

/** Adds `/metrics`: the engine's scrape handler, after the service has brought its gauges up to date. */
export function addMetricsRoute(
  router: Router,
  registry: Registry,
  { options, logger }: { readonly options: MetricsOptions; readonly logger: ServiceLogger },
): void {
  const scrape = createScrapeHandler(
    {
      get openMetrics() {
        return registry.openMetrics;
      },
      collect: () => options.snapshot?.() ?? registry.collect(),
    },
    { formats: options.formats },
  );
  router.get('/metrics', async (context) => {
    try {
      await options.refresh?.();
    } catch (error) {
      logger.warn({ error }, 'Metrics could not be brought up to date');
      return context.json({ error: 'metrics could not be brought up to date' }, 503);
    }
    const { incoming, outgoing } = context.env;
    // It took so long that the client has read 504.
    if (outgoing.headersSent) return RESPONSE_ALREADY_SENT;
    for (const [name, value] of context.res.headers) outgoing.setHeader(name, value);
    scrape(incoming, outgoing);
    // A client that goes away ends it too; it is counted all the same.
    await finished(outgoing).catch(() => {});
    return RESPONSE_ALREADY_SENT;
  });
}
