import type { SpanContext } from '@opentelemetry/api';
import type { AgentHost } from './agent/host.ts';
import { LiveSessions } from './agent/live-sessions.ts';
import type { ObsOptions } from './api.ts';
import type { ResolvedConfiguration } from './config/configuration.ts';
import { alexHome } from './config/home.ts';
import { activeContext } from './context/active-context.ts';
import { createPricing } from './cost/pricing.ts';
import { Ledger, openCostLedger } from './ledger.ts';
import { createLogging, type Logging } from './logging/logging.ts';
import { createMetrics, type Metrics } from './metrics/metrics.ts';
import type { ObsRecord } from './record.ts';
import { createRedactor } from './redaction/redactor.ts';
import { createTracing, type Tracing } from './tracing/tracing.ts';
import { version } from './version.ts';

/** Everything that one instance is made of, wired together. */
export interface Parts {
  readonly logging: Logging;
  readonly metrics: Metrics;
  readonly tracing: Tracing;
  /** What the agent helpers record with. */
  readonly host: AgentHost;
  readonly sessions: LiveSessions;
  readonly ledger: Ledger | undefined;
}

export interface PartsOptions {
  readonly resolved: ResolvedConfiguration;
  readonly options: ObsOptions;
  /** Hands a record of the helpers to the listeners. */
  readonly tell: (record: ObsRecord) => void;
  /** False once the instance is shut down. */
  readonly active: () => boolean;
}

/** Builds the parts on a configuration. Opens no socket. */
export function createParts({ resolved, options, tell, active }: PartsOptions): Parts {
  const { values } = resolved;
  const warn = (message: string): void => logging.logger.warn(message);
  const redactor = createRedactor();
  const logging = createLogging({
    config: values.logging,
    ids: logIds,
    redact: redactor,
    dropped: (reason, count) => metrics.self.dropped('logs', reason, count),
  });
  const price = createPricing(values.metrics.pricing);
  const metrics = createMetrics({
    config: values.metrics,
    resource: { 'service.name': values.tracing.service_name, 'service.version': values.tracing.service_version },
    price,
    spanContext: values.tracing.enabled ? activeSampledSpan : undefined,
    watch: watchResult,
    warn,
    version,
    home: alexHome(options),
  });
  const tracing = createTracing({
    config: values.tracing,
    context: activeContext,
    listener: metrics.self,
    held: true,
    warn,
    ...(options.env ? { env: options.env } : {}),
  });
  metrics.self.setQueue({ spans: () => tracing.queued.spans, bytes: () => tracing.queued.bytes });
  metrics.self.configErrors(resolved.problems.filter(({ severity }) => severity === 'error').length);
  const sessions = new LiveSessions();
  const location = values.cost_ledger;
  const ledger =
    location === undefined
      ? undefined
      : new Ledger({
          open: () => openCostLedger(location),
          dropped: (reason) => metrics.self.dropped('records', reason),
          warn,
        });
  const host: AgentHost = {
    tracer: tracing.tracer,
    price,
    emit(record) {
      metrics.record(record);
      sessions.accept(record);
      ledger?.accept(record);
      tell(record);
    },
    logger: () => logging.logger,
    content: () => values.content,
    redact: (value) => redactor.redact(value),
    redactText: (text) => redactor.redactText(text),
    dropped: (signal, reason) => metrics.self.dropped(signal, reason),
    active,
  };
  return { logging, metrics, tracing, host, sessions, ledger };
}

/** Watches a result until it is over: a promise, a stream, or a value that is there at once. */
function watchResult<Result>(result: Result, over: (error: unknown, failed: boolean) => void): Result {
  return activeContext.watchResult(result, {
    context: activeContext.active(),
    onEnd: ({ ending, error }) => over(error, ending === 'failed'),
  });
}

function activeSampledSpan(): SpanContext | undefined {
  const spanContext = activeContext.spanOf(activeContext.active())?.spanContext();
  return spanContext !== undefined && (spanContext.traceFlags & 1) === 1 ? spanContext : undefined;
}

function logIds():
  | { traceId?: string | undefined; spanId?: string | undefined; sessionId?: string | undefined }
  | undefined {
  const context = activeContext.active();
  if (context === activeContext.rootContext) return undefined;
  const spanContext = activeContext.spanOf(context)?.spanContext();
  return { traceId: spanContext?.traceId, spanId: spanContext?.spanId, sessionId: activeContext.sessionOf(context) };
}
