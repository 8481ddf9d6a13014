import { Registry } from '@alex/openmetrics';
import { isLoopback, longestTimerMs, type Router, type ServiceDefinition, type ServiceOptions } from '@alex/service';
import type { Context } from 'hono';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import { controlPlaneCatalog as catalog } from '../catalog.ts';
import { answerStoreError, guardMetrics, writingIsOff } from '../http/core.ts';
import { jsonBody, optionalEntity, optionalText, parseTime } from '../http/parameters.ts';
import { packageVersion } from '../version.ts';
import { type CoreAnswer, CoreClient, CoreUnreachable } from './core-client.ts';
import { type HealthCheck, HealthChecker, logChanges, repeat } from './health.ts';

/** What a control plane is made of. */
export interface ControlPlaneOptions {
  readonly service: ServiceOptions;
  /** Default `http://localhost:8080`. */
  readonly coreUrl?: string;
  /** Milliseconds that the core gets for an answer. Default 5000. */
  readonly coreTimeoutMs?: number;
  /** The same for snapshots and replays. Default 60 000, or `coreTimeoutMs` if that is longer. */
  readonly operationTimeoutMs?: number;
  /** Bearer token of the core. */
  readonly coreToken?: string | undefined;
  /** Milliseconds between two health checks in the background; 0: none. Default 15 000. */
  readonly healthCheckIntervalMs?: number;
  /** Demanded of whoever reads `/metrics`. Default: anybody may. */
  readonly metricsToken?: string | undefined;
}

/** What the routes share. */
interface Plane {
  readonly core: CoreClient;
  readonly health: HealthChecker;
  readonly registry: Registry;
  readonly startedAt: number;
  readonly operationTimeoutMs: number;
}

/** The control plane as a service: run it with `runService` of `@alex/service`. */
export function createControlPlane(options: ControlPlaneOptions): ServiceDefinition {
  const registry = new Registry({ translation: 'NoTranslation', order: 'sorted' });
  const { coreUrl: url = 'http://localhost:8080', coreTimeoutMs: timeoutMs = 5000 } = options;
  const { operationTimeoutMs = Math.max(60_000, timeoutMs) } = options;
  const core = new CoreClient({ url, timeoutMs, token: options.coreToken });
  const health = new HealthChecker(core, registry);
  const plane: Plane = { core, registry, health, startedAt: performance.now(), operationTimeoutMs };
  const uptime = registry.gauge(catalog.uptime).labels();
  const intervalMs = options.healthCheckIntervalMs ?? 15_000;
  let stopChecks: (() => void) | undefined;
  return {
    name: 'allsource-control-plane',
    version: packageVersion(),
    options: { shutdownTimeout: 5000, ...options.service },
    registry,
    catalogue: catalog,
    httpMetrics: {
      requests: catalog.httpRequests,
      duration: catalog.httpRequestDuration,
      inFlight: catalog.httpRequestsInFlight,
    },
    metrics: { formats: ['text-0.0.4'], refresh: () => uptime.set(uptimeOf(plane)) },
    limits: { requestMs: Math.min(Math.max(operationTimeoutMs, 2 * timeoutMs) + 5000, longestTimerMs) },
    writes: 'token beyond loopback',
    answerError: (error) =>
      error instanceof CoreUnreachable ? { status: 503, body: { error: error.message } } : answerStoreError(error),
    routes(router) {
      guardMetrics(router, options.metricsToken);
      addHealthRoutes(router, plane);
      addOperationRoutes(router, plane);
    },
    start({ logger }) {
      if (!isLoopback(options.service.host) && options.service.token === undefined) logger.warn(writingIsOff);
      if (intervalMs === 0) return;
      stopChecks = repeat(intervalMs, logChanges(health, core.url, logger));
    },
    stop: () => stopChecks?.(),
  };
}

function uptimeOf({ startedAt }: Plane): number {
  return (performance.now() - startedAt) / 1000;
}

function now(): string {
  return new Date().toISOString();
}

