import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseSync } from 'oxc-parser';

export const root: string = fileURLToPath(new URL('..', import.meta.url));

const skipped = new Set(['node_modules', 'dist', '.git', '.turbo', 'coverage']);

/** Files of the repository below `folder` whose name ends in one of `endings`, relative to the root, with `/`. */
export function filesBelow(folder: string, endings: readonly string[]): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true })
    .flatMap((entry) => {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) return skipped.has(entry.name) ? [] : filesBelow(path, endings);
      return endings.some((ending) => entry.name.endsWith(ending)) ? [relative('.', path).replaceAll('\\', '/')] : [];
    })
    .sort();
}

export interface Import {
  readonly from: string;
  readonly specifier: string;
  /** Only types cross: nothing is loaded at run time. */
  readonly typeOnly: boolean;
  /** An import or export statement, `import()`, or a call of `load`. */
  readonly how: 'statement' | 'dynamic' | 'load';
}

export interface SourceFile {
  readonly path: string;
  readonly text: string;
  readonly imports: readonly Import[];
  /** `export * from`, and default exports. */
  readonly starExports: number;
  readonly defaultExports: number;
}

/** Reads one TypeScript file's imports and exports with a real parser. */
export function readSource(path: string): SourceFile {
  const text = readFileSync(join(root, path), 'utf8');
  const { module } = parseSync(path, text);
  const imports: Import[] = [];
  let starExports = 0;
  let defaultExports = 0;
  for (const statement of module.staticImports) {
    // `import { type A } from` loads the module all the same: types are stripped, the statement stays.
    const typeOnly = /^import\s+type\b/.test(text.slice(statement.start, statement.start + 40));
    imports.push({ from: path, specifier: statement.moduleRequest.value, typeOnly, how: 'statement' });
  }
  for (const statement of module.staticExports) {
    for (const entry of statement.entries) {
      if (entry.importName.kind === 'AllButDefault') starExports++;
      if (entry.exportName.kind === 'Default') defaultExports++;
      if (entry.moduleRequest)
        imports.push({ from: path, specifier: entry.moduleRequest.value, typeOnly: entry.isType, how: 'statement' });
    }
  }
  for (const dynamic of module.dynamicImports) {
    const argument = text.slice(dynamic.moduleRequest.start, dynamic.moduleRequest.end);
    const literal = /^['"](.+)['"]$/.exec(argument);
    if (literal?.[1]) imports.push({ from: path, specifier: literal[1], typeOnly: false, how: 'dynamic' });
  }
  for (const match of text.matchAll(/\bload(?:<[^()]*>)?\(\s*'([^']+)'\s*\)/g)) {
    imports.push({ from: path, specifier: match[1]!, typeOnly: false, how: 'load' });
  }
  return { path, text, imports, starExports, defaultExports };
}

/** Where a relative import leads, relative to the root; `undefined` for a package. */
export function resolveRelative({ from, specifier }: Import): string | undefined {
  if (!specifier.startsWith('.')) return undefined;
  return relative(root, join(root, from, '..', specifier)).replaceAll('\\', '/');
}
