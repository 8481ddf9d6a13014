import type { Server } from 'node:http';
import type { Catalog, Registry, RenderFormat, Snapshot } from '@alex/openmetrics';
import type { Clock } from './clock.ts';
import type { CommandIo } from './command/io.ts';
import type { Router } from './http/app.ts';
import type { WritePolicy } from './http/guards.ts';
import type { HttpMetricDeclarations } from './http/http-metrics.ts';
import type { ServiceLogger } from './logging.ts';
import type { ServiceOptions } from './service-options.ts';

/** What the parts of a service can use while it runs. */
export interface Service {
  readonly name: string;
  readonly version: string;
  readonly logger: ServiceLogger;
  readonly clock: Clock;
  readonly registry: Registry;
  /** The Node server, for WebSocket upgrades. */
  readonly server: Server;
  /** Aborted when the shutdown begins: streams and timers end then. */
  readonly signal: AbortSignal;
}

/** How `/metrics` answers. */
export interface MetricsOptions {
  /** What may be negotiated; the first one answers a request without Accept. Default `['text-0.0.4', 'openmetrics']`. */
  readonly formats?: readonly RenderFormat[];
  /** Runs before each scrape, to bring gauges up to date; when it throws, the scrape is 503. */
  refresh?(): void | Promise<void>;
  /** Instead of the registry's own snapshot, for instance to put other families first. */
  snapshot?(): Snapshot;
  /** Node's process and event loop families beside the service's own. Default true. */
  readonly process?: boolean;
}

export interface ServiceLimits {
  /** Bytes of a request body. Default 1 MiB. */
  readonly bodyBytes?: number;
  /** Called with the path of a request whose body is larger, which no route hears of. */
  readonly bodyRefused?: (path: string) => void;
  /** Milliseconds that a handler gets. Default 30 000. */
  readonly requestMs?: number;
}

/** A status and a JSON body. */
export interface ErrorAnswer {
  readonly status: number;
  readonly body: object;
}

/** A service: what differs from every other one. `/metrics`, `/health` and `/ready` exist unless `routes` has its own. */
export interface ServiceDefinition {
  readonly name: string;
  readonly version: string;
  readonly options: ServiceOptions;
  /** Families that exist from the start; `service.registry.counter(catalog.x)` returns the one that was declared. */
  readonly catalogue?: Catalog;
  /** The registry that `/metrics` shows. Default: a new one. */
  readonly registry?: Registry;
  readonly httpMetrics?: HttpMetricDeclarations;
  readonly metrics?: MetricsOptions;
  readonly limits?: ServiceLimits;
  /** Default `token`: no token, no writing. */
  readonly writes?: WritePolicy;
  /** The answer of `/health`: text or JSON. Default `{"status":"healthy", ...}`. */
  readonly healthBody?: string | object;
  /** The answer of `/ready` when it is. Default `{"status":"ready"}`. */
  readonly readyBody?: string | object;
  /** The answer to what a route threw, where it is an error of the service's own; all others are 500 and logged. */
  answerError?(error: Error): ErrorAnswer | undefined;
  /** Adds routes. Until `start` has resolved they answer 503. */
  routes?(router: Router, service: Service): void;
  /** Opens stores and starts work, after the port is bound. When it throws, the service closes and `runService` rejects. */
  start?(service: Service): void | Promise<void>;
  /** `true`, or why the service is not ready, after `start` has resolved. */
  ready?(): true | string | Promise<true | string>;
  /** Ends work and closes stores, when no request runs any more; also after a `start` that threw. */
  stop?(service: Service): void | Promise<void>;
}

/** What a service has from outside; each has a default from the process. */
export interface ServiceEnvironment {
  readonly io?: CommandIo;
  readonly clock?: Clock;
  /** Aborting it begins the shutdown. */
  readonly signal?: AbortSignal;
}

/** A service that listens. */
export interface RunningService {
  /** Without a slash at the end. */
  readonly url: string;
  readonly port: number;
  readonly server: Server;
  readonly logger: ServiceLogger;
  /** Resolves when the service has stopped: 0, or 1 when requests were cut or `stop` failed or took too long. */
  readonly closed: Promise<number>;
  /** Begins the shutdown; resolves as `closed`. */
  close(): Promise<number>;
}
