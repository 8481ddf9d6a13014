import type { LogFile } from '../log/event-log.ts';
import type { BuiltSegment, Erasure } from '../segments/build-segment.ts';
import { type Manifest, type SegmentEntry, writeManifest } from '../segments/manifest.ts';
import { changesOf, forgetStaleSnapshots } from './changes.ts';
import { type StoreParts, setStorageGauges } from './parts.ts';
import { openSegment } from './recovery.ts';
import { writeState } from './state-file.ts';

/**
 * The segments of a store. Each step makes at most one file, durable and read back, then a new manifest, and only then
 * takes away what is in it; a step that fails leaves everything as it was, but for new files. One step at a time.
 */
export class SegmentSet {
  readonly #parts: StoreParts;
  #nextFile: number;

  constructor(parts: StoreParts) {
    this.#parts = parts;
    this.#nextFile = parts.manifest.nextFile;
  }

  /** Makes segments of the log files that are closed, of at most so many bytes of them at once. */
  async convert(mostBytes: number): Promise<void> {
    const { log } = this.#parts;
    while (log.closed.length > 0) await this.#convert(firstOf(log.closed, mostBytes));
  }

  async #convert(logs: readonly LogFile[]): Promise<void> {
    const { log, manifest } = this.#parts;
    const next = log.closed[logs.length] ?? log.active;
    const names = logs.map(({ name }) => name);
    await this.#make({ logs: names, segments: [] }, (entries) => ({
      segments: [...manifest.segments, ...entries],
      firstLog: next.number,
      logAfter: next.after,
    }));
    this.#forget(names);
    log.remove(next.number - 1);
    setStorageGauges(this.#parts);
  }

  /** Puts one new segment in the place of some that follow one another, without what was erased. */
  async replace(inputs: readonly SegmentEntry[]): Promise<BuiltSegment> {
    const { manifest } = this.#parts;
    const built = await this.#make({ logs: [], segments: inputs.map(({ name }) => name) }, (entries) => {
      const segments = [...manifest.segments];
      segments.splice(segments.indexOf(inputs[0]!), inputs.length, ...entries);
      return { segments };
    });
    this.#remove(inputs);
    return built;
  }

  /** Takes segments out of the store with all their events, and returns how many there were. */
  async drop(old: readonly SegmentEntry[]): Promise<number> {
    const { manifest, committer, payloads } = this.#parts;
    await this.#publish({ segments: manifest.segments.filter((segment) => !old.includes(segment)) });
    let positions: readonly number[] = [];
    // What is being written rests on the versions that there are.
    await committer.exclusive(async () => {
      positions = old.flatMap((segment) => this.#positionsOf(segment));
      for (const position of positions) payloads.forget(position);
      this.#parts.index.drop(positions);
      forgetStaleSnapshots(this.#parts);
    });
    this.#remove(old);
    return positions.length;
  }

  #positionsOf({ firstSequence, lastSequence }: SegmentEntry): number[] {
    const { columns } = this.#parts.index;
    const positions: number[] = [];
    const end = columns.fromSequence(lastSequence + 1);
    for (let position = columns.fromSequence(firstSequence); position < end; position++) {
      if (columns.entity(position) !== 0) positions.push(position);
    }
    return positions;
  }

  /** Rewrites the segments that hold erased events, and forgets those erasures whose events stand in no log file any more. */
  async purge(erasures: readonly Erasure[]): Promise<void> {
    const parts = this.#parts;
    const done = erasures.filter(({ upTo }) => upTo <= parts.manifest.logAfter);
    if (done.length === 0) return;
    for (const segment of parts.manifest.segments) {
      if (parts.erasedFiles.has(parts.fileNumbers.get(segment.name)!)) await this.replace([segment]);
    }
    parts.erasures = parts.erasures.filter((erasure) => !done.includes(erasure));
    try {
      await this.#publish({}, true);
    } catch (error) {
      parts.erasures = [...done, ...parts.erasures];
      throw error;
    }
  }

  /** Builds a segment of the inputs and publishes the manifest that `changed` gives for it. */
  async #make(
    inputs: { readonly logs: readonly string[]; readonly segments: readonly string[] },
    changed: (entries: readonly SegmentEntry[]) => Partial<Manifest>,
  ): Promise<BuiltSegment> {
    const { folder, erasures, builder } = this.#parts;
    const name = `segment-${this.#nextFile++}.parquet`;
    const built = await builder.build({ folder: folder!, ...inputs, output: name, erasures });
    try {
      if (built.rows > 0) openSegment(this.#parts, name);
      await this.#publish(changed(entriesOf(name, built)), inputs.logs.length > 0);
    } catch (error) {
      this.#forget([name]);
      throw error;
    }
    this.#move(name, built);
    return built;
  }

  /** Writes the manifest, with a new state file where changes of the log are about to go. */
  async #publish(changed: Partial<Manifest>, withState = false): Promise<void> {
    const parts = this.#parts;
    const { files, index, manifest: before } = parts;
    let next: Manifest = { ...before, ...changed, lastSequence: index.lastSequence };
    if (withState) {
      const name = `state-${this.#nextFile++}.jsonl`;
      next = { ...next, state: await writeState(files, name, changesOf(parts)) };
    }
    next = { ...next, nextFile: this.#nextFile };
    await writeManifest(files, next);
    parts.manifest = next;
    setStorageGauges(parts);
    if (withState && before.state) files.remove(before.state.name);
  }

  /** Reads events of a new segment from there. */
  #move(name: string, built: BuiltSegment): void {
    const { index, fileNumbers, erasedFiles } = this.#parts;
    const { columns } = index;
    const file = fileNumbers.get(name)!;
    let position = built.rows === 0 ? 0 : columns.fromSequence(built.sequence[0]!);
    for (let row = 0; row < built.rows; row++) {
      const sequence = built.sequence[row]!;
      while (position < columns.length && columns.sequence(position) < sequence) position++;
      const isKnown = position < columns.length && columns.sequence(position) === sequence;
      // It was erased while the segment was built.
      if (!isKnown || columns.entity(position) === 0) erasedFiles.add(file);
      if (!isKnown) continue;
      columns.move(position, {
        file,
        payloadAt: built.payloadAt[row]!,
        payloadBytes: built.payloadBytes[row]!,
        metadataAt: built.metadataAt[row]!,
        metadataBytes: built.metadataBytes[row]!,
      });
    }
  }

  #remove(segments: readonly SegmentEntry[]): void {
    const names = segments.map(({ name }) => name);
    this.#forget(names);
    for (const name of names) this.#parts.files.remove(name);
    setStorageGauges(this.#parts);
  }

  #forget(names: readonly string[]): void {
    const { fileNumbers, payloads, erasedFiles } = this.#parts;
    for (const name of names) {
      const number = fileNumbers.get(name);
      if (number === undefined) continue;
      payloads.dropFile(number);
      fileNumbers.delete(name);
      erasedFiles.delete(number);
    }
  }
}

/** The first one, and what follows it as long as it is not too much. */
function firstOf(logs: readonly LogFile[], mostBytes: number): readonly LogFile[] {
  let bytes = 0;
  const end = logs.findIndex((log, index) => {
    bytes += log.bytes;
    return index > 0 && bytes > mostBytes;
  });
  return end === -1 ? logs.slice() : logs.slice(0, end);
}

function entriesOf(name: string, built: BuiltSegment): readonly SegmentEntry[] {
  if (built.rows === 0) return [];
  const { rows, bytes, crc32: checksum, firstTimestamp, lastTimestamp, sequence } = built;
  const [firstSequence, lastSequence] = [sequence[0]!, sequence.at(-1)!];
  return [{ name, rows, bytes, crc32: checksum, firstSequence, lastSequence, firstTimestamp, lastTimestamp }];
}
