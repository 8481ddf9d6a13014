import { alert, group, recording } from '../rules.ts';
import type { RuleGroup } from '../system.ts';

const runbook = 'alex';

const recorded: RuleGroup = group('alex-recording', [
  recording({
    record: 'job_model:alex_llm_requests:rate5m',
    expr: 'sum by (job, model) (rate(alex_llm_requests_total[5m]))',
  }),
  recording({
    record: 'job_model:alex_llm_errors:ratio5m',
    expr: 'sum by (job, model) (rate(alex_llm_requests_total{status="error"}[5m])) / (sum by (job, model) (rate(alex_llm_requests_total[5m])) > 0)',
  }),
  recording({
    record: 'job_model:alex_llm_latency_seconds:p95_5m',
    expr: 'histogram_quantile(0.95, sum by (job, model, le) (rate(alex_llm_latency_seconds_bucket[5m])))',
  }),
  recording({
    record: 'job_tool:alex_tool_errors:ratio10m',
    expr: 'sum by (job, tool_name) (rate(alex_tool_executions_total{status="error"}[10m])) / (sum by (job, tool_name) (rate(alex_tool_executions_total[10m])) > 0)',
  }),
  recording({ record: 'job:alex_cost:increase1h', expr: 'sum by (job) (increase(alex_cost_total[1h]))' }),
  recording({
    record: 'job:alex_llm_tokens:rate15m',
    expr: 'sum by (job) (rate(alex_llm_tokens_input_total[15m])) + sum by (job) (rate(alex_llm_tokens_output_total[15m]))',
  }),
  recording({
    record: 'job:alex_llm_tokens:rate1d',
    expr: 'sum by (job) (rate(alex_llm_tokens_input_total[1d])) + sum by (job) (rate(alex_llm_tokens_output_total[1d]))',
  }),
]);

const agents: RuleGroup = group('alex-agents', [
  alert({
    name: 'AlexDown',
    expr: 'up{job="alex"} == 0 and max_over_time(up{job="alex"}[1h]) == 1',
    for: '2m',
    severity: 'critical',
    summary: 'The agent at {{ $labels.instance }} does not answer its scrapes.',
    description:
      'It answered within the last hour and no longer does. An agent that ends properly leaves its target file.',
    runbook,
  }),
  alert({
    name: 'AlexLlmErrorRatioHigh',
    expr: 'job_model:alex_llm_errors:ratio5m > 0.05',
    for: '5m',
    severity: 'warning',
    summary: 'Requests to {{ $labels.model }} fail.',
    description:
      '{{ $value | humanizePercentage }} of the requests to {{ $labels.model }} failed in the last 5 minutes.',
    runbook,
  }),
  alert({
    name: 'AlexLlmLatencyHigh',
    expr: 'job_model:alex_llm_latency_seconds:p95_5m > 30',
    for: '10m',
    severity: 'warning',
    summary: '{{ $labels.model }} answers slowly.',
    description: 'p95 of its latency is {{ $value | humanizeDuration }}.',
    runbook,
  }),
  alert({
    name: 'AlexToolFailing',
    expr: 'job_tool:alex_tool_errors:ratio10m > 0.2',
    for: '10m',
    severity: 'warning',
    summary: 'The tool {{ $labels.tool_name }} fails.',
    description: '{{ $value | humanizePercentage }} of its executions failed in the last 10 minutes.',
    runbook,
  }),
  alert({
    name: 'AlexSessionsHigh',
    expr: 'sum by (job) (alex_sessions_active) > 10',
    for: '15m',
    severity: 'warning',
    summary: 'Many sessions work at once in {{ $labels.job }}.',
    description: '{{ $value }} sessions have been open for 15 minutes.',
    runbook,
  }),
  alert({
    name: 'AlexSessionsStuck',
    expr: 'sum by (job, instance) (alex_sessions_active) > 0 unless (sum by (job, instance) (increase(alex_llm_requests_total[30m])) > 0 or sum by (job, instance) (increase(alex_tool_executions_total[30m])) > 0)',
    for: '15m',
    severity: 'warning',
    summary: 'Sessions at {{ $labels.instance }} are open but do nothing.',
    description: '{{ $value }} sessions are open, and no model was asked and no tool executed for 30 minutes.',
    runbook,
  }),
]);

const money: RuleGroup = group('alex-cost', [
  alert({
    name: 'AlexCostBurnHigh',
    expr: 'job:alex_cost:increase1h > 5',
    for: '5m',
    severity: 'warning',
    summary: '{{ $labels.job }} spends more than 5 dollars an hour.',
    description: 'It spent {{ printf "%.2f" $value }} USD in the last hour.',
    runbook,
  }),
  alert({
    name: 'AlexTokenSpike',
    expr: 'job:alex_llm_tokens:rate15m > 5 * job:alex_llm_tokens:rate1d and job:alex_llm_tokens:rate15m > 100',
    for: '10m',
    severity: 'warning',
    summary: '{{ $labels.job }} uses far more tokens than usual.',
    description: '{{ printf "%.0f" $value }} tokens per second in the last 15 minutes, more than five times its day.',
    runbook,
  }),
  alert({
    name: 'AlexUnpricedModel',
    expr: 'sum by (job, model) (increase(alex_cost_unpriced_requests_total[1h])) > 0',
    for: '5m',
    severity: 'info',
    summary: '{{ $labels.model }} has no price.',
    description: 'About {{ printf "%.0f" $value }} requests of the last hour are missing in every cost figure.',
    runbook,
  }),
]);

const telemetry: RuleGroup = group('alex-telemetry', [
  alert({
    name: 'AlexTelemetryDropped',
    expr: 'sum by (job, signal, reason) (increase(alex_obs_dropped_total[10m])) > 0',
    for: '5m',
    severity: 'warning',
    summary: '{{ $labels.job }} loses {{ $labels.signal }}.',
    description: 'About {{ printf "%.0f" $value }} were dropped in 10 minutes: {{ $labels.reason }}.',
    runbook,
  }),
  alert({
    name: 'AlexSpansNotDelivered',
    expr: 'sum by (job, reason) (increase(alex_obs_spans_failed_total[10m])) > 0',
    for: '5m',
    severity: 'warning',
    summary: 'Traces of {{ $labels.job }} do not arrive.',
    description: 'About {{ printf "%.0f" $value }} spans could not be delivered in 10 minutes: {{ $labels.reason }}.',
    runbook,
  }),
  alert({
    name: 'AlexCardinalityHigh',
    expr: 'max by (job, family) (alex_obs_series) > 1600',
    for: '10m',
    severity: 'warning',
    summary: '{{ $labels.family }} of {{ $labels.job }} is close to its limit of series.',
    description: 'It has {{ $value }} series; from metrics.limits.series (2000) on, new ones are counted as one.',
    runbook,
  }),
  alert({
    name: 'AlexConfigurationBroken',
    expr: 'max by (job, instance) (alex_obs_config_errors) > 0',
    for: '5m',
    severity: 'warning',
    summary: 'The configuration of {{ $labels.instance }} has errors.',
    description: '{{ $value }} keys run on their default.',
    runbook,
  }),
]);

/** What is worth recording, and what is worth waking somebody for. */
export const rules: readonly RuleGroup[] = [recorded, agents, money, telemetry];
