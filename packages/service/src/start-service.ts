import { Registry } from '@alex/openmetrics';
import { isLoopback } from '@alex/openmetrics/http';
import { processMetrics } from '@alex/openmetrics/process';
import { getRequestListener } from '@hono/node-server';
import { declareCatalogue } from './catalogue.ts';
import { systemClock } from './clock.ts';
import { processIo } from './command/io.ts';
import { urlOf } from './http/addresses.ts';
import { createApp, type Router } from './http/app.ts';
import { measureRequests } from './http/http-metrics.ts';
import { addProbes, Lifecycle, refuseUntilStarted } from './http/lifecycle.ts';
import { createHttpServer, type HttpServer, listen } from './http/listen.ts';
import { addMetricsRoute } from './http/metrics-route.ts';
import { createLogger } from './logging.ts';
import type { RunningService, Service, ServiceDefinition, ServiceEnvironment } from './service.ts';

const defaultBodyBytes: number = 1024 * 1024;
const defaultRequestMs = 30_000;
const defaultShutdownMs = 10_000;

/** Starts a service, as `runService` says. */
export async function startService(
  definition: ServiceDefinition,
  environment: ServiceEnvironment = {},
): Promise<RunningService> {
  const { options } = definition;
  const io = environment.io ?? processIo();
  const stopping = new AbortController();
  const requestMs = definition.limits?.requestMs ?? defaultRequestMs;
  const http = createHttpServer({ headersMs: Math.min(requestMs, 10_000), requestMs });
  const service: Service = {
    name: definition.name,
    version: definition.version,
    logger: createLogger({
      name: definition.name,
      level: options.logLevel ?? 'info',
      format: options.logFormat ?? 'json',
      stream: io.stderr,
    }),
    clock: environment.clock ?? systemClock,
    registry: declareCatalogue(definition.registry ?? new Registry(), definition.catalogue ?? {}),
    server: http.server,
    signal: stopping.signal,
  };
  const lifecycle = new Lifecycle();
  const { fetch } = buildRouter(definition, service, lifecycle);
  // The fetch of the host program keeps its own Request and Response.
  service.server.on('request', getRequestListener(fetch, { overrideGlobalObjects: false }));
  const stopMeasuring = definition.metrics?.process === false ? undefined : processMetrics(service.registry);
  const port = await listen(service.server, options.host, options.port).catch((error: unknown) => {
    stopMeasuring?.();
    throw error;
  });
  // Accepting may fail for want of file descriptors; that must not end the process.
  service.server.on('error', (error) => service.logger.error({ error }, 'The server has a problem'));

  let closing: Promise<number> | undefined;
  const close = (): Promise<number> => (closing ??= shutDown(definition, service, { http, lifecycle, stopping }));
  const closed = new Promise<number>((resolve) => {
    service.server.once('close', () => void close().then(resolve));
  });
  const signal = environment.signal ?? io.signal;
  const onAbort = (): void => void close();
  signal?.addEventListener('abort', onAbort, { once: true });
  void closed.then(() => {
    signal?.removeEventListener('abort', onAbort);
    stopMeasuring?.();
  });
  try {
    signal?.throwIfAborted();
    await definition.start?.(service);
  } catch (error) {
    await close();
    throw error;
  }
  const url = urlOf(options.host, port);
  if (closing === undefined) {
    lifecycle.state = 'running';
    io.stderr.write(`${definition.name} listening on ${url}\n`);
  }
  return { url, port, server: service.server, logger: service.logger, closed, close };
}

function buildRouter(definition: ServiceDefinition, service: Service, lifecycle: Lifecycle): Router {
  const { options } = definition;
  const router = createApp({
    logger: service.logger,
    loopback: isLoopback(options.host),
    token: options.token,
    writePolicy: definition.writes ?? 'token',
    corsOrigins: options.corsOrigin ?? [],
    allowedHosts: options.allowedHost ?? [],
    bodyLimit: definition.limits?.bodyBytes ?? defaultBodyBytes,
    bodyRefused: definition.limits?.bodyRefused,
    requestTimeout: definition.limits?.requestMs ?? defaultRequestMs,
    gate: refuseUntilStarted(lifecycle),
    answerError: definition.answerError?.bind(definition),
    measure: definition.httpMetrics && measureRequests(service.registry, definition.httpMetrics),
  });
  // First come, first served: a service may bring its own /metrics, /health or /ready.
  definition.routes?.(router, service);
  addMetricsRoute(router, service.registry, { options: definition.metrics ?? {}, logger: service.logger });
  const { name, version } = definition;
  addProbes(router, {
    lifecycle,
    healthBody: definition.healthBody ?? { status: 'healthy', service: name, version },
    readyBody: definition.readyBody ?? { status: 'ready' },
    ready: definition.ready?.bind(definition),
  });
  return router;
}

interface Ending {
  readonly http: HttpServer;
  readonly lifecycle: Lifecycle;
  readonly stopping: AbortController;
}

async function shutDown(definition: ServiceDefinition, service: Service, ending: Ending): Promise<number> {
  const timeoutMs = definition.options.shutdownTimeout ?? defaultShutdownMs;
  const deadline = Date.now() + timeoutMs;
  ending.lifecycle.state = 'stopping';
  ending.stopping.abort();
  const clean = await ending.http.close(timeoutMs);
  if (!clean) service.logger.warn('Requests were cut at the shutdown deadline');
  try {
    // `stop` gets at least a moment even when requests used up the time.
    const ended = await within(Promise.resolve(definition.stop?.(service)), Math.max(deadline - Date.now(), 100));
    if (!ended) service.logger.error(`Stopping took longer than ${timeoutMs} ms`);
    return clean && ended ? 0 : 1;
  } catch (error) {
    service.logger.error({ error }, 'Stopping failed');
    return 1;
  }
}

async function within(work: Promise<unknown>, milliseconds: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(resolve, milliseconds, false);
  });
  try {
    return await Promise.race([work.then(() => true), late]);
  } finally {
    clearTimeout(timer);
  }
}
