import { readFileSync } from 'node:fs';
import { type Catalog, translateName } from '@alex/openmetrics';
import { describe, expect, it } from 'vitest';
import { catalog } from './catalog.ts';
import { serveCommand } from './command/serve.ts';
import { defaultMotifParameters } from './engine/motif-parameters.ts';

const page = readFileSync(new URL('../../../../docs/dsfb.md', import.meta.url), 'utf8');

describe('the page about DSFB', () => {
  it('has every metric', () => {
    const names = Object.values(catalog as Catalog).map((declaration) => {
      const { name, sampleName } = translateName(declaration, 'UnderscoreEscapingWithSuffixes');
      if (declaration.type === 'counter') return sampleName ?? `${name}_total`;
      return declaration.type === 'info' && !name.endsWith('_info') ? `${name}_info` : name;
    });
    expect(names.filter((name) => !page.includes(`| \`${name}\` |`))).toEqual([]);
  });

  it('has every option of serve with its variable', () => {
    const missing = Object.entries(serveCommand.options ?? {}).flatMap(([key, { env }]) => {
      const flag = `--${key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
      return [flag, ...(env === undefined ? [] : [env])].filter((name) => !page.includes(`\`${name}\``));
    });
    expect(missing).toEqual([]);
  });

  it('has the parameters of every motif', () => {
    for (const [motif, { rho, sigma0, driftThreshold, slewThreshold, minDwellSeconds }] of Object.entries(
      defaultMotifParameters,
    )) {
      expect(page).toContain(
        `| \`${motif}\` | ${rho} | ${sigma0} | ${driftThreshold} | ${slewThreshold} | ${minDwellSeconds} s |`,
      );
    }
  });
});
