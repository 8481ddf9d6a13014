import { createObs } from '@alex/obs';
import { compare, report, round } from './compare.ts';
import { inputCount, llmInputs } from './inputs.ts';
import { openTelemetryPeer, promClientPeer } from './peers.ts';

/** What does `recordLLMRequest`, pricing included, cost beside four counters and a histogram in the peers? */
const obs = createObs({ configPath: false, env: {}, config: { logging: { output: 'stderr', level: 'error' } } });
const openTelemetry = openTelemetryPeer();
const promClient = promClientPeer();
let index = 0;
const next = () => llmInputs[index++ & (inputCount - 1)]!;

const ns = await compare({
  alex: () => obs.metrics.recordLLMRequest(next()),
  openTelemetry: () => openTelemetry.recordLLMRequest(next()),
  promClient: () => promClient.recordLLMRequest(next()),
});

report({
  record_llm_request: {
    ns: round(ns['alex']!),
    otel_ns: round(ns['openTelemetry']!),
    prom_client_ns: round(ns['promClient']!),
    ratio_vs_otel: round(ns['openTelemetry']! / ns['alex']!),
    ratio_vs_prom_client: round(ns['promClient']! / ns['alex']!),
  },
});
await obs.shutdown();
