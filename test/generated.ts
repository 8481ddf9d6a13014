import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { generated as deployments } from '@alex/mixin';

/** Writes every generated file (`--write`), or fails on one that is not what the code says. */
const root = fileURLToPath(new URL('..', import.meta.url));
const write = process.argv.includes('--write');
let stale = 0;
for (const { path, content } of [...deployments()]) {
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
