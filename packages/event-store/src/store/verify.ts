import { crc32 } from 'node:zlib';
import { decodeBody } from '../log/codec.ts';
import type { StoreFiles } from '../log/files.ts';
import { readLogs } from '../log/read-logs.ts';
import { isStoreFile, manifestName, readManifest, type SegmentEntry } from '../segments/manifest.ts';
import { decodeSegment } from '../segments/segment-file.ts';
import { checksumOf, type StateEntry } from './state-file.ts';

/** One file of a store, and what is wrong with it. */
export interface FileFinding {
  readonly file: string;
  readonly events: number;
  /** `undefined`: it is whole. */
  readonly problem: string | undefined;
  /** Bytes at the end of the last log file that were never acknowledged: no problem. */
  readonly tornBytes: number;
}

/** Whether there is anything of a store. */
export function holdsStore(files: StoreFiles): boolean {
  return files.list().some(isStoreFile);
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
    add(manifestName, { problem: (error as Error).message });
    return findings;
  }
  if (files.list().includes(manifestName)) add(manifestName, {});
  for (const entry of named.segments) add(entry.name, await checkSegment(files, entry));
  if (named.state) add(named.state.name, checkState(files, named.state));
  for (const { name, records, tornBytes, problem } of readLogs(files, named)) {
    let events = 0;
    for (const { body, at } of records) decodeBody(body, at, { event: () => events++, change: () => {} });
    add(name, problem === undefined ? { events, tornBytes } : { events, problem });
  }
  return findings;
}

async function checkSegment(files: StoreFiles, entry: SegmentEntry): Promise<Partial<FileFinding>> {
  try {
    const bytes = files.readAll(entry.name);
    if (crc32(bytes) !== entry.crc32) return otherChecksum;
    let events = 0;
    await decodeSegment(bytes, () => events++);
    return events === entry.rows ? { events } : { events, problem: `it has ${events} events, not ${entry.rows}` };
  } catch (error) {
    return { problem: (error as Error).message };
  }
}

function checkState(files: StoreFiles, entry: StateEntry): Partial<FileFinding> {
  try {
    return checksumOf(files, entry.name) === entry.crc32 ? {} : otherChecksum;
  } catch (error) {
    return { problem: (error as Error).message };
  }
}

const otherChecksum: Partial<FileFinding> = { problem: 'the checksum differs' };
