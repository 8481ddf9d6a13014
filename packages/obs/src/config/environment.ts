import { allowed, type Checked, check, levelName, shown } from './check.ts';
import type { ConfigProblem } from './configuration.ts';
import { configPathVariable, type Surroundings } from './home.ts';
import { type Key, keys } from './keys.ts';
import { nearest } from './nearest.ts';

type Environment = NonNullable<Surroundings['env']>;

/** What the environment sets, by dotted path. */
export interface EnvironmentValues {
  readonly values: ReadonlyMap<string, unknown>;
  /** From OpenTelemetry's own variables: they lose against the file. */
  readonly fallbacks: ReadonlyMap<string, unknown>;
  readonly problems: readonly ConfigProblem[];
}

const booleans = new Map([
  ['true', true],
  ['1', true],
  ['yes', true],
  ['false', false],
  ['0', false],
  ['no', false],
]);

/** Reads the variables of all keys. An empty variable counts as unset, an invalid one as a problem. */
export function readEnvironment(env: Environment): EnvironmentValues {
  const values = new Map<string, unknown>();
  const fallbacks = new Map<string, unknown>();
  const problems: ConfigProblem[] = [];
  if (env['OTEL_SDK_DISABLED']?.trim().toLowerCase() === 'true') {
    values.set('metrics.enabled', false);
    values.set('tracing.enabled', false);
  }
  for (const key of keys) {
    readVariable(key, key.env, values);
    readVariable(key, key.fallbackEnv, fallbacks);
  }
  problems.push(...misspelled(env));
  return { values, fallbacks, problems };

  function readVariable(key: Key, name: string | undefined, into: Map<string, unknown>): void {
    const text = name === undefined ? undefined : env[name]?.trim();
    if (name === undefined || text === undefined || text === '' || into.has(key.path)) return;
    const { value } = name === 'OTEL_EXPORTER_OTLP_ENDPOINT' ? { value: tracesUrl(text) } : parse(key, text);
    if (value === undefined) problems.push(invalidVariable(key, name, text));
    else into.set(key.path, value);
  }
}

const variables: ReadonlySet<string> = new Set([configPathVariable, ...keys.flatMap(({ env }) => env ?? [])]);

/** Other programs have variables that begin with ALEX_ too: only what is nearly one of ours is worth a word. */
function misspelled(env: Environment): ConfigProblem[] {
  return Object.keys(env).flatMap((name): ConfigProblem[] => {
    if (!name.startsWith('ALEX_') || variables.has(name)) return [];
    const meant = nearest(name, variables, 3);
    if (meant === undefined || env[name]?.trim() === '') return [];
    return [{ severity: 'warning', message: `${name} is not a known variable; did you mean ${meant}?`, env: name }];
  });
}

function parse(key: Key, text: string): Checked {
  switch (key.type) {
    case 'boolean':
      return check(key, booleans.get(text.toLowerCase()));
    case 'integer':
    case 'number':
      return check(key, /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) ? Number(text) : undefined);
    case 'choice':
      return check(key, levelName(text));
    case 'string map':
      return check(key, parseMap(text));
    default:
      return check(key, text);
  }
}

function parseMap(text: string): Record<string, string> | undefined {
  const map: Record<string, string> = {};
  for (const pair of text.split(',')) {
    const equals = pair.indexOf('=');
    if (equals < 1) return undefined;
    const value = pair.slice(equals + 1).trim();
    map[pair.slice(0, equals).trim()] = decode(value);
  }
  return map;
}

function decode(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    return value;
  }
}

/** OpenTelemetry's variable is a base URL: `/v1/traces` goes behind a path that it has. */
function tracesUrl(text: string): string {
  if (!/^https?:/i.test(text) || !URL.canParse(text)) return text;
  const { pathname } = new URL(text);
  return pathname === '' || pathname === '/' || pathname.endsWith('/v1/traces')
    ? text
    : `${text.replace(/\/$/, '')}/v1/traces`;
}

function invalidVariable(key: Key, name: string, text: string): ConfigProblem {
  const what = key.type === 'string map' ? 'name=value pairs, separated by commas' : allowed(key);
  return {
    severity: key.path === 'logging.level' ? 'warning' : 'error',
    code: 'CONFIG_INVALID',
    message: `${name} must be ${what}; found ${shown(key, text)}, which is ignored`,
    path: key.path,
    env: name,
  };
}
