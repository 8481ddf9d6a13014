import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { encodingQuality, negotiate, type Registry, renderChunks } from '@alex/openmetrics';
import type { ServiceLogger } from '../logging.ts';
import type { MetricsOptions } from '../service.ts';
import type { Router } from './app.ts';

const compress = promisify(gzip);
/** Smaller answers are not worth packing. */
const gzipFrom = 10_240;

/** Adds `/metrics`: the registry in the format that the client asks for, packed when it takes gzip. */
export function addMetricsRoute(
  router: Router,
  registry: Registry,
  { options, logger }: { readonly options: MetricsOptions; readonly logger: ServiceLogger },
): void {
  const formats = options.formats ?? ['text-0.0.4', 'openmetrics'];
  // Names that OpenMetrics does not allow can only be Prometheus text.
  const legal = (): typeof formats =>
    registry.openMetrics ? formats : formats.filter((each) => each !== 'openmetrics');
  router.get('/metrics', async (context) => {
    try {
      await options.refresh?.();
    } catch (error) {
      logger.warn({ error }, 'Metrics could not be brought up to date');
      return context.json({ error: 'metrics could not be brought up to date' }, 503);
    }
    const { format, contentType } = negotiate(context.req.header('accept'), legal());
    const snapshot = options.snapshot?.() ?? registry.collect();
    const chunks: Uint8Array[] = [];
    for await (const chunk of renderChunks(snapshot, { format })) chunks.push(chunk);
    const body = Buffer.concat(chunks);
    const headers = { 'Content-Type': contentType, 'Cache-Control': 'no-store', Vary: 'Accept, Accept-Encoding' };
    if (body.length < gzipFrom || encodingQuality(context.req.header('accept-encoding'), 'gzip') === 0) {
      return context.body(body, 200, headers);
    }
    return context.body(await compress(body, { level: 1 }), 200, { ...headers, 'Content-Encoding': 'gzip' });
  });
}
