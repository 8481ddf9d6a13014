import { crc32 } from 'node:zlib';
import type { LoggedChange } from '../log/codec.ts';
import type { StoreFiles } from '../log/files.ts';

/** A file of changes, as the manifest names it. */
export interface StateEntry {
  readonly name: string;
  readonly bytes: number;
  readonly crc32: number;
}

const pieceBytes: number = 256 * 1024;
const newline = 10;

/** Writes changes as lines of JSON, durably, and returns the entry for the manifest. Other work goes on between pieces. */
export async function writeState(
  files: StoreFiles,
  name: string,
  changes: Iterable<LoggedChange>,
): Promise<StateEntry> {
  let [bytes, checksum] = [0, 0];
  function* checked(): Generator<Uint8Array> {
    for (const piece of piecesOf(changes)) {
      bytes += piece.length;
      checksum = crc32(piece, checksum);
      yield piece;
    }
  }
  await files.replace(name, checked());
  return { name, bytes, crc32: checksum };
}

function* piecesOf(changes: Iterable<LoggedChange>): Generator<Uint8Array> {
  let text = '';
  for (const change of changes) {
    text += `${JSON.stringify(change)}\n`;
    if (text.length < pieceBytes) continue;
    yield Buffer.from(text);
    text = '';
  }
  if (text !== '') yield Buffer.from(text);
}

/** The checksum of a file, which is read in pieces. Throws the error of the system. */
export function checksumOf(files: StoreFiles, name: string): number {
  let checksum = 0;
  for (const piece of readPieces(files, name)) checksum = crc32(piece, checksum);
  return checksum;
}

/** Reads the changes of a file whose checksum was right. */
export function* readState(files: StoreFiles, name: string): Generator<LoggedChange> {
  let begun: Uint8Array[] = [];
  for (const piece of readPieces(files, name)) {
    let from = 0;
    for (let end = piece.indexOf(newline); end !== -1; end = piece.indexOf(newline, from)) {
      const line = Buffer.concat([...begun, piece.subarray(from, end)]);
      yield JSON.parse(line.toString()) as LoggedChange;
      begun = [];
      from = end + 1;
    }
    begun.push(piece.subarray(from));
  }
}

function* readPieces(files: StoreFiles, name: string): Generator<Buffer> {
  const size = files.size(name);
  const file = files.open(name);
  try {
    for (let at = 0; at < size; at += pieceBytes) {
      const piece = Buffer.alloc(Math.min(pieceBytes, size - at));
      yield piece.subarray(0, file.read(piece, at));
    }
  } finally {
    file.close();
  }
}
