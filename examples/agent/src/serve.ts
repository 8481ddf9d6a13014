import { readFileSync } from 'node:fs';
import { Registry } from '@alex/openmetrics';
import {
  processIo,
  type RunningService,
  runService,
  type ServiceDefinition,
  type ServiceEnvironment,
  type ServiceOptions,
} from '@alex/service';
import { catalog } from './catalog.ts';

/** A server of this package: where it listens, and what it routes. */
export interface ServerDefinition extends Pick<ServiceDefinition, 'name' | 'routes'> {
  readonly options: ServiceOptions;
  /** Without it, the server says nothing on the terminal. */
  readonly io?: ServiceEnvironment['io'] | undefined;
}

const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
  version: string;
};

/** Runs a server with `/metrics`, `/health` and `/ready`. Rejects when the port is taken. */
export function serve({ io, ...definition }: ServerDefinition): Promise<RunningService> {
  return runService(
    {
      ...definition,
      version,
      registry: new Registry(),
      httpMetrics: catalog,
      metrics: { process: false },
      limits: { bodyBytes: 4 * 1024 * 1024 },
      writes: 'token beyond loopback',
    },
    { io: io ?? { ...processIo(), stderr: { write: () => undefined } } },
  );
}

/** Options of a server inside another program: on loopback, and gone as soon as it is closed. */
export function embedded(port: number): ServiceOptions {
  return { host: '127.0.0.1', port, shutdownTimeout: 200 };
}
