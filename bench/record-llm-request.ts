import { createObs } from '@alex/obs';
import { compare, report, round } from './compare.ts';
import { inputCount, llmInputs } from './inputs.ts';
import { openTelemetryPeer, promClientPeer } from './peers.ts';

/** What does `recordLLMRequest`, pricing included, cost beside four counters and a histogram in the peers? */
const obs = createObs({ configPath: false, env: {}, config: { logging: { output: 'stderr', level: 'error' } } });

function alex(): () => void {
  const [own, inputs] = [obs, llmInputs];
  return () => {
    for (const request of inputs) own.metrics.recordLLMRequest(request);
  };
}

function openTelemetry(): () => void {
  const [peer, inputs] = [openTelemetryPeer(), llmInputs];
  return () => {
    for (const input of inputs) peer.recordLLMRequest(input);
  };
}

function promClient(): () => void {
  const [peer, inputs] = [promClientPeer(), llmInputs];
  return () => {
    for (const input of inputs) peer.recordLLMRequest(input);
  };
}

const found = await compare({ alex: alex(), openTelemetry: openTelemetry(), promClient: promClient() }, inputCount);

report({
  record_llm_request: {
    ns: round(found.ns('alex')),
    otel_ns: round(found.ns('openTelemetry')),
    prom_client_ns: round(found.ns('promClient')),
    ratio_vs_otel: round(found.ratio('openTelemetry', 'alex')),
    ratio_vs_prom_client: round(found.ratio('promClient', 'alex')),
  },
});
await obs.shutdown();
