import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { createObs, type PartialConfiguration } from '@alex/obs';
import { askJson, type Check, type Examination, type Finding } from './finding.ts';

const tool = 'doctor_canary';
const patienceMs = 8000;

/**
 * Sends one session of one tool the way agents do, and reads it back: its span from Jaeger, and from Prometheus, over the OTLP
 * receiver, the exemplar that leads from the metric to the trace.
 */
export const checkCanary: Check = async (examination) => {
  const { configuration, prometheus } = examination;
  const { tracing, metrics } = configuration.values;
  if (!tracing.enabled)
    return [
      {
        check: 'canary-span',
        state: 'warning',
        message: 'tracing.enabled is false: there are no traces and no exemplars',
        seen: 'the configuration',
        mend: 'set tracing.enabled: true; alex-obs config init writes it so',
      },
    ];
  const endpoint = metrics.exporter === 'otlp' ? metrics.otlp_endpoint : `${prometheus}/api/v1/otlp/v1/metrics`;
  const service = 'alex-doctor';
  const config: PartialConfiguration = {
    tracing: { sample_rate: 1, service_name: service },
    metrics: { enabled: true, exporter: 'otlp', otlp_endpoint: endpoint, interval_ms: 3_600_000 },
    logging: { level: 'error', output: 'stderr' },
  };
  const obs = createObs({
    env: { ...examination.env, ALEX_LOG_LEVEL: 'error' },
    ...(configuration.file ? { configPath: configuration.file } : {}),
    config,
  });
  let traceId: string | undefined;
  obs.observe((record) => void (traceId ??= record.traceId));
  // Telemetry never keeps a process alive; this one has to wait for it.
  const waiting = setInterval(() => undefined, 1000);
  await obs.start();
  await obs.solveTask({ sessionId: `doctor-${randomUUID()}` }, () =>
    obs.executeTool({ name: tool }, async () => 'alive'),
  );
  const failures = [...(await obs.flush()), ...(await obs.shutdown())];
  clearInterval(waiting);
  const failed = (part: string): string | undefined => failures.find((one) => one.part.startsWith(part))?.message;
  return [
    await span(examination, traceId, failed('trac') ?? failed('span')),
    await exemplar(examination, { traceId, endpoint, service, failure: failed('metric') }),
  ];
};

async function span(
  { jaeger, signal, configuration }: Examination,
  traceId: string | undefined,
  failure: string | undefined,
): Promise<Finding> {
  const { tracing } = configuration.values;
  const to =
    tracing.exporter === 'otlp'
      ? tracing.otlp_endpoint
      : tracing.exporter === 'zipkin'
        ? tracing.zipkin_endpoint
        : tracing.jaeger_endpoint;
  const check = 'canary-span';
  if (failure !== undefined)
    return {
      check,
      state: 'error',
      message: `a span did not get to ${to}: ${failure}`,
      seen: 'a span was sent as agents send theirs',
      mend: 'alex-obs stack up, or correct the tracing endpoint',
    };
  const url = `${jaeger}/api/traces/${traceId}`;
  const found = await poll(
    signal,
    async () => ((await askJson<{ data?: { spans: unknown[] }[] }>(url, signal))?.data?.[0]?.spans.length ?? 0) > 0,
  );
  return found
    ? { check, state: 'ok', message: `a span went to ${to} and came back from ${jaeger}` }
    : {
        check,
        state: 'error',
        message: `a span was accepted by ${to} but ${jaeger} does not have it`,
        seen: `GET ${url} for ${patienceMs / 1000} s`,
        mend: 'is that the same Jaeger? --jaeger names another; alex-obs stack logs jaeger',
      };
}

interface Pushed {
  readonly traceId: string | undefined;
  readonly endpoint: string;
  readonly service: string;
  readonly failure: string | undefined;
}

async function exemplar(
  { prometheus, signal }: Examination,
  { traceId, endpoint, service, failure }: Pushed,
): Promise<Finding> {
  const check = 'canary-exemplar';
  if (failure !== undefined)
    return {
      check,
      state: 'error',
      message: `a metric did not get to ${endpoint}: ${failure}`,
      seen: 'a push over OTLP',
      mend: 'alex-obs stack up; Prometheus needs --web.enable-otlp-receiver',
    };
  const now = Date.now() / 1000;
  const query = new URLSearchParams({
    query: `alex_tool_duration_seconds_bucket{job="${service}",tool_name="${tool}"}`,
    start: String(now - 300),
    end: String(now + 60),
  });
  const found = await poll(signal, async () =>
    JSON.stringify(await askJson(`${prometheus}/api/v1/query_exemplars?${query}`, signal)).includes(traceId ?? '?'),
  );
  return found
    ? { check, state: 'ok', message: 'an exemplar went to Prometheus and came back with its trace id' }
    : {
        check,
        state: 'error',
        message: `${prometheus} took the metric but has no exemplar of it`,
        seen: 'query_exemplars',
        mend: 'start Prometheus with --enable-feature=exemplar-storage',
      };
}

async function poll(signal: AbortSignal, probe: () => Promise<boolean>): Promise<boolean> {
  const end = Date.now() + patienceMs;
  while (Date.now() < end) {
    if (await probe()) return true;
    await sleep(250, undefined, { signal });
  }
  return false;
}
