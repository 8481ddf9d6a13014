export { Child } from './child.ts';
export { decode } from './decode.ts';
export { type Expression, expressionsOf, type Result, runExpressions, withoutVariables } from './expressions.ts';
export { freePort } from './free-port.ts';
export { HttpSink, type Received } from './http-sink.ts';
export { type KillRounds, killRounds } from './kill-rounds.ts';
export { type ExemplarSeries, Prometheus, type PrometheusOptions, type Sample } from './prometheus.ts';
export { durationMs, scaleRules } from './scaled-rules.ts';
export { waitFor } from './wait.ts';
