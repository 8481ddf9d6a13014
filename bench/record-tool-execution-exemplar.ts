import { createObs } from '@alex/obs';
import { compare, report, round } from './compare.ts';
import { inputCount, toolInputs } from './inputs.ts';
import { openTelemetryPeer } from './peers.ts';

/**
 * The same inside an active sampled span: ours leaves an exemplar, OpenTelemetry's SDK has none to leave. Each bucket takes
 * one exemplar between two scrapes, as in any program: the records that find theirs taken do not ask for the span.
 */
const config = {
  logging: { output: 'stderr', level: 'error' },
  tracing: { enabled: true, exporter: 'otlp' },
} as const;
const obs = createObs({ configPath: false, env: {}, config });

function alex(): () => void {
  const [own, inputs] = [obs, toolInputs];
  return () => {
    for (const { toolName, status, durationMs } of inputs) {
      own.metrics.recordToolExecution(toolName, status, durationMs);
    }
  };
}

function openTelemetry(): () => void {
  const [peer, inputs] = [openTelemetryPeer(), toolInputs];
  return () => {
    for (const input of inputs) peer.recordToolExecution(input);
  };
}

const found = await obs.tracer.withSpan('bench', () =>
  compare({ alex: alex(), openTelemetry: openTelemetry() }, inputCount),
);

report({
  record_tool_execution_exemplar: {
    ns: round(found.ns('alex')),
    otel_ns: round(found.ns('openTelemetry')),
    ratio_vs_otel: round(found.ratio('openTelemetry', 'alex')),
  },
});
await obs.shutdown({ timeoutMs: 100 });
