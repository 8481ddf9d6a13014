import { createHash } from 'node:crypto';

/** A number in [0, 1) that depends on nothing but the parts: the same seed gives the same run. */
export function chance(...parts: readonly (string | number)[]): number {
  return createHash('sha256').update(JSON.stringify(parts)).digest().readUIntBE(0, 6) / 2 ** 48;
}
