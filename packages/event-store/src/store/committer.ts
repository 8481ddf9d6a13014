import { StoreError } from '../errors.ts';
import type { Appended, CheckedEvent } from '../event.ts';
import type { BatchHeader, EncodedPlace, PlacedEvent } from '../log/codec.ts';
import { batchBytes, encodeBatch, encodeChange } from '../log/codec.ts';
import type { EventLog } from '../log/event-log.ts';
import { recordHeaderBytes, sealRecord } from '../log/record.ts';
import type { EventIndex } from './event-index.ts';
import { Plan, type Planned } from './plan.ts';

/** Events that are stored together or not at all (unless `partial`), and who waits for them. */
export interface AppendItem {
  readonly events: readonly CheckedEvent[];
  /** Each event for itself. */
  readonly partial: boolean;
  /** One result per event; errors only with `partial`. */
  readonly resolve: (results: readonly (Appended | StoreError)[]) => void;
  readonly reject: (error: StoreError) => void;
}

interface ChangeItem {
  readonly change: unknown;
  /** With the last sequence before the change. */
  readonly resolve: (sequence: number) => void;
  readonly reject: (error: StoreError) => void;
}

interface WorkItem {
  readonly work: () => Promise<void>;
}

/** What the committer tells when a group is durable; it may not throw. */
export interface CommitListener {
  /** One event, in order. `buffer` holds its id. */
  committed(event: CommittedEvent): Appended;
  /** What an id that was stored before had got. */
  stored(position: number): Appended;
  /** The time for a group. */
  now(): number;
  /** After each group. */
  settled(): void;
}

export interface CommittedEvent {
  readonly placed: PlacedEvent;
  readonly sequence: number;
  readonly timestamp: number;
  readonly buffer: Buffer;
  readonly place: EncodedPlace;
  /** Offset of the buffer in the log file. */
  readonly base: number;
}

const mostQueuedBytes: number = 64 * 1024 * 1024;
const mostGroupBytes: number = 4 * 1024 * 1024;

/** Group commit: what arrives while one write is made durable goes together into the next one. */
export class Committer {
  readonly #log: EventLog;
  readonly #index: EventIndex;
  readonly #listener: CommitListener;
  readonly #appends: { readonly item: AppendItem | ChangeItem | WorkItem; readonly bytes: number }[] = [];
  #queuedBytes = 0;
  #running: Promise<void> | undefined;
  #closed = false;

  constructor(log: EventLog, index: EventIndex, listener: CommitListener) {
    this.#log = log;
    this.#index = index;
    this.#listener = listener;
  }

  append(item: AppendItem): void {
    this.#push(item, batchBytes(item.events), item.reject);
  }

