import { catalog } from '@alex/obs/catalog';
import { PrometheusExporter } from '@opentelemetry/exporter-prometheus';
import { MeterProvider } from '@opentelemetry/sdk-metrics';
import { Counter, Histogram, Registry } from 'prom-client';
import type { LlmInput, ToolInput } from './inputs.ts';

export interface Peer {
  readonly recordToolExecution: (input: ToolInput) => void;
  readonly recordLLMRequest: (input: LlmInput) => void;
}

const price = (input: LlmInput): number => input.inputTokens * 2.5e-6 + input.outputTokens * 1e-5;

/** The OpenTelemetry SDK as its documentation shows it: one Prometheus reader, the same instruments and buckets. */
export function openTelemetryPeer(): Peer {
  const meter = new MeterProvider({ readers: [new PrometheusExporter({ preventServerStart: true })] }).getMeter('alex');
  const seconds = (boundaries: readonly number[]) => ({
    unit: 's',
    advice: { explicitBucketBoundaries: [...boundaries] },
  });
  const executions = meter.createCounter(catalog.toolExecutions.name);
  const duration = meter.createHistogram(catalog.toolDuration.name, seconds(catalog.toolDuration.buckets));
  const requests = meter.createCounter(catalog.llmRequests.name);
  const inputTokens = meter.createCounter(catalog.llmInputTokens.name);
  const outputTokens = meter.createCounter(catalog.llmOutputTokens.name);
  const cost = meter.createCounter(catalog.cost.name);
  const latency = meter.createHistogram(catalog.llmLatency.name, seconds(catalog.llmLatency.buckets));
  return {
    recordToolExecution({ toolName, status, durationMs }) {
      executions.add(1, { tool_name: toolName, status });
      duration.record(durationMs / 1000, { tool_name: toolName });
    },
    recordLLMRequest(input) {
      const { model, status } = input;
      requests.add(1, { model, status });
      inputTokens.add(input.inputTokens, { model });
      outputTokens.add(input.outputTokens, { model });
      latency.record(input.latencyMs / 1000, { model, status });
      cost.add(price(input), { model });
    },
  };
}

/** prom-client 15 with label objects, its usual form. */
export function promClientPeer(): Peer {
  const registers = [new Registry()];
  const counter = (name: string, labelNames: readonly string[]) =>
    new Counter({ name, help: name, labelNames: [...labelNames], registers });
  const histogram = (name: string, labelNames: readonly string[], buckets: readonly number[]) =>
    new Histogram({ name, help: name, labelNames: [...labelNames], buckets: [...buckets], registers });
  const executions = counter('alex_tool_executions_total', ['tool_name', 'status']);
  const duration = histogram('alex_tool_duration_seconds', ['tool_name'], catalog.toolDuration.buckets);
  const requests = counter('alex_llm_requests_total', ['model', 'status']);
  const inputTokens = counter('alex_llm_tokens_input_total', ['model']);
  const outputTokens = counter('alex_llm_tokens_output_total', ['model']);
  const cost = counter('alex_cost_total', ['model']);
  const latency = histogram('alex_llm_latency_seconds', ['model', 'status'], catalog.llmLatency.buckets);
  return {
    recordToolExecution({ toolName, status, durationMs }) {
      executions.inc({ tool_name: toolName, status });
      duration.observe({ tool_name: toolName }, durationMs / 1000);
    },
    recordLLMRequest(input) {
      const { model, status } = input;
      requests.inc({ model, status });
      inputTokens.inc({ model }, input.inputTokens);
      outputTokens.inc({ model }, input.outputTokens);
      latency.observe({ model, status }, input.latencyMs / 1000);
      cost.inc({ model }, price(input));
    },
  };
}
