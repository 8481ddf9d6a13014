import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { listenError } from './errors.ts';
import { trackConnections } from './graceful-close.ts';
import { isLoopback, loopbackHosts } from './guards.ts';
import { createRouter, type RouteHandler } from './router.ts';
import { createScrapeHandler, type ScrapeOptions, type ScrapeSource } from './scrape-handler.ts';

export interface MetricsServerOptions extends ScrapeOptions {
  /** Address to listen on. Default `127.0.0.1`. */
  readonly host?: string | undefined;
  /** 0, the default, takes any free port. */
  readonly port?: number | undefined;
  /** Where the metrics are. Default `/metrics`. */
  readonly path?: string | undefined;
  /** Whether the server keeps the process alive. Default false. */
  readonly keepAlive?: boolean | undefined;
  /** More paths, for GET and HEAD; the token covers them too. */
  readonly routes?: Readonly<Record<string, RouteHandler>> | undefined;
  /**
   * Host names beside localhost, 127.0.0.1, [::1], host.docker.internal, host.containers.internal and `host` that
   * requests may carry, against DNS rebinding. Checked on a loopback address, or when given; `['*']` allows all.
   */
  readonly allowedHosts?: readonly string[] | undefined;
}

/** A server that listens. */
export interface MetricsServer {
  readonly port: number;
  readonly host: string;
  /** The address of the metrics, for instance `http://127.0.0.1:9090/metrics`. */
  readonly url: string;
  /** Ends running answers within `timeoutMs` (default 1000), drops all other connections at once. Idempotent; never rejects. */
  close(options?: { readonly timeoutMs?: number }): Promise<void>;
}

/**
 * Serves a registry over HTTP: the metrics, `/healthz` (`ok`), `/` (where the metrics are) and `routes`. Keeps no
 * process alive unless asked. Rejects with `MetricsServerError` when it cannot listen (`PORT_TAKEN` and others).
 */
export async function serveMetrics(source: ScrapeSource, options: MetricsServerOptions = {}): Promise<MetricsServer> {
  const { host = '127.0.0.1', port = 0, path = '/metrics', keepAlive = false, token, ...scrape } = options;
  const server = createServer({ headersTimeout: 5000, requestTimeout: 10_000, connectionsCheckingInterval: 2000 });
  server.maxConnections = 200;
  server.keepAliveTimeout = 65_000;
  server.on(
    'request',
    createRouter({
      routes: new Map([...Object.entries(options.routes ?? {}), [path, createScrapeHandler(source, scrape)]]),
      metricsPath: path,
      token,
      allowedHosts: allowedHosts(host, options.allowedHosts),
    }),
  );
  const close = trackConnections(server, keepAlive);
  await listen(server, host, port);
  const bound = (server.address() as AddressInfo).port;
  let closed: Promise<void> | undefined;
  return {
    port: bound,
    host,
    url: `http://${reachableHost(host)}:${bound}${path}`,
    close: ({ timeoutMs = 1000 } = {}) => (closed ??= close(timeoutMs)),
  };
}

function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const failed = (error: NodeJS.ErrnoException): void => reject(listenError(error, host, port));
    server.once('error', failed);
    try {
      // In a worker of a cluster a port is shared by default, and a scraper would get somebody else's values.
      server.listen({ host, port, exclusive: true }, () => {
        server.off('error', failed);
        // Accepting may fail for want of file descriptors; that must not end the process.
        server.on('error', () => {});
        resolve();
      });
    } catch (error) {
      // A port that is no port.
      failed(error as NodeJS.ErrnoException);
    }
  });
}

function allowedHosts(host: string, configured: readonly string[] | undefined): ReadonlySet<string> | undefined {
  if (configured?.includes('*') || (configured === undefined && !isLoopback(host))) return undefined;
  return new Set([...loopbackHosts, inUrl(host), ...(configured ?? [])].map((name) => name.toLowerCase()));
}

function reachableHost(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1';
  return host === '::' ? '[::1]' : inUrl(host);
}

function inUrl(host: string): string {
  return host.includes(':') ? `[${host}]` : host;
}
