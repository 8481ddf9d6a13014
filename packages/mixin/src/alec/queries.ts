/** The matcher that every query of the dashboard carries. */
export const ofJob = 'job=~"$job"';

/** An expression aggregated by some labels. */
export function newestOf(labels: string, expr: string, aggregation: 'max' | 'sum' = 'max'): string {
  return `${aggregation} by (${labels}) (${expr})`;
}

/** A gauge of each exporter. */
export function newest(metric: string): string {
  return newestOf('instance', `${metric}{${ofJob}}`);
}
