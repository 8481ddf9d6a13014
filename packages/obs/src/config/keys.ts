import { catalog } from '../catalog.ts';

interface Declaration {
  /** Below `observability`, dotted. */
  readonly path: string;
  /** One sentence for the docs page and the JSON Schema. */
  readonly description: string;
  readonly env?: string;
  /** A variable of OpenTelemetry, read only where file and `env` say nothing. */
  readonly fallbackEnv?: string;
  /** Follows the file while the program runs. */
  readonly live?: boolean;
  /** Shown masked. */
  readonly secret?: boolean;
}

interface Bounded {
  readonly minimum?: number;
  readonly maximum?: number;
}

/** One configuration key. `default: undefined` means that the key has no value unless it is set. */
export type Key = Declaration &
  (
    | { readonly type: 'boolean'; readonly default: boolean }
    | ({ readonly type: 'integer' | 'number'; readonly default: number } & Bounded)
    | { readonly type: 'choice'; readonly default: string; readonly values: readonly string[] }
    | { readonly type: 'string' | 'url' | 'endpoint'; readonly default: string | undefined }
    /** Upper bounds, strictly ascending, positive and finite. */
    | { readonly type: 'buckets'; readonly default: readonly number[] }
    | {
        readonly type: 'string map';
        readonly default: undefined;
        readonly maximumEntries?: number;
        readonly labels?: boolean;
      }
    /** Model to `{ input, output, cache_read?, cache_write? }`, US dollars per million tokens. */
    | { readonly type: 'pricing'; readonly default: undefined }
  );

/**
 * Every configuration key. Types, validation, the published JSON Schema, environment names and the docs page come from
 * this table.
 */
