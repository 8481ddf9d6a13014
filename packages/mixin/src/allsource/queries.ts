import type { Panel, Query, Variable } from '../panel.ts';

/** Matchers that every query carries. */
export const ofTarget = 'job=~"$job",instance=~"$instance"';

/** Core and control plane have jobs of their own, and both tell when they began. */
export const variables: readonly Variable[] = [
  { name: 'job', title: 'Job', metric: 'process_start_time_seconds{job=~"allsource-.*"}' },
  { name: 'instance', title: 'Instance', metric: 'process_start_time_seconds{job=~"allsource-.*",job=~"$job"}' },
];

/** What each dashboard has in common. */
export const tags: readonly string[] = ['allsource'];

interface Part {
  /** Labels that stay. */
  readonly by?: readonly string[];
  /** More matchers. */
  readonly where?: string;
}

function selector(metric: string, where: string | undefined): string {
  return `${metric}{${ofTarget}${where === undefined ? '' : `,${where}`}}`;
}

function grouping(by: readonly string[] = []): string {
  return by.length === 0 ? '' : ` by (${by.join(', ')}) `;
}

/** The sum of a gauge. */
export function total(metric: string, { by, where }: Part = {}): string {
  return `sum${grouping(by)}(${selector(metric, where)})`;
}

/** Per second, over the current interval. */
export function rate(metric: string, { by, where }: Part = {}): string {
  return `sum${grouping(by)}(rate(${selector(metric, where)}[$__rate_interval]))`;
}

/** How much was added in the time range of the dashboard. */
export function inRange(metric: string, { by, where }: Part = {}): string {
  return `sum${grouping(by)}(increase(${selector(metric, where)}[$__range]))`;
}

/** A quantile of a histogram over the current interval. */
export function quantile(q: number, metric: string, by: readonly string[] = []): string {
  return `histogram_quantile(${q}, sum by (${['le', ...by].join(', ')}) (rate(${selector(`${metric}_bucket`, undefined)}[$__rate_interval])))`;
}

/** One expression by another, nothing where that is 0. */
export function ratio(part: string, whole: string): string {
  return `${part} / (${whole} > 0)`;
}

/** p50, p95 and p99 of a histogram. */
export function percentiles(metric: string, by: readonly string[] = [], legend = ''): readonly Query[] {
  return [50, 95, 99].map((percent) => ({
    expr: quantile(percent / 100, metric, by),
    legend: `${legend}${legend === '' ? '' : ' '}p${percent}`,
  }));
}

type Text = Pick<Panel, 'title' | 'description' | 'unit'>;

/** A single number. */
export function stat(text: Text, expr: string, more: Partial<Panel> = {}): Panel {
  return { kind: 'stat', ...text, queries: [{ expr }], ...more };
}

/** Lines over time from 0 up. */
export function lines(text: Text, queries: readonly Query[], more: Partial<Panel> = {}): Panel {
  return { kind: 'timeseries', min: 0, ...text, queries, ...more };
}
