import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { generatedFiles as deployments } from '@alex/mixin';
import { generatedFiles as configuration } from '../packages/obs/src/config/generate.ts';
import { generatedFiles as prices } from '../packages/obs/src/cost/generate.ts';
import { generatedFiles as metrics } from '../packages/obs/src/metrics/generate.ts';

/** Each makes the files that it owns; where people write in them too, that part is read from the root. */
const generators: readonly ((root: string) => readonly { readonly path: string; readonly content: string }[])[] = [
  configuration,
  metrics,
  prices,
  deployments,
];

/** Writes every generated file (`--write`), or fails on one that is not what the code says. */
const root = fileURLToPath(new URL('..', import.meta.url));
const write = process.argv.includes('--write');
let stale = 0;
for (const { path, content } of generators.flatMap((generate) => generate(root))) {
  const target = join(root, path);
  if (existsSync(target) && readFileSync(target, 'utf8') === content) continue;
  stale++;
  process.stderr.write(`${write ? 'wrote' : 'out of date'}: ${path}\n`);
  if (!write) continue;
  mkdirSync(dirname(target), { recursive: true });
  writeFileSync(target, content);
}
if (stale > 0 && !write) {
  process.stderr.write('Run "npm run generate" and commit what it writes.\n');
  process.exitCode = 1;
}
