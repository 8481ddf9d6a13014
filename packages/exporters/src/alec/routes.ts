import type { Router, Service } from '@alex/service';
import type { AlecExporter } from './exporter.ts';
import { ingestInTurn } from './live/parse-ingest.ts';
import { contentSecurityPolicy, landingPage } from './page/landing-page.ts';
import { statusOf } from './status.ts';

export interface RouteOptions {
  readonly exporter: AlecExporter;
  /** Whether `POST /ingest` exists. */
  readonly ingest: boolean;
  /** Whether the service has begun to do its work. */
  isReady(): boolean;
}

/** Adds `/`, `/ready`, `/status` and, where it is on, `/ingest`. */
export function addRoutes(router: Router, { signal }: Service, { exporter, isReady, ...options }: RouteOptions): void {
  const startedMs = performance.now();
  router.get('/', (context) => context.html(landingPage, 200, { 'Content-Security-Policy': contentSecurityPolicy }));
  router.get('/ready', (context) =>
    isReady() && !signal.aborted ? context.text('Ready') : context.text('Not Ready', 503),
  );
  router.get('/status', (context) =>
    context.json(statusOf(exporter, performance.now() - startedMs), 200, { 'Cache-Control': 'no-store' }),
  );
  if (!options.ingest) return;
  const ingest = ingestInTurn(exporter.engine);
  router.post('/ingest', async (context) => {
    const { status, ...answer } = await ingest(await context.req.text());
    if (status === 400 || status === 413) exporter.countRejected('refused_row');
    return context.json(answer, status);
  });
}
