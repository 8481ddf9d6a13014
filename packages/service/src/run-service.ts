import type { RunningService, ServiceDefinition, ServiceEnvironment } from './service.ts';

/**
 * Starts a service: binds its port, runs `start`, prints `listening on URL` on stderr and keeps the process alive until
 * `close` is called or the signal aborts. Rejects, with the port closed again, when the port cannot be bound or `start`
 * throws. The HTTP stack is loaded here, so that a command's `--help` does not pay for it.
 */
export async function runService(
  definition: ServiceDefinition,
  environment: ServiceEnvironment = {},
): Promise<RunningService> {
  const { startService } = await import('./start-service.ts');
  return await startService(definition, environment);
}
