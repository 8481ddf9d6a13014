import { createObs } from '@alex/obs';
import { compare, report, round } from './compare.ts';
import { inputCount, toolInputs } from './inputs.ts';
import { openTelemetryPeer } from './peers.ts';

/** The same inside an active sampled span: ours leaves an exemplar, OpenTelemetry's SDK has none to leave. */
const obs = createObs({
  configPath: false,
  env: {},
  config: { logging: { output: 'stderr', level: 'error' }, tracing: { enabled: true, exporter: 'otlp' } },
});
const openTelemetry = openTelemetryPeer();
let index = 0;
const next = () => toolInputs[index++ & (inputCount - 1)]!;

const ns = await obs.tracer.withSpan('bench', () =>
  compare({
    alex: () => {
      const { toolName, status, durationMs } = next();
      obs.metrics.recordToolExecution(toolName, status, durationMs);
    },
    openTelemetry: () => openTelemetry.recordToolExecution(next()),
  }),
);

report({
  record_tool_execution_exemplar: {
    ns: round(ns['alex']!),
    otel_ns: round(ns['openTelemetry']!),
    ratio_vs_otel: round(ns['openTelemetry']! / ns['alex']!),
  },
});
await obs.shutdown({ timeoutMs: 100 });
