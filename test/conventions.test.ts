import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { filesBelow, root } from './source-files.ts';

const code = ['packages', 'examples', 'bench', 'test'].flatMap((folder) => filesBelow(folder, ['.ts', '.js', '.cjs']));
const read = (path: string): string => readFileSync(join(root, path), 'utf8');

describe('files', () => {
  it('are named in kebab-case', () => {
    const bad = code.filter(
      (path) =>
        !/^[a-z0-9]+(-[a-z0-9]+)*(\.(test|bench|config|generated|d))*\.(ts|js|cjs)$/.test(path.split('/').at(-1)!),
    );
    expect(bad).toEqual([]);
  });

  it('stay below 400 lines, catalogues, generated files and tests aside', () => {
    const long = code.filter(
      (path) => !/(\.test\.ts|\.generated\.ts|catalog[^/]*\.ts)$/.test(path) && read(path).split('\n').length > 401,
    );
    expect(long).toEqual([]);
  });

  it('hold nothing undone and no test that does not run', () => {
    const marker = new RegExp(
      `\\b(${['TO', 'DO'].join('')}|FIX${'ME'}|X${'XX'})\\b|\\b(it|test|describe)\\.(skip|only|to${'do'})\\(`,
    );
    expect(code.filter((path) => marker.test(read(path)))).toEqual([]);
  });
});

describe('tests', () => {
  it('give toMatchObject no regular expression, which it takes for an object without properties', () => {
    const found = code.filter((path) => {
      const [, ...calls] = read(path).split('.toMatchObject(');
      return calls.some((rest) => /^[^;]*?[:[,]\s*\/(?![/*])/.test(rest.split(');')[0]!));
    });
    expect(found).toEqual([]);
  });
});

describe('the lock file', () => {
  it('names no registry', () => {
    const lock = JSON.parse(read('package-lock.json')) as {
      packages: Record<string, { resolved?: string; link?: boolean }>;
    };
    expect(Object.entries(lock.packages).filter(([, entry]) => entry.resolved !== undefined && !entry.link)).toEqual(
      [],
    );
  });

  it('holds one version of each OpenTelemetry package, except under the archived Jaeger exporter', () => {
    const lock = JSON.parse(read('package-lock.json')) as { packages: Record<string, { version?: string }> };
    const nested = Object.keys(lock.packages).filter((path) =>
      /node_modules\/.*node_modules\/@opentelemetry\//.test(path),
    );
    expect(nested.filter((path) => !path.includes('exporter-jaeger'))).toEqual([]);
  });
});

describe('the packages', () => {
  const manifests = filesBelow('packages', ['package.json']).concat(filesBelow('examples', ['package.json']));

  it('pin every dependency exactly, except peers', () => {
    const loose = manifests.concat('package.json', 'bench/package.json').flatMap((path) => {
      const manifest = JSON.parse(read(path)) as Record<string, Record<string, string> | undefined>;
      return ['dependencies', 'devDependencies'].flatMap((kind) =>
        Object.entries(manifest[kind] ?? {})
          .filter(([, version]) => !/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version))
          .map(([name, version]) => `${path}: ${name}@${version}`),
      );
    });
    expect(loose).toEqual([]);
  });

  it('are described in a README of their own', () => {
    const tracked = new Set(
      execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], {
        cwd: root,
        encoding: 'utf8',
      }).split('\n'),
    );
    expect(
      manifests.map((path) => path.replace('package.json', 'README.md')).filter((path) => !tracked.has(path)),
    ).toEqual([]);
  });
});
