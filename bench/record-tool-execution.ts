import { createObs } from '@alex/obs';
import { compare, report, round } from './compare.ts';
import { inputCount, toolInputs } from './inputs.ts';
import { openTelemetryPeer, promClientPeer } from './peers.ts';

/** What does `recordToolExecution` cost beside the same counter and histogram in the peers? */
const obs = createObs({ configPath: false, env: {}, config: { logging: { output: 'stderr', level: 'error' } } });

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

function promClient(): () => void {
  const [peer, inputs] = [promClientPeer(), toolInputs];
  return () => {
    for (const input of inputs) peer.recordToolExecution(input);
  };
}

const found = await compare({ alex: alex(), openTelemetry: openTelemetry(), promClient: promClient() }, inputCount);

report({
  record_tool_execution: {
    ns: round(found.ns('alex')),
    otel_ns: round(found.ns('openTelemetry')),
    prom_client_ns: round(found.ns('promClient')),
    ratio_vs_otel: round(found.ratio('openTelemetry', 'alex')),
    ratio_vs_prom_client: round(found.ratio('promClient', 'alex')),
  },
});
await obs.shutdown();
