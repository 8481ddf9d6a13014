import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Key, keys } from './keys.ts';
import { jsonSchema } from './schema.ts';

/** A file that is committed and made from the table of keys; `path` is relative to the root of the repository. */
export interface GeneratedFile {
  readonly path: string;
  readonly content: string;
}

const begin = '<!-- generated from packages/obs/src/config/keys.ts -->';
const end = '<!-- end of the generated part -->';

/** The JSON Schema and the docs page as they should be; what is written by hand in the page is read from `root`. */
export function generatedFiles(root: string): readonly GeneratedFile[] {
  const page = 'docs/configuration.md';
  const [before, rest] = readFileSync(join(root, page), 'utf8').split(begin);
  const after = rest?.split(end)[1];
  if (before === undefined || after === undefined) throw new Error(`${page} has lost the marks of its generated part`);
  return [
    { path: 'packages/obs/config.schema.json', content: `${JSON.stringify(jsonSchema(), undefined, 2)}\n` },
    { path: page, content: `${before}${begin}\n\n${configurationTable()}\n${end}${after}` },
  ];
}

/** Every key as a Markdown table. */
function configurationTable(): string {
  const rows = keys.map((key) => {
    const variable = [key.env, key.fallbackEnv].filter((name) => name !== undefined).map((name) => `\`${name}\``);
    const notes = `${key.description}${key.live ? ' Followed while running.' : ''}${key.secret ? ' Shown masked.' : ''}`;
    return [`\`${key.path}\``, typeText(key), defaultText(key), variable.join(', then ') || '-', notes];
  });
  const table = [
    ['Key', 'Type', 'Default', 'Environment', 'What it does'],
    ['---', '---', '---', '---', '---'],
    ...rows,
  ];
  return `${table.map((cells) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`).join('\n')}\n`;
}

function typeText(key: Key): string {
  switch (key.type) {
    case 'choice':
      return key.values.map((value) => `\`${value}\``).join(', ');
    case 'integer':
    case 'number':
      return `${key.type}${rangeText(key)}`;
    case 'string map':
      return key.maximumEntries === undefined ? 'map of texts' : `map of up to ${key.maximumEntries} texts`;
    case 'url':
      return 'URL';
    case 'endpoint':
      return 'host:port or URL';
    case 'buckets':
      return 'ascending numbers';
    case 'pricing':
      return 'map of prices';
    default:
      return key.type;
  }
}

function rangeText({ minimum, maximum }: { readonly minimum?: number; readonly maximum?: number }): string {
  if (minimum !== undefined && maximum !== undefined) return `, ${minimum} to ${maximum}`;
  return minimum === undefined ? '' : `, at least ${minimum}`;
}

function defaultText(key: Key): string {
  if (key.default === undefined) return 'none';
  return `\`${typeof key.default === 'object' ? key.default.join(', ') : key.default}\``;
}
