import { existsSync } from 'node:fs';

/** Where `.ci/tools` put a real server; fails with what to do when it is not there. */
export function binary(variable: string): string {
  const path = process.env[variable] ?? '';
  if (path !== '' && existsSync(path)) return path;
  throw new Error(`${variable} names no program: run "source .ci/tools" first (it builds what can be built here)`);
}

/**
 * Why a test cannot run here: a server that `.ci/tools` tried to build and could not. Empty when all are there, or when
 * `.ci/tools` was not sourced at all, which is a failure of its own. Says so on stderr, for everybody who reads the output.
 */
export function unbuildable(...variables: readonly string[]): string {
  const missing = variables.filter((name) => process.env[name] !== undefined && !existsSync(process.env[name]!));
  if (missing.length === 0) return '';
  const reason = `${missing.join(', ')} could not be built on this machine`;
  process.stderr.write(`NOT PROVED: ${reason}\n`);
  return reason;
}
