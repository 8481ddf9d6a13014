import { crc32 } from 'node:zlib';
import { StoreError } from '../errors.ts';
import type { StoreFiles } from '../log/files.ts';
import { type LogStart, logName, logNumber } from '../log/read-logs.ts';

export const manifestName = 'MANIFEST';
const namedPattern = /^(segment-\d+\.parquet|state-\d+\.jsonl)$/;

/** A segment that belongs to the store. */
export interface SegmentEntry {
  readonly name: string;
  readonly rows: number;
  readonly bytes: number;
  readonly crc32: number;
  readonly firstSequence: number;
  readonly lastSequence: number;
  /** Unix milliseconds. */
  readonly firstTimestamp: number;
  readonly lastTimestamp: number;
}

/** What the store consists of, beside its log files from `firstLog` on. It is replaced as a whole. */
export interface Manifest extends LogStart {
  readonly format: 1;
  readonly segments: readonly SegmentEntry[];
  /** All changes up to the beginning of `firstLog`: a file with a checksum. */
  readonly state: { readonly name: string; readonly bytes: number; readonly crc32: number } | null;
  /** Sequences at or below it are given out, even if no event has them any more. */
  readonly lastSequence: number;
  /** The number of the next segment or state file. */
  readonly nextFile: number;
}

const emptyManifest: Manifest = {
  format: 1,
  segments: [],
  firstLog: 1,
  logAfter: 0,
  state: null,
  lastSequence: 0,
  nextFile: 1,
};

/**
 * Reads the manifest of a folder; one in which nothing was stored yet has an empty one. Throws StoreError `corrupt`, also
 * when the manifest is missing beside files that some manifest named.
 */
export function readManifest(files: StoreFiles): Manifest {
  const names = files.list();
  if (!names.includes(manifestName)) {
    const stray = names.find((name) => namedPattern.test(name) || (logNumber(name) && !isUnused(files, name)));
    if (stray === undefined) return emptyManifest;
    throw new StoreError('corrupt', `${manifestName} is missing, but ${stray} is there. ${advice}`);
  }
  const text = Buffer.from(files.readAll(manifestName)).toString();
  const [json = '', checksum] = text.split('\n');
  if (Number.parseInt(checksum ?? '', 16) !== crc32(json)) {
    throw new StoreError('corrupt', `${manifestName} is damaged. Restore the folder from a backup.`);
  }
  return JSON.parse(json) as Manifest;
}

/** A crash can leave the first log file, still empty, before the manifest exists. */
function isUnused(files: StoreFiles, name: string): boolean {
  return name === logName(1) && files.size(name) === 0;
}

/** Whether a file is one of a store; it may be left over. */
export function isStoreFile(name: string): boolean {
  return name === manifestName || namedPattern.test(name) || logNumber(name) !== undefined;
}

/** Makes a new folder a store: with its first log file, and then a manifest. Nothing happens where there is a manifest. */
export async function beginStore(files: StoreFiles): Promise<void> {
  if (files.list().includes(manifestName)) return;
  files.open(logName(1)).close();
  await files.syncFolder();
  await writeManifest(files, emptyManifest);
}

/** Replaces the manifest; durable when it resolves. */
export async function writeManifest(files: StoreFiles, manifest: Manifest): Promise<void> {
  const json = JSON.stringify(manifest);
  await files.replace(manifestName, [Buffer.from(`${json}\n${crc32(json).toString(16)}\n`)]);
}

/** Reads a file that the manifest names, and checks the checksum that `read` gives for it. Throws StoreError `corrupt`. */
export function readNamed<Content extends { readonly checksum: number }>(
  { name, crc32: wanted }: { readonly name: string; readonly crc32: number },
  read: (name: string) => Content,
): Content {
  let content: Content;
  try {
    content = read(name);
  } catch (error) {
    throw new StoreError('corrupt', `${name} cannot be read: ${(error as Error).message}. ${advice}`, { cause: error });
  }
  if (content.checksum !== wanted) {
    throw new StoreError('corrupt', `${name} is damaged: its checksum differs. ${advice}`);
  }
  return content;
}

const advice =
  'Nothing was changed. Restore the folder from a backup; `alex-obs event-store verify` lists every file that is damaged.';

/** Removes files that no manifest names: leftovers of a crash between two steps. */
export function removeLeftovers(files: StoreFiles, manifest: Manifest): void {
  const named = new Set([...manifest.segments.map(({ name }) => name), manifest.state?.name]);
  for (const name of files.list()) {
    const complete = name.replace(/\.new$/, '');
    const isOurs = namedPattern.test(complete) || complete === manifestName;
    if (isOurs && name !== manifestName && !named.has(name)) files.remove(name);
  }
}

/** Removes what a failed step left, unless the manifest on disk is another one than the last that was written for sure. */
export function removeAfterFailure(files: StoreFiles, manifest: Manifest): void {
  try {
    const isLast = JSON.stringify(readManifest(files)) === JSON.stringify(manifest);
    if (isLast) removeLeftovers(files, manifest);
  } catch {
    // The next start removes it.
  }
}
