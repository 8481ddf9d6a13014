import { crc32 } from 'node:zlib';
import { decodeBody } from '../log/codec.ts';
import type { StoreFiles } from '../log/files.ts';
import { readRecords } from '../log/record.ts';
import { readManifest } from '../segments/manifest.ts';
import { decodeSegment } from '../segments/segment-file.ts';

/** One file of a store, and what is wrong with it. */
export interface FileFinding {
  readonly file: string;
  readonly events: number;
  /** `undefined`: it is whole. */
  readonly problem: string | undefined;
  /** Bytes at the end of the last log file that were never acknowledged: no problem. */
  readonly tornBytes: number;
}

const manifest = 'MANIFEST';
const logPattern = /^log-\d{10}\.wal$/;

/** Whether there is anything of a store. */
export function holdsStore(files: StoreFiles): boolean {
  return files.list().some((name) => name === manifest || logPattern.test(name));
}

/** Reads every file of a store that nobody has open and checks it, changing nothing. */
export async function verifyFiles(files: StoreFiles): Promise<FileFinding[]> {
  const findings: FileFinding[] = [];
  const add = (file: string, found: Partial<FileFinding>): void => {
    findings.push({ file, events: 0, problem: undefined, tornBytes: 0, ...found });
  };
  let named: ReturnType<typeof readManifest>;
  try {
    named = readManifest(files);
  } catch (error) {
    add(manifest, { problem: (error as Error).message });
    return findings;
  }
  if (files.list().includes(manifest)) add(manifest, {});
  for (const entry of [...named.segments, ...(named.state ? [named.state] : [])]) {
    add(entry.name, await checkNamed(files, entry));
  }
  const logs = files.list().filter((name) => logPattern.test(name) && Number(name.slice(4, 14)) >= named.firstLog);
  logs.sort();
  for (const name of logs) add(name, checkLog(Buffer.from(files.readAll(name)), name === logs.at(-1)));
  return findings;
}

async function checkNamed(
  files: StoreFiles,
  entry: { readonly name: string; readonly crc32: number; readonly rows?: number },
): Promise<Partial<FileFinding>> {
  try {
    const bytes = files.readAll(entry.name);
    if (crc32(bytes) !== entry.crc32) return { problem: 'the checksum differs' };
    if (entry.rows === undefined) return {};
    let events = 0;
    await decodeSegment(bytes, () => events++);
    return events === entry.rows ? { events } : { events, problem: `it has ${events} events, not ${entry.rows}` };
  } catch (error) {
    return { problem: (error as Error).message };
  }
}

function checkLog(bytes: Buffer, isLast: boolean): Partial<FileFinding> {
  const { records, goodBytes, rest } = readRecords(bytes);
  let events = 0;
  for (const { body, at } of records) decodeBody(body, at, { event: () => events++, change: () => {} });
  const tornBytes = bytes.length - goodBytes;
  if (rest === 'none' || (rest === 'torn' && isLast)) return { events, tornBytes };
  return { events, problem: `it is damaged at byte ${goodBytes}, before events that were acknowledged` };
}
