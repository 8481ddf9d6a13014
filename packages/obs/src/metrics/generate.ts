import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type FamilyDeclaration, translateName } from '@alex/openmetrics';
import { catalog } from '../catalog.ts';

const begin = '<!-- generated: the tables below are written by npm run generate -->';
const end = '<!-- end of generated -->';

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

/** The page `docs/metrics.md` with its tables made of the catalogue; what is written by hand is read from `root`. */
export function generatedFiles(root: string): readonly { readonly path: string; readonly content: string }[] {
  const path = 'docs/metrics.md';
  const [before, rest] = readFileSync(join(root, path), 'utf8').split(begin);
  const after = rest?.split(end)[1];
  if (before === undefined || after === undefined) throw new Error(`${path} has lost the marks of its generated part`);
  return [{ path, content: `${before}${begin}\n\n${tables()}\n\n${end}${after}` }];
}

function tables(): string {
  const rows: readonly Row[] = Object.entries(catalog);
  const own = ([, { name }]: Row): boolean => name.startsWith('alex.obs.');
  return [
    '### The agent',
    table(rows.filter((row) => !own(row))),
    '### The SDK itself',
    table(rows.filter(own)),
    '### Buckets',
    bounds(rows),
  ].join('\n\n');
}
