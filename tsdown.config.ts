import { readFileSync } from 'node:fs';
import type { UserConfig } from 'tsdown';

type Manifest = { readonly exports: Record<string, string | { readonly '@alex/source'?: string }> };

/** Every entry point that the package's manifest exports, read from its source condition. */
function entries(): string[] {
  const manifest = JSON.parse(readFileSync('package.json', 'utf8')) as Manifest;
  return Object.values(manifest.exports).flatMap((target) =>
    typeof target === 'string' ? [] : (target['@alex/source'] ?? []),
  );
}

const config: UserConfig = {
  cwd: process.cwd(),
  entry: entries(),
  dts: { oxc: true },
  unbundle: false,
  fixedExtension: false,
  platform: 'node',
  target: 'node22.18',
  sourcemap: false,
  logLevel: 'warn',
};
export default config;
