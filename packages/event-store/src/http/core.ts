import { Registry } from '@alex/openmetrics';
import { hasToken, isLoopback, type Router, type ServiceDefinition, type ServiceOptions } from '@alex/service';
import { coreCatalog } from '../catalog.ts';
import { StoreError } from '../errors.ts';
import { EventStore, type EventStoreOptions } from '../store/event-store.ts';
import { clockMs } from '../store/metrics.ts';
import { packageVersion } from '../version.ts';
import { addEventRoutes, ingestPaths } from './event-routes.ts';
import { FailureLog } from './failure-log.ts';
import { addOperationRoutes } from './operation-routes.ts';
import { addRegistryRoutes } from './registry-routes.ts';
import { addStreamRoute, serveStream } from './stream.ts';

/** What a core is made of: the options of its service and of its store. */
export interface CoreOptions {
  readonly service: ServiceOptions;
  readonly store: Omit<EventStoreOptions, 'registry' | 'reporter'>;
  /** Bytes of a body that ingests events. Default 8 MiB. */
  readonly bodyBytes?: number;
  /** Demanded of whoever reads `/metrics`. Default: anybody may. */
  readonly metricsToken?: string | undefined;
}

/** What a service says that listens beyond this machine without a token. */
export const writingIsOff = 'Writing is off: beyond this machine it needs --token';

const defaultBodyBytes: number = 8 * 1024 * 1024;

/** The core as a service: run it with `runService` of `@alex/service`. `onOpen` gets the store once it is recovered. */
export function createCore(options: CoreOptions, onOpen?: (store: EventStore) => void): ServiceDefinition {
  const registry = new Registry({ translation: 'NoTranslation', order: 'sorted' });
  const { service, bodyBytes = defaultBodyBytes } = options;
  let store: EventStore | undefined;
  let failures: FailureLog | undefined;
  const name = 'allsource-core';
  const version = packageVersion();
  const loopback = isLoopback(service.host);
  return {
    name,
    version,
    options: service,
    registry,
    catalogue: coreCatalog,
    httpMetrics: {
      requests: coreCatalog.httpRequests,
      duration: coreCatalog.httpRequestDuration,
      inFlight: coreCatalog.httpRequestsInFlight,
    },
    metrics: { formats: ['text-0.0.4'] },
    // Twice, so that a body that is a little too long is answered and counted by its route.
    limits: {
      bodyBytes: bodyBytes * 2,
      requestMs: 60_000,
      bodyRefused(path) {
        if (ingestPaths.has(path)) store?.countRefused(clockMs());
      },
    },
    writes: 'token beyond loopback',
    answerError(error) {
      if (StoreError.isInstance(error)) failures?.note(error);
      return answerStoreError(error);
    },
    routes(router, { logger }) {
      failures = new FailureLog(logger);
      guardMetrics(router, options.metricsToken);
      router.get('/health', (context) => {
        const storage = options.store.folder === undefined ? 'memory' : 'disk';
        const error = store?.parts.log.failure?.message;
        if (error === undefined) return context.json({ status: 'healthy', service: name, version, storage });
        return context.json({ status: 'unhealthy', service: name, version, storage, error }, 503);
      });
      const opened = (): EventStore => store!;
      addEventRoutes(router, { store: opened, bodyBytes });
      addOperationRoutes(router, opened);
      addRegistryRoutes(router, opened);
      addStreamRoute(router);
    },
    async start({ logger, server, signal }) {
      store = await EventStore.open({ ...options.store, registry, reporter: logger });
      const { events, tornBytes, seconds } = store.recovery;
      logger.info({ events, torn_bytes: tornBytes, seconds: Number(seconds.toFixed(3)) }, 'The store is open');
      if (!loopback && service.token === undefined) logger.warn(writingIsOff);
      const stream = serveStream(server, () => store!, {
        loopback,
        allowedHosts: service.allowedHost ?? [],
        corsOrigins: service.corsOrigin ?? [],
        token: service.token,
      });
      signal.addEventListener('abort', stream.close, { once: true });
      onOpen?.(store);
    },
    ready: () => store?.parts.log.failure?.message ?? true,
    async stop() {
      await store?.close();
    },
  };
}

/** Demands a bearer token of whoever reads `/metrics`, where there is one. */
export function guardMetrics(router: Router, token: string | undefined): void {
  if (token === undefined) return;
  router.use('/metrics', async (context, next) => {
    if (hasToken(context.req.header('authorization'), token)) return await next();
    return context.json({ error: 'a bearer token is required' }, 401, { 'WWW-Authenticate': 'Bearer' });
  });
}

/** The answer to a StoreError; the one of a batch says which event it is about. */
export function answerStoreError(error: Error): { readonly status: number; readonly body: object } | undefined {
  if (!StoreError.isInstance(error)) return undefined;
  const { message, status, index } = error;
  return { status, body: index === undefined ? { error: message } : { error: message, index } };
}
