import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type Catalog, translateName } from '@alex/openmetrics';
import { beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { command } from '../packages/cli/src/main.ts';
import { catalog, dropReasons, spanNames } from '../packages/obs/src/catalog.ts';
import { keys } from '../packages/obs/src/config/keys.ts';
import { resolveConfiguration } from '../packages/obs/src/config/resolve.ts';
import { errorCodes } from '../packages/obs/src/errors.ts';
import type { Command } from '../packages/service/src/index.ts';
import { flagOf } from '../packages/service/src/options/declaration.ts';
import { ambient } from './docs-ambient.ts';
import { anchorsOf, type CodeBlock, codeIn, codeSpansIn, linksIn } from './markdown.ts';
import { filesBelow, root } from './source-files.ts';

const read = (path: string): string => readFileSync(join(root, path), 'utf8');
const pages = ['README.md', 'CONTRIBUTING.md', 'AGENTS.md']
  .concat(...['docs', 'packages', 'examples', 'test', 'deployments'].map((folder) => filesBelow(folder, ['.md'])))
  // What the example agent reads is no document of ours.
  .filter((path) => !path.startsWith('examples/agent/workspace/'));
const texts = new Map(pages.map((path) => [path, read(path)]));
const blocks: readonly CodeBlock[] = [...texts].flatMap(([path, text]) => codeIn(path, text));

/** Everything in the pages that `find` gives and `isKnown` does not know, with its page. */
function unknown(
  find: (text: string) => readonly string[],
  isKnown: (found: string, page: string) => boolean,
): string[] {
  return [...texts].flatMap(([path, text]) => [
    ...new Set(
      find(text)
        .filter((one) => !isKnown(one, path))
        .map((one) => `${path}: ${one}`),
    ),
  ]);
}

const matches = (text: string, pattern: RegExp): string[] => [...text.matchAll(pattern)].map((match) => match[0]);

describe('links', () => {
  it('lead to a file of the repository, and to a heading in it', () => {
    const broken = [...texts].flatMap(([path, text]) =>
      linksIn(text)
        .filter((link) => !/^[a-z]+:/.test(link))
        .filter((link) => {
          const [file = '', anchor] = link.split('#');
          const target = file === '' ? path : join(dirname(path), file);
          if (!existsSync(join(root, target))) return true;
          return anchor !== undefined && !anchorsOf(read(target)).includes(anchor);
        })
        .map((link) => `${path}: ${link}`),
    );
    expect(broken).toEqual([]);
  });

  it('in words name files that exist', () => {
    const find = (text: string): readonly string[] =>
      codeSpansIn(text).filter((span) =>
        /^(packages|examples|test|docs|bench)\/[\w./-]+\.(ts|cjs|js|json|md)$/.test(span),
      );
    expect(unknown(find, (path) => existsSync(join(root, path)))).toEqual([]);
  });
});

describe('names', () => {
  const families = Object.values(catalog as Catalog).flatMap((declaration) => {
    const { name, sampleName } = translateName(declaration, 'UnderscoreEscapingWithSuffixes');
    if (declaration.type === 'counter') return [name, sampleName ?? `${name}_total`, `${name}_created`];
    if (declaration.type !== 'histogram') return [name];
    return ['', '_bucket', '_sum', '_count', '_created'].map((suffix) => name + suffix);
  });
  /** The page of the engine tells how one family is called by each strategy. */
  const strategies = ['UnderscoreEscapingWithoutSuffixes', 'NoUTF8EscapingWithSuffixes', 'NoTranslation'] as const;
  const byOtherStrategies = strategies.flatMap((strategy) =>
    Object.values(catalog as Catalog).flatMap((declaration) => {
      const { name, sampleName } = translateName(declaration, strategy);
      return [name, sampleName ?? (declaration.type === 'counter' ? `${name}_total` : name)];
    }),
  );
  const isTranslated = (page: string, name: string): boolean =>
    page === 'packages/openmetrics/README.md' && byOtherStrategies.includes(name);
  const sources = filesBelow('packages/obs/src', ['.ts'])
    .filter((path) => !path.endsWith('.test.ts'))
    .map(read)
    .join('\n');

  it('of metrics are in the catalogue', () => {
    const find = (text: string): string[] => matches(text, /(?<![\w/.-])alex_[a-z_]+/g);
    const isKnown = (found: string, page: string): boolean =>
      families.includes(found) ||
      isTranslated(page, found) ||
      (found.endsWith('_') && families.some((name) => name.startsWith(found)));
    expect(unknown(find, isKnown)).toEqual([]);
  });

  it('of spans, instruments and attributes are in the source', () => {
    const names: readonly string[] = [...Object.values(catalog).map(({ name }) => name), ...Object.values(spanNames)];
    const find = (text: string): string[] => matches(text, /(?<![\w/~.-])(?:alex|gen_ai)\.[a-z_.]*[a-z](?![\w*/])/g);
    expect(
      unknown(
        find,
        (found, page) => names.includes(found) || isTranslated(page, found) || sources.includes(`'${found}'`),
      ),
    ).toEqual([]);
  });

  it('of configuration keys exist', () => {
    const paths = keys.map(({ path }) => path);
    const find = (text: string): string[] =>
      codeSpansIn(text).flatMap((span) => /^((?:logging|metrics|tracing)\.[a-z_.]+)(?:: .*)?$/.exec(span)?.[1] ?? []);
    const isKnown = (found: string): boolean =>
      paths.some((path) => path === found || path.startsWith(`${found}.`)) || found === 'metrics.pricing.default';
    expect(unknown(find, isKnown)).toEqual([]);
  });

  it('of environment variables are those of configuration keys and of the compose files', () => {
    const composed = filesBelow('deployments', ['.yml']).flatMap((path) =>
      matches(read(path), /(?<=\$\{)ALEX_[A-Z_]+/g),
    );
    const variables = new Set(keys.flatMap(({ env }) => env ?? []).concat('ALEX_OBSERVABILITY_CONFIG', composed));
    expect(
      unknown(
        (text) => matches(text, /(?<!\w)ALEX_[A-Z_]+/g),
        (found) => variables.has(found),
      ),
    ).toEqual([]);
  });
});

describe('every', () => {
  it('configuration key is documented', () => {
    const page = texts.get('docs/configuration.md');
    expect(keys.map(({ path }) => path).filter((path) => !page?.includes(`| \`${path}\` |`))).toEqual([]);
  });

  it('error code and reason is documented', () => {
    const page = texts.get('docs/errors.md') ?? '';
    const servers = matches(
      /MetricsServerErrorCode = ([^;]+);/.exec(read('packages/openmetrics/src/http/errors.ts'))?.[1] ?? '',
      /[A-Z_]+/g,
    );
    expect(servers.length).toBeGreaterThan(2);
    const rows = [...errorCodes, ...servers].filter((code) => !page.includes(`\`${code}\``));
    const reasons = dropReasons.filter((reason) => !page.includes(`| \`${reason}\` |`));
    expect([...rows, ...reasons]).toEqual([]);
    expect(matches(page, /^\| `[A-Z_]+`/gm).map((row) => row.slice(3, -1))).toEqual(
      expect.arrayContaining(['CONFIG_INVALID', 'PORT_TAKEN']),
    );
    const known: readonly string[] = [...errorCodes, ...servers];
    const invented = matches(page, /(?<=^\| `)[A-Z_]+(?=` \|)/gm).filter((code) => !known.includes(code));
    expect(invented).toEqual([]);
  });

  it('package and page is in an index', () => {
    const index = texts.get('docs/README.md') ?? '';
    const missing = pages
      .filter((path) => /^docs\/[^/]+\.md$/.test(path) && path !== 'docs/README.md')
      .filter((path) => !index.includes(`(${path.slice('docs/'.length)})`));
    expect(missing).toEqual([]);
    const records = texts.get('docs/decisions/README.md') ?? '';
    const unlisted = pages.filter(
      (path) => /^docs\/decisions\/\d/.test(path) && !records.includes(`(${path.slice('docs/decisions/'.length)})`),
    );
    expect(unlisted).toEqual([]);
  });
});

describe('commands', () => {
  const code = [...texts].flatMap(([path, text]) =>
    [...codeSpansIn(text), ...codeIn(path, text).flatMap((block) => block.text.split('\n'))].map((line) => ({
      path,
      line,
    })),
  );

  it('of npm exist', () => {
    const scripts = (folder: string): Record<string, string> =>
      (JSON.parse(read(join(folder, 'package.json'))) as { scripts: Record<string, string> }).scripts;
    const missing = code.filter(({ line }) => {
      const [, script] = /\bnpm (?:run (?:-s )?)?(start:?\w*|test|(?<=run (?:-s )?)[\w:-]+)/.exec(line) ?? [];
      const folder = /--workspace[ =](examples\/\w+)/.exec(line)?.[1] ?? '.';
      return script !== undefined && scripts(folder)[script] === undefined;
    });
    expect(missing).toEqual([]);
  });

  it('of alex-obs exist, with their options', async () => {
    const wrong: string[] = [];
    for (const { path, line } of code) {
      const [, called] = /(?:^|\$ |npx |\$\(|\| )alex-obs ([a-z][^|)#]*)/.exec(line) ?? [];
      if (called !== undefined && !(await accepts(called.trim().split(/\s+/)))) wrong.push(`${path}: ${line}`);
    }
    expect(wrong).toEqual([]);
  });
});

/** Whether these words lead to a command of `alex-obs`, and it knows the options among them. */
async function accepts(words: readonly string[]): Promise<boolean> {
  let reached: Command = command;
  for (const word of words) {
    if (!/^[a-z][a-z-]*$/.test(word) || reached.subcommands === undefined) break;
    const found = reached.subcommands.find(({ name }) => name === word);
    if (found === undefined) return false;
    reached = 'load' in found ? await found.load() : found;
  }
  const options = reached.options ?? {};
  const flags = Object.entries(options).map(([key, declaration]) => flagOf(key, declaration));
  const known = new Set([...flags, 'help', 'version', ...('json' in reached ? ['json'] : [])]);
  return words.filter((word) => word.startsWith('--')).every((word) => known.has(word.slice(2).split('=')[0]!));
}

describe('code', () => {
  it('in YAML is valid; configurations are understood without a complaint', () => {
    const folder = mkdtempSync(join(tmpdir(), 'alex-docs-'));
    const path = join(folder, 'config.yaml');
    const problems = blocks
      .filter(({ language }) => language === 'yaml')
      .flatMap(({ place, text }) => {
        const content = parse(text) as object | null;
        if (content === null || !('observability' in content)) return [];
        writeFileSync(path, text);
        return resolveConfiguration({ configPath: path, env: {} }).problems.map(
          ({ message }) => `${place}: ${message}`,
        );
      });
    rmSync(folder, { recursive: true });
    expect(problems).toEqual([]);
  });

  const typescript = blocks.filter(({ language }) => language === 'ts');
  // Inside of the repository, so that packages resolve; one run of the compiler for all pages.
  const folder = join(root, 'node_modules/.cache/docs');
  let output = '';
  beforeAll(() => {
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
    const files = typescript.map(({ text }, index) => {
      writeFileSync(join(folder, `block-${index}.ts`), `${text}\nexport {};\n`);
      return `block-${index}.ts`;
    });
    writeFileSync(join(folder, 'ambient.d.ts'), ambient);
    const compilerOptions = { isolatedDeclarations: false, declaration: false, noUnusedLocals: false };
    writeFileSync(
      join(folder, 'tsconfig.json'),
      JSON.stringify({
        extends: '../../../tsconfig.json',
        compilerOptions,
        files: [...files, 'ambient.d.ts'],
        include: [],
      }),
    );
    try {
      execFileSync(join(root, 'node_modules/.bin/tsc'), ['-p', folder], {
        cwd: folder,
        encoding: 'utf8',
        stdio: 'pipe',
      });
    } catch (error) {
      output = (error as { stdout: string }).stdout;
    }
  }, 60_000);

  it.each(typescript.map(({ place }, index) => ({ place, index })))('in TypeScript at $place compiles', ({ index }) => {
    expect(output.split('\n').filter((line) => line.startsWith(`block-${index}.ts`))).toEqual([]);
  });

  it('in TypeScript meets no other error of the compiler', () => {
    expect(output.split('\n').filter((line) => /^\S+\(\d/.test(line) && !line.startsWith('block-'))).toEqual([]);
  });
});
