import { expressionsOf } from './expressions.ts';
import { type KnownMetric, knownMetrics } from './known-metrics.ts';
import { parsePromql, type Selector } from './promql.ts';
import type { System } from './system.ts';

/** Everything that dashboards and rules read but no catalogue declares: metrics, suffixes, labels. Empty when all is well. */
export function contractViolations(systems: readonly System[]): string[] {
  const known = knownMetrics(systems);
  return systems.flatMap((system) =>
    expressionsOf(system).flatMap(({ where, expr, legend }) => {
      const { selectors, groupedBy, made } = parsePromql(expr);
      const labels = new Set([...made, ...selectors.flatMap((one) => labelsOf(one, known))]);
      const legendLabels = [...(legend ?? '').matchAll(/\{\{\s*(\w+)\s*\}\}/g)].map((match) => match[1]!);
      return [
        ...selectors.flatMap((selector) => unknownIn(selector, known).map((text) => `${where}: ${text}`)),
        ...[...groupedBy, ...legendLabels]
          .filter((label) => !labels.has(label))
          .map((label) => `${where}: no metric in it has the label ${label}`),
      ];
    }),
  );
}

function labelsOf({ metric }: Selector, known: ReadonlyMap<string, KnownMetric>): string[] {
  return [...(known.get(metric ?? '')?.labels ?? [])];
}

function unknownIn({ metric, matchers }: Selector, known: ReadonlyMap<string, KnownMetric>): string[] {
  if (metric === undefined) return ['a selector without a metric name'];
  const found = known.get(metric);
  if (!found) return [`nothing declares ${metric}`];
  return matchers.filter(({ label }) => !found.labels.has(label)).map(({ label }) => `${metric} has no label ${label}`);
}

/** Families that nothing reads and nobody listed as unused, and listed ones that are read after all or do not exist. */
export function unreadFamilies(systems: readonly System[]): string[] {
  const known = knownMetrics(systems);
  const read = new Set(
    systems
      .flatMap(expressionsOf)
      .flatMap(({ expr }) => parsePromql(expr).selectors)
      .flatMap(({ metric }) => {
        const found = known.get(metric ?? '');
        return found ? [`${found.system}.${found.family}`] : [];
      }),
  );
  return systems.flatMap(({ name, catalogue, unused = {} }) => [
    ...Object.keys(catalogue)
      .filter((family) => !read.has(`${name}.${family}`) && !(family in unused))
      .map((family) => `${name}: nothing reads ${family}`),
    ...Object.keys(unused)
      .filter((family) => read.has(`${name}.${family}`) || !(family in catalogue))
      .map((family) => `${name}: ${family} is listed as unused but is read or does not exist`),
  ]);
}
