import { type FamilyDeclaration, translateName } from '@alex/openmetrics';
import { catalog } from '../catalog.ts';

const begin = '<!-- generated: the tables below are written by npm run generate -->';
const end = '<!-- end of generated -->';

const introduction = `# Metrics

Everything that \`@alex/obs\` measures, under the names that Prometheus knows. The same series come from the scrape
endpoint and, with \`metrics.exporter: otlp\`, from the push: names follow Prometheus' own translation of OpenTelemetry
names (\`UnderscoreEscapingWithSuffixes\`).

* Durations are milliseconds in the TypeScript API and seconds in every metric.
* \`status\` is \`success\`, \`error\`, \`cancelled\` or \`other\`; the counters of the first three exist with 0 as soon as a model or
  tool is seen.
* \`model\` is the model that was asked for. Past \`metrics.limits.label_values\` distinct models or tools, new ones are
  counted as \`other\`.
* Input tokens are the provider's total, cached ones included; cost is computed on the disjoint parts. Prices are
  estimates, unless the provider reports the cost itself. A model without a price costs nothing here and is counted in
  \`alex_cost_unpriced_requests_total\`.
* Histograms and counters carry exemplars: the trace of one request per bucket and scrape, when it was sampled.
* Labels of \`metrics.labels\` are on every series.
`;

const processMetrics = `## The process

\`process_*\` and \`nodejs_*\` of \`@alex/openmetrics/process\`: CPU time, memory, event loop delay, garbage collection and
open handles, under the names that other Prometheus clients use.
`;

type Row = readonly [key: string, declaration: FamilyDeclaration];

function wireNames(declaration: FamilyDeclaration): string {
  const { name, sampleName } = translateName(declaration, 'UnderscoreEscapingWithSuffixes');
  if (declaration.type === 'counter') return `\`${sampleName ?? `${name}_total`}\``;
  if (declaration.type === 'histogram') return `\`${name}_bucket\`, \`_sum\`, \`_count\``;
  return `\`${name}\``;
}

function table(rows: readonly Row[]): string {
  const lines = rows.map(([, declaration]) => {
    const { name, type, unit = '', labelNames = [], help } = declaration;
    const labels = labelNames.map((label) => `\`${label}\``).join(', ');
    const kind = type === 'updowncounter' ? 'up-down counter' : type;
    return `| ${wireNames(declaration)} | \`${name}\` | ${kind} | ${unit === '' ? '' : `\`${unit}\``} | ${labels} | ${help} |`;
  });
  return ['| In Prometheus | In OpenTelemetry | Type | Unit | Labels | |', '|---|---|---|---|---|---|', ...lines].join(
    '\n',
  );
}

function bounds(rows: readonly Row[]): string {
  const lines = rows.flatMap(([, { type, name, unit = '', buckets = [] }]) =>
    type === 'histogram' ? [`| \`${name}\` | ${buckets.join(', ')} | \`${unit}\` |`] : [],
  );
  return ['| Histogram | Upper bounds | Unit |', '|---|---|---|', ...lines].join('\n');
}

/** The page `docs/metrics.md`, made of the catalogue. Written and compared by `test/generated.ts`. */
export function generateMetricsPage(): { readonly path: string; readonly content: string } {
  const rows: readonly Row[] = Object.entries(catalog);
  const own = ([, { name }]: Row): boolean => name.startsWith('alex.obs.');
  const sections = [
    introduction,
    begin,
    '',
    '## The agent',
    '',
    table(rows.filter((row) => !own(row))),
    '',
    '## The SDK itself',
    '',
    table(rows.filter(own)),
    '',
    '## Buckets',
    '',
    bounds(rows),
    '',
    end,
    '',
    processMetrics,
  ];
  return { path: 'docs/metrics.md', content: sections.join('\n') };
}
