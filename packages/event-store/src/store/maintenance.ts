import { crc32 } from 'node:zlib';
import { StoreError } from '../errors.ts';
import type { BuiltSegment, Erasure } from '../segments/build-segment.ts';
import { type Manifest, type SegmentEntry, writeManifest } from '../segments/manifest.ts';
import { stateOf } from './changes.ts';
import { clockMs } from './metrics.ts';
import { type StoreParts, setStorageGauges } from './parts.ts';
import { openSegment } from './recovery.ts';

/** When log files become segments and segments are merged. */
export interface MaintenancePolicy {
  /** Bytes of a log file. */
  readonly rollBytes: number;
  /** Milliseconds that a log file with events is written to. */
  readonly rollMs: number;
  /** Milliseconds between two compactions; 0: none by itself. */
  readonly compactionMs: number;
  /** Segments below so many bytes are merged, three at least. */
  readonly smallSegmentBytes: number;
  /** The inputs of one merge have at most so many bytes. */
  readonly mergedSegmentBytes: number;
  /** Milliseconds that events are kept; 0: for ever. */
  readonly retentionMs: number;
}

export const defaultMaintenance: MaintenancePolicy = {
  rollBytes: 8 * 1024 * 1024,
  rollMs: 10 * 60_000,
  compactionMs: 3_600_000,
  smallSegmentBytes: 10 * 1024 * 1024,
  mergedSegmentBytes: 128 * 1024 * 1024,
  retentionMs: 0,
};

/** What a compaction did; all 0 when there was nothing to do. */
export interface CompactionResult {
  readonly files_merged: number;
  readonly files_created: number;
  readonly bytes_before: number;
  readonly bytes_after: number;
  readonly bytes_saved: number;
  readonly events: number;
  readonly duration_seconds: number;
}

export interface CompactionStatistics {
  readonly total_compactions: number;
  readonly total_files_merged: number;
  readonly total_bytes_saved: number;
  readonly last: CompactionResult | null;
}

const nothing: CompactionResult = {
  files_merged: 0,
  files_created: 0,
  bytes_before: 0,
  bytes_after: 0,
  bytes_saved: 0,
  events: 0,
  duration_seconds: 0,
};
const leastMerged = 3;