function addHealthRoutes(router: Router, plane: Plane): void {
  router.get('/health', (context) =>
    context.json({
      status: 'healthy',
      service: 'allsource-control-plane',
      version: packageVersion(),
      timestamp: now(),
    }),
  );
  router.get('/health/core', async (context) => answerHealth(context, await plane.health.check()));
  router.get('/api/v1/cluster/status', async (context) => {
    const { healthy } = await plane.health.look();
    const stats = healthy ? await statsOf(plane) : undefined;
    const node = {
      id: 'core-1',
      type: 'event-store',
      status: healthy ? 'healthy' : 'unhealthy',
      url: plane.core.url,
      stats: stats ?? null,
    };
    return context.json({
      cluster_id: 'allsource-cluster',
      nodes: [node],
      total_nodes: 1,
      healthy_nodes: healthy ? 1 : 0,
      timestamp: now(),
    });
  });
  router.get('/api/v1/metrics/json', async (context) => {
    const { status, body } = await plane.core.call('GET', '/api/v1/stats');
    if (status !== 200 || body === undefined) return context.json({ error: `the core answered ${status}` }, 503);
    const controlPlane = { uptime_seconds: uptimeOf(plane), requests_handled: requestsHandled(plane.registry) };
    return context.json({ metrics: { event_store: body, control_plane: controlPlane }, timestamp: now() });
  });
}

function answerHealth(context: Context, { healthy, answer, error }: HealthCheck): Response {
  if (answer === undefined) return context.json({ status: 'unhealthy', error }, 503);
  if (answer.body === undefined) return context.json({ status: 'error', error }, 502);
  const status = healthy || answer.status >= 400 ? answer.status : 503;
  return context.json(answer.body, statusOf(status));
}

/** The status of the core, or 502 for one that is none of HTTP. */
function statusOf(status: number): ContentfulStatusCode {
  return (status >= 200 && status <= 599 ? status : 502) as ContentfulStatusCode;
}

async function statsOf({ core }: Plane): Promise<CoreAnswer['body']> {
  try {
    const { status, body } = await core.call('GET', '/api/v1/stats');
    return status === 200 ? body : undefined;
  } catch {
    return undefined;
  }
}

function requestsHandled(registry: Registry): number {
  let sum = 0;
  for (const { name, series } of registry.snapshot().families) {
    if (name !== 'control_plane_http_requests' && name !== catalog.httpRequests.name) continue;
    for (const { point } of series) sum += (point as { readonly value: number }).value;
  }
  return sum;
}

function addOperationRoutes(router: Router, plane: Plane): void {
  const snapshots = plane.registry.counter(catalog.snapshotOperations).labels();
  const replays = plane.registry.counter(catalog.replayOperations).labels();
  router.post('/api/v1/operations/snapshot', async (context) => {
    const body = await jsonBody(context, { optional: true });
    const entityId = optionalEntity(body['entity_id']);
    const answer = await plane.core.call('POST', '/api/v1/snapshots', {
      body: entityId === undefined ? { all_changed: true } : { entity_id: entityId },
      timeoutMs: plane.operationTimeoutMs,
    });
    if (answer.status !== 200 || answer.body === undefined) return passOn(context, answer);
    snapshots.add(1);
    const { snapshot_id = null, snapshots: created = 1 } = answer.body;
    return context.json({ snapshot_id, snapshots: created, status: 'created', timestamp: now() });
  });
  router.post('/api/v1/operations/replay', async (context) => {
    const body = await jsonBody(context, { optional: true });
    const entityId = optionalEntity(body['entity_id']);
    const asOf = optionalText(body['as_of'], 'as_of');
    if (asOf !== undefined) parseTime(asOf, 'as_of');
    const isWhole = entityId === undefined && asOf === undefined;
    const answer = await plane.core.call('POST', '/api/v1/replay', {
      body: {
        ...(entityId === undefined ? {} : { entity_id: entityId }),
        ...(asOf === undefined ? {} : { to: asOf }),
        reset: isWhole,
      },
      timeoutMs: plane.operationTimeoutMs,
    });
    if (answer.status !== 200 || answer.body === undefined) return passOn(context, answer);
    replays.add(1);
    return context.json({
      replay_id: answer.body['replay_id'],
      status: 'replay_initiated',
      entity_id: entityId ?? null,
      as_of: asOf ?? null,
      timestamp: now(),
      message: isWhole
        ? 'every projection is rebuilt from all events'
        : 'the events are fed into the projections as they are: those that count, count them again',
    });
  });
}

/** What the core refused, as it said it. */
function passOn(context: Context, { status, body }: CoreAnswer): Response {
  if (body === undefined) return context.json({ error: `the core answered ${status} without JSON` }, 502);
  return context.json(body, statusOf(status >= 400 ? status : 502));
}
