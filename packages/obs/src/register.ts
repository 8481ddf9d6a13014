/**
 * Preload of a program: `node --import @alex/obs/register agent.js` starts `obs` before anything else is loaded, on
 * OpenTelemetry's own Node SDK, with the automatic instrumentations where they are installed. One pipeline: their spans go
 * through the sampler, the queue and the exporter of `obs`.
 */
import { register } from 'node:module';
import { trace } from '@opentelemetry/api';
import { contextManager } from './context/active.ts';
import { messageOf, ObsError } from './errors.ts';
import { load } from './load.ts';
import { obs } from './obs.ts';
import { hostProvider, type PipelineParts } from './tracing/hosted-provider.ts';

type SdkNode = typeof import('@opentelemetry/sdk-node');
type Instrumentations = NonNullable<ConstructorParameters<SdkNode['NodeSDK']>[0]>['instrumentations'];

function startNodeSdk({ NodeSDK }: SdkNode, parts: PipelineParts): ReturnType<typeof trace.getTracerProvider> {
  const instrumentations = automaticInstrumentations();
  new NodeSDK({
    ...parts,
    contextManager: contextManager(),
    // The propagator is that of `obs`; detectors would publish the command line.
    textMapPropagator: null,
    autoDetectResources: false,
    metricReaders: [],
    logRecordProcessors: [],
    ...(instrumentations ? { instrumentations } : {}),
  }).start();
  return trace.getTracerProvider();
}

/** Undefined where the package is not installed. ES modules can be instrumented only through a loader hook. */
function automaticInstrumentations(): Instrumentations {
  try {
    const { getNodeAutoInstrumentations } = load<{ getNodeAutoInstrumentations(): NonNullable<Instrumentations> }>(
      '@opentelemetry/auto-instrumentations-node',
    );
    register('@opentelemetry/instrumentation/hook.mjs', import.meta.url);
    return getNodeAutoInstrumentations();
  } catch (error) {
    if (ObsError.isInstance(error) && error.code === 'MISSING_PACKAGE') return undefined;
    throw error;
  }
}

/** Tracing starts at once, so that instrumentations are in place before the program's modules are loaded. */
function start(): void {
  try {
    const sdk = load<SdkNode>('@opentelemetry/sdk-node');
    hostProvider(
      (parts) => startNodeSdk(sdk, parts),
      () => obs.start(),
    );
  } catch (error) {
    obs.logger.error(`@alex/obs/register: ${messageOf(error)}`);
    void obs.start();
  }
}

start();
