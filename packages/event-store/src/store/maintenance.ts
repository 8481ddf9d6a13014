import { StoreError } from '../errors.ts';
import { removeAfterFailure, type SegmentEntry } from '../segments/manifest.ts';
import { clockMs } from './metrics.ts';
import type { StoreParts } from './parts.ts';
import { SegmentSet } from './segment-set.ts';

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
  /** Milliseconds until what has failed is tried again. */
  readonly retryMs: number;
}

export const defaultMaintenance: MaintenancePolicy = {
  rollBytes: 8 * 1024 * 1024,
  rollMs: 10 * 60_000,
  compactionMs: 3_600_000,
  smallSegmentBytes: 10 * 1024 * 1024,
  mergedSegmentBytes: 32 * 1024 * 1024,
  retentionMs: 0,
  retryMs: 10_000,
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
const longestRetentionCheckMs = 60_000;

/** Something that is done by itself. */
interface Job {
  /** `now` is the time of the clock for durations. */
  readonly isDue: (now: number) => boolean;
  readonly run: () => Promise<unknown>;
  /** After a failure. */
  notBefore: number;
}

/** Turns log files into segments, merges segments, drops what is too old or erased. One step at a time. */
export class Maintenance {
  readonly #parts: StoreParts;
  readonly #policy: MaintenancePolicy;
  readonly #segments: SegmentSet;
  /** The most urgent one first. */
  readonly #jobs: readonly Job[];
  #last: Promise<unknown> = Promise.resolve();
  #isWorking = false;
  #isClosed = false;
  #rolledAt: number = clockMs();
  #compactedAt: number = clockMs();
  #retainedAt: number = Number.NEGATIVE_INFINITY;
  #statistics: CompactionStatistics = {
    total_compactions: 0,
    total_files_merged: 0,
    total_bytes_saved: 0,
    last: null,
  };

  constructor(parts: StoreParts, policy: MaintenancePolicy) {
    this.#parts = parts;
    this.#policy = policy;
    this.#segments = new SegmentSet(parts);
    const { compactionMs, retentionMs } = policy;
    const { log, now } = parts;
    this.#jobs = [
      job(
        (time) => this.#isRollDue(time),
        () => this.#inTurn(() => this.#roll()),
      ),
      job(
        () => log.closed.length > 0,
        () => this.convert(),
      ),
      job(
        () => parts.erasures.length > 0 && log.failure === undefined,
        () => this.purge(),
      ),
      job(
        (time) => retentionMs > 0 && time - this.#retainedAt >= Math.min(retentionMs, longestRetentionCheckMs),
        () => this.retain(now() - retentionMs),
      ),
      job(
        (time) => compactionMs > 0 && time - this.#compactedAt >= compactionMs,
        () => this.#compactAll(),
      ),
    ];
  }

  get statistics(): CompactionStatistics {
    return this.#statistics;
  }

  /** Begins what is due; called after each write and by a timer. */
  tick(): void {
    const { folder, reporter } = this.#parts;
    if (folder === undefined || this.#isWorking || this.#isClosed) return;
    const now = clockMs();
    const due = this.#jobs.find((one) => one.notBefore <= now && one.isDue(now));
    if (due === undefined) return;
    this.#isWorking = true;
    due
      .run()
      .catch((error: unknown) => {
        due.notBefore = clockMs() + this.#policy.retryMs;
        if (!this.#isClosed) reporter.error({ error }, 'Maintenance of the store failed; it is tried again');
      })
      .finally(() => {
        this.#isWorking = false;
      });
  }

  #isRollDue(now: number): boolean {
    const { log } = this.#parts;
    const { rollBytes, rollMs } = this.#policy;
    if (log.active.bytes === 0 || log.failure !== undefined) return false;
    return log.active.bytes >= rollBytes || now - this.#rolledAt >= rollMs;
  }

  /** Ends the log file that is written to and makes a segment of it. */
  roll(): Promise<void> {
    return this.#inTurn(async () => {
      await this.#roll();
      await this.#convert();
    });
  }

  async #roll(): Promise<void> {
    const { committer, log, payloads, fileNumbers, index } = this.#parts;
    this.#rolledAt = clockMs();
    await committer.exclusive(async () => {
      if (log.active.bytes === 0 || log.failure !== undefined) return;
      await log.roll(index.lastSequence);
      fileNumbers.set(log.active.name, payloads.addFile(log.active.file));
    });
  }

  /** Makes segments of the log files that are closed, for instance of those that a crash left. */
  convert(): Promise<void> {
    return this.#inTurn(() => this.#convert());
  }

  #convert(): Promise<void> {
    return this.#segments.convert(this.#policy.smallSegmentBytes);
  }

  async #compactAll(): Promise<void> {
    this.#compactedAt = clockMs();
    while (!this.#isClosed && (await this.compact()).files_merged > 0);
  }

  /** Merges small segments that follow one another. Throws StoreError `storage` in memory. */
  compact(): Promise<CompactionResult> {
    return this.#inTurn(async () => {
      const { folder, metrics, manifest } = this.#parts;
      if (folder === undefined) throw new StoreError('storage', 'a store in memory has no segments to compact');
      const startedAt = clockMs();
      const inputs = this.#selectSmall(manifest.segments);
      if (inputs.length < leastMerged) return nothing;
      const built = await this.#segments.replace(inputs);
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

  /** Takes the events of erased entities out of every file, as far as the log can be written. */
  purge(): Promise<void> {
    return this.#inTurn(async () => {
      const { folder, erasures } = this.#parts;
      if (folder === undefined || erasures.length === 0) return;
      // Snapshots of the entity can stand in the log file, too.
      await this.#roll();
      await this.#convert();
      await this.#segments.purge(erasures);
    });
  }

  /** Drops segments all of whose events are older than a time. Returns how many events went. */
  retain(since: number): Promise<number> {
    return this.#inTurn(async () => {
      this.#retainedAt = clockMs();
      const old = this.#parts.manifest.segments.filter(({ lastTimestamp }) => lastTimestamp < since);
      return old.length === 0 ? 0 : await this.#segments.drop(old);
    });
  }

  /** Begins nothing more, and resolves when what was begun is done. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#last;
  }

  #inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    const result = this.#last.then(async () => {
      // The folder may belong to another process by now.
      if (this.#isClosed) throw new StoreError('unavailable', 'the store is closed');
      try {
        return await work();
      } catch (error) {
        removeAfterFailure(this.#parts.files, this.#parts.manifest);
        throw error;
      }
    });
    this.#last = result.catch(() => undefined);
    return result;
  }
}

function job(isDue: Job['isDue'], run: Job['run']): Job {
  return { isDue, run, notBefore: 0 };
}
