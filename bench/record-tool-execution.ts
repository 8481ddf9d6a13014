import { createObs } from '@alex/obs';
import { compare, report, round } from './compare.ts';
import { inputCount, toolInputs } from './inputs.ts';
import { openTelemetryPeer, promClientPeer } from './peers.ts';

/** What does `recordToolExecution` cost beside the same counter and histogram in the peers? */
const obs = createObs({ configPath: false, env: {}, config: { logging: { output: 'stderr', level: 'error' } } });
const openTelemetry = openTelemetryPeer();
const promClient = promClientPeer();
let index = 0;
const next = () => toolInputs[index++ & (inputCount - 1)]!;

const ns = await compare({
  alex: () => {
    const { toolName, status, durationMs } = next();
    obs.metrics.recordToolExecution(toolName, status, durationMs);
  },
  openTelemetry: () => openTelemetry.recordToolExecution(next()),
  promClient: () => promClient.recordToolExecution(next()),
});

report({
  record_tool_execution: {
    ns: round(ns['alex']!),
    otel_ns: round(ns['openTelemetry']!),
    prom_client_ns: round(ns['promClient']!),
    ratio_vs_otel: round(ns['openTelemetry']! / ns['alex']!),
    ratio_vs_prom_client: round(ns['promClient']! / ns['alex']!),
  },
});
await obs.shutdown();
