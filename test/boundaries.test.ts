import { describe, expect, it } from 'vitest';
import { filesBelow, type Import, readSource, resolveRelative, type SourceFile } from './source-files.ts';

const sources: readonly SourceFile[] = ['packages', 'examples', 'bench']
  .flatMap((folder) => filesBelow(folder, ['.ts']))
  .map(readSource);
const production = sources.filter((file) => !file.path.endsWith('.test.ts'));

/** Which packages of the workspace each one may import. Tests obey it too. */
const allowed: Readonly<Record<string, readonly string[]>> = {
  'packages/openmetrics': [],
  'packages/obs': ['@alex/openmetrics', '@alex/exporters/lead-factory'],
  'packages/service': ['@alex/openmetrics'],
  'packages/exporters': ['@alex/openmetrics', '@alex/service'],
  'packages/event-store': ['@alex/openmetrics', '@alex/service'],
  'packages/viewer': ['@alex/openmetrics', '@alex/service', '@alex/obs/catalog'],
  'packages/mixin': [
    '@alex/openmetrics',
    '@alex/openmetrics/testing',
    '@alex/obs/catalog',
    '@alex/exporters/alec/catalog',
    '@alex/exporters/lead-factory/catalog',
    '@alex/exporters/dsfb/catalog',
    '@alex/event-store/catalog',
  ],
  'packages/cli': [
    '@alex/openmetrics',
    '@alex/obs',
    '@alex/service',
    '@alex/exporters',
    '@alex/event-store',
    '@alex/viewer',
    '@alex/example-agent',
  ],
  examples: ['@alex/obs', '@alex/openmetrics', '@alex/service', '@alex/exporters', '@alex/event-store'],
  bench: ['@alex'],
};

function violations(files: readonly SourceFile[], isViolation: (one: Import) => boolean): string[] {
  return files.flatMap((file) => file.imports.filter(isViolation).map((one) => `${one.from} imports ${one.specifier}`));
}

const inside = (folder: string): SourceFile[] => production.filter((file) => file.path.startsWith(`${folder}/`));

describe('packages', () => {
  for (const [folder, permitted] of Object.entries(allowed)) {
    it(`${folder} imports only what its layer may`, () => {
      const files = sources.filter((file) => file.path.startsWith(`${folder}/`));
      const isPermitted = (name: string) => permitted.some((one) => name === one || name.startsWith(`${one}/`));
      expect(violations(files, ({ specifier }) => specifier.startsWith('@alex/') && !isPermitted(specifier))).toEqual(
        [],
      );
    });
  }

  it('reach one another only by name, never by a relative path', () => {
    const owner = (path: string) => path.split('/').slice(0, 2).join('/');
    expect(
      violations(sources, (one) => {
        const target = resolveRelative(one);
        return target !== undefined && owner(target) !== owner(one.from) && !one.from.startsWith('bench/');
      }),
    ).toEqual([]);
  });
});

describe('dependencies', () => {
  it('the core of openmetrics imports nothing, not even node:', () => {
    const core = inside('packages/openmetrics/src').filter(({ path }) => !/\/src\/(http|process|testing)\//.test(path));
    expect(violations(core, ({ specifier }) => !specifier.startsWith('.'))).toEqual([]);
  });

  it('only obs imports OpenTelemetry; programs that use it may name the api', () => {
    const others = production.filter(({ path }) => !/^(packages\/obs|bench)\//.test(path));
    expect(
      violations(
        others,
        ({ specifier }) => specifier.startsWith('@opentelemetry/') && specifier !== '@opentelemetry/api',
      ),
    ).toEqual([]);
  });

  it('only the logging of obs and one file of service load pino', () => {
    const users = new Set(
      production
        .filter((file) => file.imports.some(({ specifier, typeOnly }) => specifier === 'pino' && !typeOnly))
        .map(({ path }) => path)
        .filter((path) => !path.startsWith('packages/obs/src/logging/') && !path.startsWith('bench/')),
    );
    expect([...users].filter((path) => !path.startsWith('packages/service/'))).toEqual([]);
    expect(users.size).toBeLessThanOrEqual(1);
  });

  it('the Grafana SDK is used by one file of mixin', () => {
    const users = production.filter((file) => file.imports.some(({ specifier }) => specifier.startsWith('@grafana/')));
    expect(users.map(({ path }) => path).filter((path) => !path.startsWith('packages/mixin/'))).toEqual([]);
    expect(users.length).toBeLessThanOrEqual(1);
  });
});

describe('inside obs', () => {
  /** What every folder may import; `protobuf` and `transport` are the wire parts that two signals share. */
  const contract = [
    'api',
    'api-values',
    'catalog',
    'errors',
    'growing-writer',
    'load',
    'make-folder',
    'protobuf',
    'record',
    'transport',
  ].map((name) => `packages/obs/src/${name}.ts`);
  const folders = ['config', 'context', 'metrics', 'tracing', 'logging', 'cost', 'redaction', 'agent'];

  it('the folders do not import one another; agent may import context', () => {
    const bad = folders.flatMap((folder) =>
      violations(inside(`packages/obs/src/${folder}`), (one) => {
        const target = resolveRelative(one);
        if (target === undefined || target.startsWith(`packages/obs/src/${folder}/`) || contract.includes(target))
          return false;
        if (folder === 'agent' && target.startsWith('packages/obs/src/context/')) return false;
        return !(one.typeOnly && target === 'packages/obs/src/config/configuration.ts');
      }),
    );
    expect(bad).toEqual([]);
  });

  it('heavy packages are never imported statically', () => {
    const heavy = /^(@opentelemetry\/(?!api$)|pino$|yaml$|node:http|node:https)/;
    const statically = inside('packages/obs/src').flatMap((file) =>
      file.imports.filter(({ specifier, typeOnly, how }) => how === 'statement' && !typeOnly && heavy.test(specifier)),
    );
    const exempt = /\/(register|testing\/[^/]+)\.ts$/;
    expect(
      statically.filter(({ from }) => !exempt.test(from)).map(({ from, specifier }) => `${from} imports ${specifier}`),
    ).toEqual([]);
  });
});

describe('modules', () => {
  it('have no star exports, and no default exports outside of tool configurations', () => {
    expect(production.filter((file) => file.starExports + file.defaultExports > 0).map(({ path }) => path)).toEqual([]);
  });
});