/** Turns log files into segments, merges segments, drops what is too old or erased. One step at a time. */
export class Maintenance {
  readonly #parts: StoreParts;
  readonly #policy: MaintenancePolicy;
  #last: Promise<unknown> = Promise.resolve();
  #isRolling = false;
  #isClosed = false;
  #rolledAt: number;
  #compactedAt: number;
  #statistics: CompactionStatistics = {
    total_compactions: 0,
    total_files_merged: 0,
    total_bytes_saved: 0,
    last: null,
  };

  constructor(parts: StoreParts, policy: MaintenancePolicy) {
    this.#parts = parts;
    this.#policy = policy;
    this.#rolledAt = parts.now();
    this.#compactedAt = parts.now();
  }

  get statistics(): CompactionStatistics {
    return this.#statistics;
  }

  /** Begins what is due; called after each write and by a timer. */
  tick(): void {
    const { log, folder, now, reporter } = this.#parts;
    if (folder === undefined || this.#isRolling || this.#isClosed) return;
    const { rollBytes, rollMs, compactionMs } = this.#policy;
    const isOld = log.active.bytes > 0 && now() - this.#rolledAt >= rollMs;
    const isCompactionDue = compactionMs > 0 && now() - this.#compactedAt >= compactionMs;
    if (log.active.bytes < rollBytes && !isOld && !isCompactionDue) return;
    this.#isRolling = true;
    const work = async (): Promise<void> => {
      if (log.active.bytes >= rollBytes || isOld) await this.roll();
      if (isCompactionDue) await this.#compactAndRetain();
    };
    work()
      .catch((error: unknown) => reporter.error({ error }, 'Maintenance of the store failed; it is tried again'))
      .finally(() => {
        this.#isRolling = false;
      });
  }

  async #compactAndRetain(): Promise<void> {
    this.#compactedAt = this.#parts.now();
    if (this.#policy.retentionMs > 0) await this.retain(this.#parts.now() - this.#policy.retentionMs);
    await this.compact();
  }

  /** Ends the log file that is written to and makes a segment of it. */
  roll(): Promise<void> {
    return this.#inTurn(() => this.#roll());
  }

  async #roll(): Promise<void> {
    const { committer, log, payloads, fileNumbers, index } = this.#parts;
    this.#rolledAt = this.#parts.now();
    await committer.exclusive(async () => {
      if (log.active.bytes === 0 || log.failure !== undefined) return;
      await log.roll(index.lastSequence);
      fileNumbers.set(log.active.name, payloads.addFile(log.active.file));
    });
    await this.#convert();
  }

  /** Makes a segment of the log files that are closed, for instance of those that a crash left. */
  convert(): Promise<void> {
    return this.#inTurn(() => this.#convert());
  }

  async #convert(): Promise<void> {
    const parts = this.#parts;
    const last = parts.log.closed.at(-1);
    if (last === undefined) return;
    const logs = parts.log.closed.map(({ name }) => name);
    const logAfter = parts.log.active.after;
    const { name, built } = await this.#build({ logs, segments: [] });
    const segments = [...parts.manifest.segments, ...entryOf(name, built)];
    await this.#publish({ segments, firstLog: last.number + 1, logAfter }, true);
    this.#move(name, built);
    this.#forget(logs);
    parts.log.remove(last.number);
    setStorageGauges(parts);
  }

  /** Merges small segments that follow one another. Throws StoreError `storage` in memory. */
  compact(): Promise<CompactionResult> {
    return this.#inTurn(async () => {
      const { folder, metrics, manifest } = this.#parts;
      if (folder === undefined) throw new StoreError('storage', 'a store in memory has no segments to compact');
      const startedAt = clockMs();
      const inputs = this.#selectSmall(manifest.segments);
      if (inputs.length < leastMerged) return nothing;
      const built = await this.#replace(inputs);
      const before = inputs.reduce((sum, { bytes }) => sum + bytes, 0);
      const result: CompactionResult = {
        files_merged: inputs.length,
        files_created: built.rows > 0 ? 1 : 0,
        bytes_before: before,
        bytes_after: built.bytes,
        bytes_saved: Math.max(0, before - built.bytes),
        events: built.rows,
        duration_seconds: (clockMs() - startedAt) / 1000,
      };
      metrics.compactions.add(1);
      metrics.compactionDuration.observe(result.duration_seconds);
      metrics.filesMerged.add(result.files_merged);
      metrics.bytesSaved.add(result.bytes_saved);
      const { total_compactions, total_files_merged, total_bytes_saved } = this.#statistics;
      this.#statistics = {
        total_compactions: total_compactions + 1,
        total_files_merged: total_files_merged + result.files_merged,
        total_bytes_saved: total_bytes_saved + result.bytes_saved,
        last: result,
      };
      return result;
    });
  }

  #selectSmall(segments: readonly SegmentEntry[]): readonly SegmentEntry[] {
    const { smallSegmentBytes, mergedSegmentBytes } = this.#policy;
    let run: SegmentEntry[] = [];
    let bytes = 0;
    for (const segment of segments) {
      const fits = segment.bytes < smallSegmentBytes && bytes + segment.bytes <= mergedSegmentBytes;
      if (!fits && run.length >= leastMerged) return run;
      if (!fits) [run, bytes] = [[], 0];
      if (segment.bytes >= smallSegmentBytes) continue;
      run.push(segment);
      bytes += segment.bytes;
    }
    return run;
  }

  /** Takes the events of an erased entity out of every file. */
  purge(): Promise<void> {
    return this.#inTurn(async () => {
      const parts = this.#parts;
      if (parts.folder === undefined || parts.erasures.length === 0) return;
      const done: readonly Erasure[] = parts.erasures;
      // Their events can stand in the log that is written to.
      await this.#roll();
      const lastErased = Math.max(...done.map(({ upTo }) => upTo));
      const touched = parts.manifest.segments.filter(({ firstSequence }) => firstSequence <= lastErased);
      for (const segment of touched) await this.#replace([segment]);
      parts.erasures = parts.erasures.filter((erasure) => !done.includes(erasure));
      await this.#publish({}, true);
      setStorageGauges(parts);
    });
  }

  /** Drops segments all of whose events are older than a time. Returns how many events went. */
  retain(since: number): Promise<number> {
    return this.#inTurn(async () => {
      const parts = this.#parts;
      const old = parts.manifest.segments.filter(({ lastTimestamp }) => lastTimestamp < since);
      if (old.length === 0) return 0;
      await this.#publish({ segments: parts.manifest.segments.filter((segment) => !old.includes(segment)) });
      let dropped = 0;
      for (const { firstSequence, lastSequence } of old) dropped += this.#dropRange(firstSequence, lastSequence);
      this.#removeSegments(old);
      setStorageGauges(parts);
      return dropped;
    });
  }

  /** Begins nothing more, and resolves when what was begun is done. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#last;
  }

  #dropRange(firstSequence: number, lastSequence: number): number {
    const { index, payloads } = this.#parts;
    const positions: number[] = [];
    const end = index.columns.fromSequence(lastSequence + 1);
    for (let position = index.columns.fromSequence(firstSequence); position < end; position++) {
      if (index.columns.entity(position) !== 0) positions.push(position);
    }
    for (const position of positions) payloads.forget(position);
    index.erase(positions);
    return positions.length;
  }

  /** Puts one new segment in the place of some that follow one another. */
  async #replace(inputs: readonly SegmentEntry[]): Promise<BuiltSegment> {
    const parts = this.#parts;
    const { name, built } = await this.#build({ logs: [], segments: inputs.map((input) => input.name) });
    const segments = [...parts.manifest.segments];
    segments.splice(segments.indexOf(inputs[0]!), inputs.length, ...entryOf(name, built));
    await this.#publish({ segments });
    this.#move(name, built);
    this.#removeSegments(inputs);
    setStorageGauges(parts);
    return built;
  }

  async #build(inputs: { readonly logs: readonly string[]; readonly segments: readonly string[] }) {
    const { folder, manifest, erasures, builder } = this.#parts;
    const name = `segment-${manifest.nextFile}.parquet`;
    // A number is never used twice, even when this fails.
    this.#parts.manifest = { ...manifest, nextFile: manifest.nextFile + 1 };
    return { name, built: await builder.build({ folder: folder!, ...inputs, output: name, erasures }) };
  }

  /** Writes the manifest, with a new state file where changes of the log are about to go. */
  async #publish(changed: Partial<Manifest>, withState = false): Promise<void> {
    const parts = this.#parts;
    const { files, index } = parts;
    const before = parts.manifest;
    let next: Manifest = { ...before, ...changed, lastSequence: index.lastSequence };
    if (withState) {
      const bytes = Buffer.from(JSON.stringify(stateOf(parts)));
      const name = `state-${next.nextFile}.json`;
      await files.replace(name, bytes);
      const state = { name, bytes: bytes.length, crc32: crc32(bytes) };
      next = { ...next, state, nextFile: next.nextFile + 1 };
    }
    await writeManifest(files, next);
    parts.manifest = next;
    if (withState && before.state) files.remove(before.state.name);
  }

  /** Reads events of a new segment from there. */
  #move(name: string, built: BuiltSegment): void {
    if (built.rows === 0) return;
    const { columns } = this.#parts.index;
    const file = openSegment(this.#parts, name);
    let position = columns.fromSequence(built.sequence[0]!);
    for (let row = 0; row < built.rows; row++) {
      while (position < columns.length && columns.sequence(position) < built.sequence[row]!) position++;
      if (position === columns.length || columns.sequence(position) !== built.sequence[row]) continue;
      columns.move(position, {
        file,
        payloadAt: built.payloadAt[row]!,
        payloadBytes: built.payloadBytes[row]!,
        metadataAt: built.metadataAt[row]!,
        metadataBytes: built.metadataBytes[row]!,
      });
    }
  }

  #removeSegments(segments: readonly SegmentEntry[]): void {
    const names = segments.map(({ name }) => name);
    this.#forget(names);
    for (const name of names) this.#parts.files.remove(name);
  }

  #forget(names: readonly string[]): void {
    const { fileNumbers, payloads } = this.#parts;
    for (const name of names) {
      payloads.dropFile(fileNumbers.get(name)!);
      fileNumbers.delete(name);
    }
  }

  #inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    const result = this.#last.then(() => {
      // The folder may belong to another process by now.
      if (this.#isClosed) throw new StoreError('unavailable', 'the store is closed');
      return work();
    });
    this.#last = result.catch(() => undefined);
    return result;
  }
}

function entryOf(name: string, built: BuiltSegment): SegmentEntry[] {
  if (built.rows === 0) return [];
  const { rows, bytes, crc32: checksum, firstTimestamp, lastTimestamp, sequence } = built;
  const [firstSequence, lastSequence] = [sequence[0]!, sequence.at(-1)!];
  return [{ name, rows, bytes, crc32: checksum, firstSequence, lastSequence, firstTimestamp, lastTimestamp }];
}
