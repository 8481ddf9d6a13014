import { closeSync, fstatSync, openSync, readFileSync, statSync } from 'node:fs';
import type { Document, LineCounter, Node } from 'yaml';
import { load } from '../load.ts';
import type { ConfigProblem } from './configuration.ts';
import { type Item, type Place, walk } from './walk.ts';

const maximumBytes = 1_048_576;
/** How often one value may use aliases: more is a "billion laughs" file. */
const maximumAliases = 100;

/** A configuration file as it was read. `values` is empty when the file cannot be used as a whole. */
export interface ConfigFile {
  readonly exists: boolean;
  /** False when the file as a whole could not be read or parsed. */
  readonly usable: boolean;
  readonly values: ReadonlyMap<string, unknown>;
  readonly problems: readonly ConfigProblem[];
}

/** Reads what a file says below `observability`. Never throws; `yaml` is loaded only when the file exists. */
export function readConfigFile(file: string): ConfigFile {
  let text: string | undefined;
  try {
    text = readText(file);
  } catch (error) {
    return unusable(
      'CONFIG_UNREADABLE',
      `${file}: cannot be read: ${(error as Error).message}; defaults are used`,
      file,
    );
  }
  if (text === undefined) return { exists: false, usable: true, values: new Map(), problems: [] };
  try {
    return parseText(text, file);
  } catch (error) {
    return unusable('CONFIG_SYNTAX', `${file}: cannot be parsed: ${(error as Error).message}; defaults are used`, file);
  }
}

/** The text of a file, `undefined` where there is none. Throws when it is no file, too large or not readable. */
export function readText(file: string): string | undefined {
  try {
    // A pipe in place of the file would block on opening.
    if (!statSync(file).isFile()) throw new Error('it is not a file');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw error;
  }
  const descriptor = openSync(file, 'r');
  try {
    const { size } = fstatSync(descriptor);
    if (size > maximumBytes) throw new Error(`it has ${size} bytes, more than ${maximumBytes} are not read`);
    return readFileSync(descriptor, 'utf8').replace(/^\uFEFF/, '');
  } finally {
    closeSync(descriptor);
  }
}

function unusable(code: ConfigProblem['code'], message: string, file: string, place: Place = {}): ConfigFile {
  const problem: ConfigProblem = { severity: 'error', code, message, file, ...place };
  return { exists: true, usable: false, values: new Map(), problems: [problem] };
}

function parseText(text: string, file: string): ConfigFile {
  const yaml = load<typeof import('yaml')>('yaml');
  const lines = new yaml.LineCounter();
  // Duplicates are judged below `observability` only: the rest of the file is the agent's.
  const document = yaml.parseDocument(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: false });
  const problems: ConfigProblem[] = [];
  for (const { code, message, pos } of document.errors) {
    const place = placeOf(lines, pos[0]);
    if (code !== 'MULTIPLE_DOCS') return unusable('CONFIG_SYNTAX', syntaxMessage(file, place, message), file, place);
    const hint = `${file}:${place.line}:${place.column}: only the first document of the file is read`;
    problems.push({ severity: 'warning', message: hint, file, ...place });
  }
  const root = document.contents as Node | null;
  if (root === null || (yaml.isScalar(root) && root.value === null)) {
    return { exists: true, usable: true, values: new Map(), problems };
  }
  const top = nodeItem({ yaml, document, lines }, root);
  const entries = top.entries();
  if (entries === undefined) {
    const place = placeOf(lines, root.range?.[0]);
    return unusable('CONFIG_SYNTAX', syntaxMessage(file, place, 'The file must be a mapping at the top'), file, place);
  }
  const sections = entries.filter(([name]) => name === 'observability');
  if (sections.length > 1) {
    const [, , place] = sections[1]!;
    return unusable(
      'CONFIG_SYNTAX',
      syntaxMessage(file, place, 'observability stands here a second time'),
      file,
      place,
    );
  }
  const section = sections[0];
  if (section === undefined) return { exists: true, usable: true, values: new Map(), problems };
  const walked = walk(section[1], 'observability.', file);
  return { exists: true, usable: true, values: walked.values, problems: [...problems, ...walked.problems] };
}

function syntaxMessage(file: string, place: Place, message: string): string {
  return `${file}:${place.line}:${place.column}: ${message}; defaults are used`;
}

function placeOf(lines: LineCounter, offset: number | undefined): Place {
  const { line, col } = lines.linePos(offset ?? 0);
  return { line, column: col };
}

interface Parsed {
  readonly yaml: typeof import('yaml');
  readonly document: Document;
  readonly lines: LineCounter;
}

function nodeItem(parsed: Parsed, node: Node | null): Item {
  const { yaml, document, lines } = parsed;
  const target = yaml.isAlias(node) ? (node.resolve(document) ?? null) : node;
  return {
    value: () => (node === null ? null : node.toJS(document, { maxAliasCount: maximumAliases })),
    entries() {
      if (!yaml.isMap(target)) return undefined;
      return target.items.map(({ key, value }) => {
        const name = yaml.isScalar(key) ? String(key.value) : String(key);
        const place = placeOf(lines, (key as Node | null)?.range?.[0]);
        return [name, nodeItem(parsed, value as Node | null), place] as const;
      });
    },
  };
}
