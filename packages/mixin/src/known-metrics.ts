import { type Catalog, type FamilyDeclaration, translateName } from '@alex/openmetrics';
import { parsePromql } from './promql.ts';
import type { Rule, System } from './system.ts';

/** A name that a query may read. */
export interface KnownMetric {
  readonly name: string;
  /** The system whose catalogue or rules declare it. */
  readonly system: string;
  readonly labels: ReadonlySet<string>;
  /** It only grows: a counter, or a part of a histogram. */
  readonly cumulative: boolean;
  /** The key of its family in the catalogue; absent for recorded and built-in series. */
  readonly family?: string;
}

/** Labels that a scrape adds to every series. */
const targetLabels = ['job', 'instance'];

const builtIn: readonly KnownMetric[] = [
  ['up', []],
  ['scrape_duration_seconds', []],
  ['scrape_samples_scraped', []],
  ['scrape_samples_post_metric_relabeling', []],
  ['scrape_series_added', []],
  ['ALERTS', ['alertname', 'alertstate', 'severity']],
].map(([name, labels]) => ({
  name: name as string,
  system: '',
  labels: new Set([...targetLabels, ...(labels as string[])]),
  cumulative: false,
}));

/** Every name that the catalogues and recording rules of the systems declare, by name. */
export function knownMetrics(systems: readonly System[]): ReadonlyMap<string, KnownMetric> {
  const known = new Map(builtIn.map((metric) => [metric.name, metric]));
  for (const { name, catalogue, alsoEmits = {} } of systems)
    for (const metric of [...declared(name, catalogue), ...declared(name, alsoEmits)]) known.set(metric.name, metric);
  for (const { name, rules } of systems)
    for (const rule of rules.flatMap((group) => group.rules))
      if ('record' in rule) known.set(rule.record, recorded(name, rule, known));
  return known;
}

/** The names on the wire of every family of a catalogue. */
function declared(system: string, catalogue: Catalog): KnownMetric[] {
  return Object.entries(catalogue).flatMap(([family, declaration]) =>
    wireNames(declaration).map(({ name, extra = [], cumulative = false }) => ({
      name,
      system,
      family,
      cumulative,
      labels: new Set([...targetLabels, ...(declaration.labelNames ?? []), ...extra]),
    })),
  );
}

interface WireSeries {
  readonly name: string;
  readonly extra?: readonly string[];
  readonly cumulative?: boolean;
}

function wireNames(declaration: FamilyDeclaration): WireSeries[] {
  const { name, sampleName } = translateName(declaration, 'UnderscoreEscapingWithSuffixes');
  switch (declaration.type) {
    case 'counter':
      return [{ name: sampleName ?? `${name}_total`, cumulative: true }];
    case 'histogram':
      return [
        { name: `${name}_bucket`, extra: ['le'], cumulative: true },
        { name: `${name}_sum`, cumulative: true },
        { name: `${name}_count`, cumulative: true },
      ];
    case 'info':
      return [{ name: sampleName ?? (name.endsWith('_info') ? name : `${name}_info`) }];
    case 'stateset':
      return [{ name: sampleName ?? name, extra: [name] }];
    default:
      return [{ name: sampleName ?? name }];
  }
}

function recorded(
  system: string,
  rule: Rule & { readonly record: string },
  known: ReadonlyMap<string, KnownMetric>,
): KnownMetric {
  const { selectors, made } = parsePromql(rule.expr);
  const labels = selectors.flatMap(({ keeps, around, metric }) => {
    if (keeps) return keeps;
    return around.some((name) => ['sum', 'avg', 'max', 'min', 'count'].includes(name))
      ? []
      : [...(known.get(metric ?? '')?.labels ?? [])];
  });
  return {
    name: rule.record,
    system,
    labels: new Set([...labels, ...made, ...Object.keys(rule.labels ?? {})]),
    cumulative: false,
  };
}
