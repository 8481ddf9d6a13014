import { ObsError } from '../errors.ts';
import type {
  ConfigProblem,
  Configuration,
  Origin,
  PartialConfiguration,
  ResolvedConfiguration,
} from './configuration.ts';
import { readEnvironment } from './environment.ts';
import { type ConfigFile, readConfigFile } from './file.ts';
import { alexHome, configPathVariable, expandPath, type Surroundings } from './home.ts';
import { keys } from './keys.ts';
import { deepFreeze, nest } from './tree.ts';
import { codeItem, walk } from './walk.ts';

/** Where a configuration comes from. */
export interface ConfigurationOptions extends Surroundings {
  /** Wins over environment and file. */
  readonly config?: PartialConfiguration | undefined;
  /** The file to read instead of `~/.alex/config.yaml`; `false` reads none. */
  readonly configPath?: string | false | undefined;
}

/** The configuration file that these options lead to, `undefined` where code forbids one. */
export function configFilePath(options: ConfigurationOptions = {}): string | undefined {
  const { configPath, env = process.env } = options;
  if (configPath === false) return undefined;
  const path = configPath ?? (env[configPathVariable]?.trim() || undefined);
  return path === undefined ? `${alexHome(options)}/config.yaml` : expandPath(path, options);
}

/**
 * Code over environment over file over defaults, synchronously. Never throws: an invalid value leaves its key to the
 * next lower source, an unusable file counts as none, and each is one problem in the result.
 */
export function resolveConfiguration(options: ConfigurationOptions = {}): ResolvedConfiguration {
  const env = options.env ?? process.env;
  const file = configFilePath(options);
  const read = file === undefined ? noFile : readConfigFile(file);
  const environment = readEnvironment(env);
  const code = options.config === undefined ? undefined : walk(codeItem(options.config), 'config.');
  const problems = [...missingFile(options, read, file), ...read.problems, ...environment.problems];
  if (code !== undefined) problems.push(...code.problems);

  const values = new Map<string, unknown>();
  const origins: Record<string, Origin> = {};
  const sources: readonly [Origin, ReadonlyMap<string, unknown> | undefined][] = [
    ['code', code?.values],
    ['environment', environment.values],
    ['file', read.values],
    ['environment', environment.fallbacks],
  ];
  for (const { path, default: fallback } of keys) {
    const [origin, source] = sources.find(([, candidate]) => candidate?.has(path)) ?? ['default', undefined];
    values.set(path, source === undefined ? fallback : source.get(path));
    origins[path] = origin;
  }
  const configuration = toConfiguration(values);
  problems.push(...exposedEndpoint(configuration));
  return deepFreeze({ values: configuration, origins, file, fileExists: read.exists, problems });
}

/** Like `resolveConfiguration`, but throws an `ObsError` (CONFIG_*) that lists every error. Warnings do not count. */
export function loadConfig(options: ConfigurationOptions = {}): ResolvedConfiguration {
  const resolved = resolveConfiguration(options);
  const errors = resolved.problems.filter(({ severity }) => severity === 'error');
  if (errors.length === 0) return resolved;
  throw new ObsError(errors[0]!.code ?? 'CONFIG_INVALID', errors.map(({ message }) => message).join('\n'));
}

/** The typed configuration from a value for every key. */
export function toConfiguration(values: ReadonlyMap<string, unknown>): Configuration {
  // Each value passed the check of its key, and a test holds the table against the type.
  return structuredClone(nest(values)) as unknown as Configuration;
}

const noFile: ConfigFile = { exists: false, usable: true, values: new Map(), problems: [] };

function missingFile(options: ConfigurationOptions, read: ConfigFile, file: string | undefined): ConfigProblem[] {
  const variable = (options.env ?? process.env)[configPathVariable]?.trim();
  if (file === undefined || read.exists || (options.configPath === undefined && !variable)) return [];
  const source = options.configPath === undefined ? `, which ${configPathVariable} names,` : '';
  const message = `The configuration file ${file}${source} does not exist; defaults are used`;
  return [{ severity: 'warning', message, file, ...(source && { env: configPathVariable }) }];
}

const loopback = /^(localhost|127(\.\d{1,3}){3}|\[?::1\]?)$/i;

function exposedEndpoint({ metrics }: Configuration): ConfigProblem[] {
  const { enabled, exporter, host, token } = metrics;
  if (!enabled || exporter !== 'prometheus' || token !== undefined || loopback.test(host)) return [];
  const message = `metrics.host ${host} can be reached from other machines; set metrics.token, or everybody there can read the metrics`;
  return [{ severity: 'warning', message, path: 'metrics.host' }];
}
