import { existsSync } from 'node:fs';

/** Where `.ci/tools` put a real server; fails with what to do when it is not there. */
export function binary(variable: string): string {
  const path = process.env[variable] ?? '';
  if (path !== '' && existsSync(path)) return path;
  throw new Error(`${variable} names no program: run "source .ci/tools" first (it builds what can be built here)`);
}
