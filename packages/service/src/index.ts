export { hasToken, isLoopback } from '@alex/openmetrics/http';
export { type Clock, systemClock } from './clock.ts';
export {
  type ArgumentDeclaration,
  type ArgumentValues,
  type Command,
  type CommandContext,
  defineCommand,
  type ExitCode,
  type LazyCommand,
} from './command/command.ts';
export { type CommandIo, type OutputStream, type Paint, painter, processIo } from './command/io.ts';
export { interruptSignal, runMain } from './command/main.ts';
export { runCommand } from './command/run-command.ts';
export { CommandError, UsageError } from './errors.ts';
export { urlOf } from './http/addresses.ts';
export type { NodeBindings, Router } from './http/app.ts';
export { isAllowedHost, type WritePolicy } from './http/guards.ts';
export type { HttpMetricDeclarations } from './http/http-metrics.ts';
export type { ServiceLogger } from './logging.ts';
export { nearest } from './nearest.ts';
export {
  defineOptions,
  type OptionDeclaration,
  type OptionDeclarations,
  type OptionValues,
} from './options/declaration.ts';
export { formatDuration, longestTimerMs, parseDuration } from './options/duration.ts';
export { type OptionFile, type OptionSources, type ResolvedOptions, resolveOptions } from './options/resolve.ts';
export { runService } from './run-service.ts';
export type {
  MetricsOptions,
  RunningService,
  Service,
  ServiceDefinition,
  ServiceEnvironment,
  ServiceLimits,
} from './service.ts';
export {
  type ServiceDefaults,
  type ServiceOptionDeclarations,
  type ServiceOptions,
  serviceOptions,
} from './service-options.ts';
export { type CapturedIo, type CaptureOptions, captureIo } from './testing/capture-io.ts';
export { columns, printable } from './text.ts';
