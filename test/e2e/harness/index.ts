export { Alertmanager } from './alertmanager.ts';
export { binary, unbuildable } from './binary.ts';
export { Child } from './child.ts';
export { decode } from './decode.ts';
export { Docker, type ImageDescription } from './docker.ts';
export {
  type Expression,
  expressionsOf,
  type Result,
  resultsWithData,
  runExpressions,
  withoutVariables,
} from './expressions.ts';
export { freePort } from './free-port.ts';
export { HttpSink, type Received } from './http-sink.ts';
export { Jaeger, type JaegerOptions, type JaegerSpan } from './jaeger.ts';
export { type KillRounds, killRounds } from './kill-rounds.ts';
export { nodeImage } from './node-image.ts';
export { Postgres, type PostgresOptions } from './postgres.ts';
export { type ExemplarSeries, Prometheus, type PrometheusOptions, type Sample } from './prometheus.ts';
export { durationMs, scaleRules } from './scaled-rules.ts';
export { waitFor } from './wait.ts';
