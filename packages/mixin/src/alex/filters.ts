import type { Variable } from '../panel.ts';

/** Matchers that every query of the agent's dashboards carries. */
export const ofJob = 'job=~"$job"';
export const ofModel: string = `${ofJob},model=~"$model"`;
export const ofTool: string = `${ofJob},tool_name=~"$tool"`;

/** The job comes from a series that every agent has from its first scrape on. */
export const jobVariable: Variable = { name: 'job', title: 'Job', metric: 'alex_obs_build_info' };
export const modelVariable: Variable = {
  name: 'model',
  title: 'Model',
  metric: `alex_llm_requests_total{${ofJob}}`,
};
export const toolVariable: Variable = {
  name: 'tool',
  title: 'Tool',
  label: 'tool_name',
  metric: `alex_tool_executions_total{${ofJob}}`,
};

/** `histogram_quantile` over the current interval; `by` are the labels that stay. */
export function quantile(q: number, metric: string, matchers: string, by: readonly string[] = []): string {
  return `histogram_quantile(${q}, sum by (${['le', ...by].join(', ')}) (rate(${metric}_bucket{${matchers}}[$__rate_interval])))`;
}

/** Legend, quantile: the three lines of a latency panel. */
export const percentiles: readonly (readonly [string, number])[] = [
  ['p50', 0.5],
  ['p95', 0.95],
  ['p99', 0.99],
];
