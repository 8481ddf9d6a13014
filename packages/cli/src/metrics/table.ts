import type { HistogramPoint, Label, MetricFamily, Series } from '@alex/openmetrics';
import type { Paint } from '@alex/service';

export interface TableOptions {
  readonly paint: Paint;
  /** Series per family that are shown. */
  readonly maximumSeries: number;
}

/** Families with their series as lines for reading: values aligned, histograms as count, mean and quantiles. */
export function* formatFamilies(families: readonly MetricFamily[], options: TableOptions): Generator<string> {
  const { paint, maximumSeries } = options;
  for (const family of families) {
    const kind = family.unit === '' ? family.type : `${family.type}, ${family.unit}`;
    yield `${paint('bold', family.name)} ${paint('dim', `(${kind})`)} ${family.help}`.trimEnd();
    const rows = [...(family.series as Iterable<Series<unknown>>)].map(
      ({ labels, point }) => [labelText(labels), pointText(family.type, point)] as const,
    );
    const width = Math.min(Math.max(...rows.slice(0, maximumSeries).map(([labels]) => labels.length), 0), 60);
    for (const [labels, value] of rows.slice(0, maximumSeries)) {
      yield labels === '' ? `  ${value}` : `  ${paint('cyan', labels.padEnd(width))}  ${value}`;
    }
    if (rows.length > maximumSeries) yield paint('dim', `  and ${rows.length - maximumSeries} more series (--all)`);
    if (rows.length === 0) yield paint('dim', '  no series yet');
  }
}

/** The upper bound of the bucket that holds the quantile: what `histogram_quantile` rounds up to. */
function quantileBound({ bounds, counts }: HistogramPoint, quantile: number): number | undefined {
  const all = Array.from(counts);
  const total = all.reduce((sum, count) => sum + count, 0);
  if (total === 0) return undefined;
  let seen = 0;
  for (const [index, count] of all.entries()) {
    seen += count;
    if (seen >= quantile * total) return bounds[index] ?? Number.POSITIVE_INFINITY;
  }
  return Number.POSITIVE_INFINITY;
}

function labelText(labels: readonly Label[]): string {
  return labels
    .map(([name, value]) => `${name}=${/[\s=]/.test(value) || value === '' ? JSON.stringify(value) : value}`)
    .join(' ');
}

function pointText(type: MetricFamily['type'], point: unknown): string {
  switch (type) {
    case 'histogram':
    case 'gaugehistogram':
      return histogramText(point as HistogramPoint);
    case 'summary': {
      const { count, sum } = point as { readonly count?: number; readonly sum?: number };
      return `count ${numberText(count ?? 0)}  sum ${numberText(sum ?? 0)}`;
    }
    case 'info':
      return labelText((point as { readonly info: readonly Label[] }).info);
    case 'stateset': {
      const { states } = point as { readonly states: readonly { readonly name: string; readonly enabled: boolean }[] };
      return states.map(({ name, enabled }) => (enabled ? `[${name}]` : name)).join(' ');
    }
    default:
      return numberText((point as { readonly value: number }).value);
  }
}

function histogramText(point: HistogramPoint): string {
  const count = Array.from(point.counts).reduce((sum, each) => sum + each, 0);
  if (count === 0) return 'count 0';
  const mean = point.sum === undefined ? '' : `  mean ${numberText(point.sum / count)}`;
  const bound = (quantile: number): string => {
    const value = quantileBound(point, quantile)!;
    return value === Number.POSITIVE_INFINITY ? `> ${point.bounds.at(-1) ?? '?'}` : `<= ${value}`;
  };
  return `count ${numberText(count)}${mean}  p50 ${bound(0.5)}  p95 ${bound(0.95)}`;
}

function numberText(value: number): string {
  return Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(6)));
}
