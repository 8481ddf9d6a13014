import { type Command, defineCommand, defineOptions, longestTimerMs, runService } from '@alex/service';
import { createControlPlane } from '../control-plane/control-plane.ts';
import { checkUrl, metricsToken, options, serviceOptionsOf } from './options.ts';

/** `event-store control-plane`: watches a core and passes operations on to it. */
export const controlPlaneCommand: Command = defineCommand({
  name: 'control-plane',
  summary: 'Runs the control plane of an event store on port 8081.',
  description: 'It checks the health of the core in the background and passes snapshots and replays on to it.',
  examples: [
    'alex-obs event-store control-plane',
    'alex-obs event-store control-plane --core-url http://core:8080 --port 8081',
  ],
  options: defineOptions({
    ...options(8081, { shutdownTimeout: 5000 }),
    metricsToken,
    coreUrl: { type: 'string', default: 'http://localhost:8080', env: 'CORE_URL', description: 'Where the core is.' },
    coreTimeout: {
      type: 'duration',
      default: 5000,
      minimum: 1,
      maximum: longestTimerMs,
      env: 'CORE_TIMEOUT_MS',
      description: 'How long the core gets for an answer.',
    },
    operationTimeout: {
      type: 'duration',
      default: 60_000,
      minimum: 1,
      maximum: longestTimerMs,
      env: 'OPERATION_TIMEOUT_MS',
      description: 'How long the core gets for snapshots and replays.',
    },
    coreToken: { type: 'string', secret: true, env: 'CORE_TOKEN', description: 'Bearer token of the core.' },
    healthCheckInterval: {
      type: 'duration',
      default: 15_000,
      maximum: longestTimerMs,
      env: 'HEALTH_CHECK_INTERVAL_MS',
      description: 'Time between two checks of the core in the background; 0: none.',
    },
  }),
  configFile: { env: 'ALLSOURCE_CONTROL_PLANE_CONFIG', section: 'control_plane' },
  untilInterrupted: true,
  async run({ options: values, io, signal }) {
    const definition = createControlPlane({
      service: serviceOptionsOf(values),
      coreUrl: checkUrl(values.coreUrl, '--core-url'),
      coreTimeoutMs: values.coreTimeout,
      operationTimeoutMs: values.operationTimeout,
      coreToken: values.coreToken,
      metricsToken: values.metricsToken,
      healthCheckIntervalMs: values.healthCheckInterval,
    });
    const service = await runService(definition, { io, signal });
    return await service.closed;
  },
});
