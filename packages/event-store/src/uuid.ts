import { randomFillSync } from 'node:crypto';

const hex: readonly string[] = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));
const pool = Buffer.alloc(16 * 256);
let used = pool.length;

/** Writes a new random UUID (version 4, RFC 9562) into 16 bytes. */
export function writeRandomUuid(into: Uint8Array, at: number): void {
  if (used === pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  for (let index = 0; index < 16; index++) into[at + index] = pool[used + index]!;
  used += 16;
  into[at + 6] = (into[at + 6]! & 0x0f) | 0x40;
  into[at + 8] = (into[at + 8]! & 0x3f) | 0x80;
}

/** Writes a UUID given as text. */
export function writeUuid(text: string, into: Uint8Array, at: number): void {
  const digits = text.replaceAll('-', '');
  for (let index = 0; index < 16; index++) {
    into[at + index] = Number.parseInt(digits.slice(index * 2, index * 2 + 2), 16);
  }
}

/** The text of 16 bytes. */
export function readUuid(bytes: Uint8Array, at = 0): string {
  let text = '';
  for (let index = 0; index < 16; index++) {
    text += hex[bytes[at + index]!]!;
    if (index === 3 || index === 5 || index === 7 || index === 9) text += '-';
  }
  return text;
}
