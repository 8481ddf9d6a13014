import type { Registry, Snapshot } from '@alex/openmetrics';
import type { MetricsServer, MetricsServerOptions, RouteHandler } from '@alex/openmetrics/http';
import type { Configuration } from '../config/configuration.ts';
import { createOfficialExposition, type OfficialExposition } from './official-exposition.ts';
import { publishTarget } from './targets-file.ts';

/** Routes beside the metrics, under the same token. */
export type Routes = Readonly<Record<string, RouteHandler>>;

export interface ExpositionOptions {
  readonly config: Configuration['metrics'];
  readonly registry: Registry;
  /** Brings the registry up to date and reads it. */
  readonly collect: () => Promise<Snapshot>;
  readonly scope: { readonly name: string; readonly version: string };
  readonly onScrape: (seconds: number) => void;
  readonly warn: (message: string) => void;
  /** The ALEX home, where the targets file is written; absent writes none. */
  readonly home: string | undefined;
}

/** An endpoint that listens. */
export interface Exposition {
  readonly url: string;
  close(timeoutMs: number): Promise<void>;
}

const metricsPath = '/metrics';

/** Our own exposition, when the official exporter has the usual path. */
const ownPath = '/openmetrics';

const movable: readonly unknown[] = ['PORT_TAKEN', 'PORT_FORBIDDEN'];

/** Listens on the configured port; on any free one, with a warning, when it is taken. */
async function listen(options: ExpositionOptions, server: MetricsServerOptions): Promise<MetricsServer> {
  const { serveMetrics } = await import('@alex/openmetrics/http');
  const { registry, collect, warn } = options;
  const source = { openMetrics: registry.openMetrics, collect };
  try {
    return await serveMetrics(source, server);
  } catch (error) {
    if (!movable.includes((error as { code?: unknown }).code) || server.port === 0) throw error;
    const moved = await serveMetrics(source, { ...server, port: 0 });
    warn(`Port ${server.port} of the metrics endpoint is not free: metrics are at ${moved.url} instead.`);
    return moved;
  }
}

function officialRoute(official: OfficialExposition, onScrape: (seconds: number) => void): RouteHandler {
  return async (_request, response) => {
    const start = performance.now();
    const body = await official.render();
    onScrape((performance.now() - start) / 1000);
    response.writeHead(200, { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' });
    response.end(body);
  };
}

function publish({ home, warn }: ExpositionOptions, url: string): () => void {
  if (home === undefined) return () => {};
  try {
    return publishTarget(home, new URL(url).host);
  } catch (error) {
    warn(`The targets file could not be written, so Prometheus will not find ${url}: ${(error as Error).message}`);
    return () => {};
  }
}

/** The official exposition; where its packages are missing, that is said and ours is served instead. */
function officialOrOwn({ collect, scope, warn }: ExpositionOptions): OfficialExposition | undefined {
  try {
    return createOfficialExposition(collect, scope);
  } catch (error) {
    warn(`metrics.exposition is not opentelemetry but openmetrics: ${(error as Error).message}`);
    return undefined;
  }
}

/** Serves the metrics for scraping and tells Prometheus where. Rejects when no port can be had. */
export async function startExposition(options: ExpositionOptions, routes: Routes): Promise<Exposition> {
  const { config, onScrape } = options;
  const { host, token, created, prometheus_port: port } = config;
  const official = config.exposition === 'opentelemetry' ? officialOrOwn(options) : undefined;
  const server = await listen(options, {
    host,
    port,
    token,
    created,
    onScrape,
    path: official === undefined ? metricsPath : ownPath,
    routes: official === undefined ? routes : { ...routes, [metricsPath]: officialRoute(official, onScrape) },
  });
  const url = new URL(metricsPath, server.url).href;
  const unpublish = publish(options, url);
  return {
    url,
    async close(timeoutMs) {
      try {
        unpublish();
      } finally {
        await server.close({ timeoutMs });
        await official?.shutdown();
      }
    },
  };
}
