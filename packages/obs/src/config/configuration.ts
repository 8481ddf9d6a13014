/** US dollars per one million tokens. */
export interface ModelPrice {
  readonly input: number;
  readonly output: number;
  readonly cache_read?: number;
  readonly cache_write?: number;
}

/** Everything below `observability` in `~/.alex/config.yaml`, with the names of the file. `keys.ts` describes each. */
export interface Configuration {
  readonly logging: {
    readonly level: 'debug' | 'info' | 'warn' | 'error';
    readonly format: 'json' | 'text';
    readonly output: string;
  };
  readonly metrics: {
    readonly enabled: boolean;
    readonly exporter: 'prometheus' | 'otlp';
    readonly prometheus_port: number;
    readonly host: string;
    readonly token: string | undefined;
    readonly exposition: 'openmetrics' | 'opentelemetry';
    readonly otlp_endpoint: string;
    readonly otlp_headers: Readonly<Record<string, string>> | undefined;
    readonly interval_ms: number;
    readonly buckets: { readonly llm_latency: readonly number[]; readonly tool_duration: readonly number[] };
    readonly created: boolean;
    readonly labels: Readonly<Record<string, string>> | undefined;
    readonly limits: { readonly series: number; readonly label_values: number };
    readonly pricing: Readonly<Record<string, ModelPrice>> | undefined;
  };
  readonly tracing: {
    readonly enabled: boolean;
    readonly exporter: 'jaeger' | 'otlp' | 'zipkin';
    readonly jaeger_endpoint: string;
    readonly otlp_endpoint: string;
    readonly zipkin_endpoint: string;
    readonly sample_rate: number;
    readonly service_name: string;
    readonly service_version: string;
    readonly headers: Readonly<Record<string, string>> | undefined;
    readonly jaeger_client: 'builtin' | 'opentelemetry';
  };
  readonly content: 'off' | 'metadata' | 'full';
  readonly cost_ledger: string | undefined;
}

type Partially<T> = T extends readonly unknown[] | string | number | boolean | undefined
  ? T
  : { readonly [K in keyof T]?: Partially<T[K]> };

/** A configuration given in code: any part of it, with the names of the file. */
export type PartialConfiguration = Partially<Configuration>;

/** Where a value came from; later ones win. */
export type Origin = 'default' | 'file' | 'environment' | 'code';

/** Something wrong with the configuration. An `error` means that the key runs on the value below it in precedence. */
export interface ConfigProblem {
  readonly severity: 'error' | 'warning';
  /** What `loadConfig` fails with, when it is an error. */
  readonly code?: 'CONFIG_UNREADABLE' | 'CONFIG_SYNTAX' | 'CONFIG_INVALID' | undefined;
  /** One line that names file, line, column, key, the value found and what is allowed, as far as they apply. */
  readonly message: string;
  readonly path?: string | undefined;
  readonly file?: string | undefined;
  readonly line?: number | undefined;
  readonly column?: number | undefined;
  readonly env?: string | undefined;
}

/** The configuration in force, frozen. */
export interface ResolvedConfiguration {
  readonly values: Configuration;
  /** By dotted path, for instance `metrics.prometheus_port`. */
  readonly origins: Readonly<Record<string, Origin>>;
  /** The file that was looked for; `undefined` where code forbade one. */
  readonly file: string | undefined;
  readonly fileExists: boolean;
  readonly problems: readonly ConfigProblem[];
}