  /** Stores a change of something other than events; resolves when it is durable. */
  change(change: unknown): Promise<number> {
    return new Promise((resolve, reject) => this.#push({ change, resolve, reject }, 1024, reject));
  }

  /** Runs work while nothing is written. */
  exclusive<Result>(work: () => Promise<Result>): Promise<Result> {
    return new Promise((resolve, reject) => {
      this.#push({ work: () => work().then(resolve, reject) }, 0, reject);
    });
  }

  /** Takes nothing more, and resolves when all that was taken is settled. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#running;
  }

  #push(item: AppendItem | ChangeItem | WorkItem, bytes: number, reject: (error: StoreError) => void): void {
    const refusal = this.#refusal(bytes);
    if (refusal !== undefined) {
      reject(new StoreError('unavailable', refusal));
      return;
    }
    this.#appends.push({ item, bytes });
    this.#queuedBytes += bytes;
    this.#running ??= this.#run();
  }

  #refusal(bytes: number): string | undefined {
    if (this.#closed) return 'the store is closing';
    const isFull = bytes > 0 && this.#appends.length > 0 && this.#queuedBytes + bytes > mostQueuedBytes;
    return isFull ? 'too much waits to be stored: try again in a moment' : undefined;
  }

  async #run(): Promise<void> {
    // What arrives in this turn of the event loop goes into the first group.
    await Promise.resolve();
    while (this.#appends.length > 0) {
      const first = this.#appends[0]!.item;
      if ('work' in first) {
        this.#appends.shift();
        await first.work();
      } else {
        await this.#commit(this.#takeGroup());
      }
    }
    this.#running = undefined;
  }

  #takeGroup(): (AppendItem | ChangeItem)[] {
    let bytes = 0;
    let count = 0;
    for (const next of this.#appends) {
      if ('work' in next.item || (count > 0 && bytes + next.bytes > mostGroupBytes)) break;
      bytes += next.bytes;
      count++;
    }
    this.#queuedBytes -= bytes;
    return this.#appends.splice(0, count).map(({ item }) => item as AppendItem | ChangeItem);
  }

  async #commit(group: readonly (AppendItem | ChangeItem)[]): Promise<void> {
    const timestamp = Math.max(this.#index.lastTimestamp, this.#listener.now());
    const encoder = new GroupEncoder(this.#index.lastSequence, timestamp, this.#log.active.bytes);
    const plan = new Plan(this.#index);
    const waiting: {
      readonly item: AppendItem | ChangeItem;
      readonly planned?: readonly Planned[];
      readonly at: number;
    }[] = [];
    for (const item of group) {
      if ('change' in item) {
        encoder.addChange(item.change);
        waiting.push({ item, at: encoder.lastSequence });
        continue;
      }
      const planned = plan.add(item.events, item.partial);
      if (planned instanceof StoreError) item.reject(planned);
      else {
        encoder.addBatch(planned);
        waiting.push({ item, planned, at: encoder.lastSequence });
      }
    }
    try {
      if (encoder.parts.length > 0) await this.#log.append(Buffer.concat(encoder.parts));
    } catch (error) {
      for (const { item } of waiting) item.reject(error as StoreError);
      return;
    }
    encoder.tell(this.#listener);
    for (const { item, planned, at } of waiting) {
      if ('change' in item) item.resolve(at);
      else item.resolve(planned!.map((one) => resultOf(one, this.#listener)));
    }
    this.#listener.settled();
  }
}

function resultOf(planned: Planned, listener: CommitListener): Appended | StoreError {
  if (planned.error) return planned.error;
  if (planned.stored !== undefined) return listener.stored(planned.stored);
  return (planned.same ?? planned).appended!;
}

interface Encoded {
  readonly planned: Planned;
  readonly header: BatchHeader;
  readonly sequence: number;
  readonly place: EncodedPlace;
  readonly buffer: Buffer;
  readonly base: number;
}

/** Writes the records of one group, one after the other. */
class GroupEncoder {
  readonly parts: Buffer[] = [];
  readonly #encoded: Encoded[] = [];
  readonly #timestamp: number;
  readonly #groupStart: number;
  /** Of the events so far. */
  lastSequence: number;
  #bytes = 0;

  constructor(lastSequence: number, timestamp: number, groupStart: number) {
    this.lastSequence = lastSequence;
    this.#timestamp = timestamp;
    this.#groupStart = groupStart;
  }

  addChange(change: unknown): void {
    const body = encodeChange({ sequence: this.lastSequence, change });
    this.#seal(Buffer.concat([Buffer.alloc(recordHeaderBytes), body]));
  }

  addBatch(planned: readonly Planned[]): void {
    const fresh = planned.filter((one) => one.isNew);
    if (fresh.length === 0) return;
    const buffer = Buffer.allocUnsafe(batchBytes(fresh.map(({ event }) => event)));
    const header = { firstSequence: this.lastSequence + 1, timestamp: this.#timestamp };
    const base = this.#groupStart + this.#bytes;
    const end = encodeBatch(buffer, { at: recordHeaderBytes, header, events: fresh }, (place, index) => {
      const sequence = ++this.lastSequence;
      this.#encoded.push({ planned: fresh[index]!, header, sequence, place, buffer, base });
    });
    this.#seal(buffer.subarray(0, end));
  }

  tell(listener: CommitListener): void {
    for (const { planned, header, sequence, place, buffer, base } of this.#encoded) {
      planned.appended = listener.committed({
        placed: planned,
        sequence,
        timestamp: header.timestamp,
        buffer,
        place,
        base,
      });
    }
  }

  #seal(record: Buffer): void {
    sealRecord(record, { at: 0, end: record.length, groupStart: this.#groupStart });
    this.parts.push(record);
    this.#bytes += record.length;
  }
}
