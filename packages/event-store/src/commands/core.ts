import { type Command, defineCommand, defineOptions, runService } from '@alex/service';
import { createCore } from '../http/core.ts';
import { openErrors } from './open-errors.ts';
import { metricsToken, options, serviceOptionsOf } from './options.ts';

/** `event-store core`: the store behind HTTP. */
export const coreCommand: Command = defineCommand({
  name: 'core',
  summary: 'Runs the event store on port 8080.',
  description:
    'What it acknowledges is on disk. It listens on this machine only; beyond it (--host 0.0.0.0) whoever writes needs the token.',
  examples: [
    'alex-obs event-store core',
    'alex-obs event-store core --data ./events --port 8080',
    'alex-obs event-store core --memory',
  ],
  options: defineOptions({
    ...options(8080),
    metricsToken,
    data: {
      type: 'string',
      default: './allsource-data',
      valueName: 'folder',
      env: 'ALLSOURCE_DATA',
      description: 'Folder of the store; made if it does not exist.',
    },
    memory: {
      type: 'boolean',
      env: 'ALLSOURCE_MEMORY',
      description: 'Keep everything in memory: it ends with the process.',
    },
    retention: {
      type: 'duration',
      default: 0,
      env: 'ALLSOURCE_RETENTION',
      description: 'How long events are kept; 0: for ever.',
    },
    rollSize: {
      type: 'integer',
      default: 8 * 1024 * 1024,
      minimum: 4096,
      maximum: 1024 * 1024 * 1024,
      valueName: 'bytes',
      description: 'Size at which a log file becomes a segment.',
    },
    rollInterval: {
      type: 'duration',
      default: 600_000,
      minimum: 100,
      description: 'Age at which a log file becomes a segment.',
    },
    compactionInterval: { type: 'duration', default: 3_600_000, description: 'Time between two compactions; 0: none.' },
    cacheSize: {
      type: 'integer',
      default: 32 * 1024 * 1024,
      minimum: 0,
      valueName: 'bytes',
      description: 'Payloads that are kept in memory.',
    },
    maxBodySize: {
      type: 'integer',
      default: 8 * 1024 * 1024,
      minimum: 1024,
      maximum: 256 * 1024 * 1024,
      valueName: 'bytes',
      description: 'Largest body that ingests events.',
    },
  }),
  configFile: { env: 'ALLSOURCE_CONFIG', section: 'event_store' },
  untilInterrupted: true,
  async run({ options: values, io, signal }) {
    const service = await openErrors(() =>
      runService(
        createCore({
          service: serviceOptionsOf(values),
          bodyBytes: values.maxBodySize,
          metricsToken: values.metricsToken,
          store: {
            folder: values.memory ? undefined : values.data,
            cacheBytes: values.cacheSize,
            maintenance: {
              rollBytes: values.rollSize,
              rollMs: values.rollInterval,
              compactionMs: values.compactionInterval,
              retentionMs: values.retention,
            },
          },
        }),
        { io, signal },
      ),
    );
    return await service.closed;
  },
});