export const keys: readonly Key[] = [
  {
    path: 'logging.level',
    type: 'choice',
    values: ['debug', 'info', 'warn', 'error'],
    default: 'info',
    env: 'ALEX_LOG_LEVEL',
    live: true,
    description: 'Log lines below this level are not written.',
  },
  {
    path: 'logging.format',
    type: 'choice',
    values: ['json', 'text'],
    default: 'json',
    env: 'ALEX_LOG_FORMAT',
    live: true,
    description: 'One JSON object per line, or logfmt for reading.',
  },
  {
    path: 'logging.output',
    type: 'string',
    default: 'stdout',
    env: 'ALEX_LOG_OUTPUT',
    description: 'stdout, stderr or the path of a file that lines are appended to (~ is expanded, mode 0600).',
  },
  {
    path: 'metrics.enabled',
    type: 'boolean',
    default: true,
    env: 'ALEX_METRICS_ENABLED',
    description: 'false: no listener, and nothing is counted.',
  },
  {
    path: 'metrics.exporter',
    type: 'choice',
    values: ['prometheus', 'otlp'],
    default: 'prometheus',
    env: 'ALEX_METRICS_EXPORTER',
    description:
      'Serve metrics for scraping, or push them by OTLP. A process that lives shorter than a scrape interval must push.',
  },
  {
    path: 'metrics.prometheus_port',
    type: 'integer',
    minimum: 0,
    maximum: 65_535,
    default: 9090,
    env: 'ALEX_METRICS_PORT',
    description: 'Port of the scrape endpoint; 0 takes any free one, and so does a port that is taken, with a warning.',
  },
  {
    path: 'metrics.host',
    type: 'string',
    default: '127.0.0.1',
    env: 'ALEX_METRICS_HOST',
    description: 'Address that the scrape endpoint binds. Beyond loopback, set metrics.token too.',
  },
  {
    path: 'metrics.token',
    type: 'string',
    default: undefined,
    env: 'ALEX_METRICS_TOKEN',
    secret: true,
    description: 'Bearer token that the scrape endpoint demands.',
  },
  {
    path: 'metrics.exposition',
    type: 'choice',
    values: ['openmetrics', 'opentelemetry'],
    default: 'openmetrics',
    description: 'opentelemetry serves the same series through @opentelemetry/exporter-prometheus, without exemplars.',
  },
  {
    path: 'metrics.otlp_endpoint',
    type: 'url',
    default: 'http://localhost:9091/api/v1/otlp/v1/metrics',
    env: 'ALEX_METRICS_OTLP_ENDPOINT',
    description: 'Where metrics are pushed to, when metrics.exporter is otlp.',
  },
  {
    path: 'metrics.otlp_headers',
    type: 'string map',
    default: undefined,
    env: 'ALEX_METRICS_OTLP_HEADERS',
    secret: true,
    description: 'HTTP headers of the push, for instance authorization.',
  },
  {
    path: 'metrics.interval_ms',
    type: 'integer',
    minimum: 100,
    // What a timer of Node can hold is less than a month, and becomes 1 ms beyond.
    maximum: 86_400_000,
    default: 15_000,
    description: 'Milliseconds between two pushes.',
  },
  {
    path: 'metrics.buckets.llm_latency',
    type: 'buckets',
    default: catalog.llmLatency.buckets,
    description: 'Upper bounds of alex.llm.latency, seconds.',
  },
  {
    path: 'metrics.buckets.tool_duration',
    type: 'buckets',
    default: catalog.toolDuration.buckets,
    description: 'Upper bounds of alex.tool.duration, seconds.',
  },
  {
    path: 'metrics.created',
    type: 'boolean',
    default: true,
    description: 'Render _created lines, by which Prometheus sees the first value of a new series.',
  },
  {
    path: 'metrics.labels',
    type: 'string map',
    labels: true,
    maximumEntries: 8,
    default: undefined,
    description: 'Constant labels on every series, for instance env or tenant.',
  },
  {
    path: 'metrics.limits.series',
    type: 'integer',
    minimum: 1,
    default: 2000,
    description: 'Series per metric; past it, records go into one overflow series.',
  },
  {
    path: 'metrics.limits.label_values',
    type: 'integer',
    minimum: 1,
    default: 200,
    description: 'Distinct models or tools; past it, the label value is "other".',
  },
  {
    path: 'metrics.pricing',
    type: 'pricing',
    default: undefined,
    description: 'Prices that win over the built-in ones; the model "default" prices every model that has none.',
  },
  {
    path: 'tracing.enabled',
    type: 'boolean',
    default: false,
    env: 'ALEX_TRACING_ENABLED',
    description: 'Export spans. When off, log lines still carry trace and span ids.',
  },
  {
    path: 'tracing.exporter',
    type: 'choice',
    values: ['jaeger', 'otlp', 'zipkin'],
    default: 'jaeger',
    env: 'ALEX_TRACING_EXPORTER',
    description: 'Thrift over HTTP for Jaeger, OTLP over HTTP (protobuf), or Zipkin JSON v2.',
  },
  {
    path: 'tracing.jaeger_endpoint',
    type: 'url',
    default: 'http://localhost:14268/api/traces',
    env: 'ALEX_JAEGER_ENDPOINT',
    description: 'Where the exporter jaeger sends spans.',
  },
  {
    path: 'tracing.otlp_endpoint',
    type: 'endpoint',
    default: 'localhost:4318',
    env: 'ALEX_OTLP_ENDPOINT',
    fallbackEnv: 'OTEL_EXPORTER_OTLP_ENDPOINT',
    description: 'Where the exporter otlp sends spans: host:port or a URL; /v1/traces is added when there is no path.',
  },
  {
    path: 'tracing.zipkin_endpoint',
    type: 'url',
    default: 'http://localhost:9411/api/v2/spans',
    env: 'ALEX_ZIPKIN_ENDPOINT',
    description: 'Where the exporter zipkin sends spans.',
  },
  {
    path: 'tracing.sample_rate',
    type: 'number',
    minimum: 0,
    maximum: 1,
    default: 1,
    env: 'ALEX_TRACING_SAMPLE_RATE',
    live: true,
    description: 'Share of traces that are kept: 0 is never, 1 is always. A child follows its parent.',
  },
  {
    path: 'tracing.service_name',
    type: 'string',
    default: 'alex',
    fallbackEnv: 'OTEL_SERVICE_NAME',
    description: 'service.name of the resource.',
  },
  {
    path: 'tracing.service_version',
    type: 'string',
    default: '1.0.0',
    description: 'service.version of the resource.',
  },
  {
    path: 'tracing.headers',
    type: 'string map',
    default: undefined,
    env: 'ALEX_TRACING_HEADERS',
    secret: true,
    description: 'HTTP headers of the span export, for instance authorization.',
  },
  {
    path: 'tracing.jaeger_client',
    type: 'choice',
    values: ['builtin', 'opentelemetry'],
    default: 'builtin',
    description: 'opentelemetry sends through @opentelemetry/exporter-jaeger.',
  },
  {
    path: 'content',
    type: 'choice',
    values: ['off', 'metadata', 'full'],
    default: 'off',
    env: 'ALEX_CONTENT',
    description:
      'What spans and logs say of prompts, arguments and results: sizes only, names and shapes, or redacted text.',
  },
  {
    path: 'cost_ledger',
    type: 'string',
    default: undefined,
    env: 'ALEX_COST_LEDGER',
    description: 'Path or URL of a cost ledger that every LLM call is written to.',
  },
];
