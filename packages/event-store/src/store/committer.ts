import { StoreError } from '../errors.ts';
import type { Appended, CheckedEvent } from '../event.ts';
import { batchBytes, changeBytes, encodeBatch, encodeChange } from '../log/codec.ts';
import type { EventLog } from '../log/event-log.ts';
import { recordHeaderBytes, sealRecord } from '../log/record.ts';
import { readUuid } from '../uuid.ts';
import type { EventIndex } from './event-index.ts';
import { Plan, type PlannedEvent } from './plan.ts';

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
  readonly json: string;
  /** With the last sequence before the change. */
  readonly resolve: (sequence: number) => void;
  readonly reject: (error: StoreError) => void;
}

interface WorkItem {
  readonly work: () => Promise<void>;
}

/** What the committer tells when a group is durable; it may not throw. */
export interface CommitListener {
  /** One event, in order. `buffer` holds its id at `idAt` until this returns. */
  committed(planned: PlannedEvent, buffer: Buffer): Appended;
  /** What an id that was stored before had got. */
  stored(position: number): Appended;
  /** The time for a group. */
  now(): number;
  /** After each group. */
  settled(): void;
}

interface Queued {
  readonly item: AppendItem | ChangeItem | WorkItem;
  /** At most so many are written for it. */
  readonly bytes: number;
}

/** What is written at once. */
interface Group {
  readonly items: readonly (AppendItem | ChangeItem)[];
  readonly bytes: number;
}

interface Waiting {
  readonly item: AppendItem | ChangeItem;
  readonly planned: readonly PlannedEvent[];
  /** The last sequence at its turn. */
  readonly at: number;
}

const mostQueuedBytes: number = 64 * 1024 * 1024;
const mostGroupBytes: number = 4 * 1024 * 1024;

/** Group commit: what arrives while one write is made durable goes together into the next one. */
export class Committer {
  readonly #log: EventLog;
  readonly #index: EventIndex;
  readonly #listener: CommitListener;
  readonly #queue: Queued[] = [];
  #queuedBytes = 0;
  #running: Promise<void> | undefined;
  #closed = false;
  /** What a group is written to, again and again: a new one each time would cost the memory of its pages. */
  #buffer: Buffer = Buffer.alloc(0);

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
    const json = JSON.stringify(change);
    return new Promise((resolve, reject) => this.#push({ json, resolve, reject }, changeBytes(json), reject));
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
    this.#queue.push({ item, bytes });
    this.#queuedBytes += bytes;
    this.#running ??= this.#run();
  }

  #refusal(bytes: number): string | undefined {
    if (this.#closed) return 'the store is closing';
    const isFull = bytes > 0 && this.#queue.length > 0 && this.#queuedBytes + bytes > mostQueuedBytes;
    return isFull ? 'too much waits to be stored: try again in a moment' : undefined;
  }

  async #run(): Promise<void> {
    // What arrives in this turn of the event loop goes into the first group.
    await Promise.resolve();
    while (this.#queue.length > 0) {
      const first = this.#queue[0]!.item;
      if ('work' in first) {
        this.#queue.shift();
        await first.work();
      } else {
        await this.#commit(this.#takeGroup());
      }
    }
    this.#running = undefined;
  }

  #takeGroup(): Group {
    let bytes = 0;
    let count = 0;
    for (const next of this.#queue) {
      if ('work' in next.item || (count > 0 && bytes + next.bytes > mostGroupBytes)) break;
      bytes += next.bytes;
      count++;
    }
    this.#queuedBytes -= bytes;
    const items = this.#queue.splice(0, count).map(({ item }) => item as AppendItem | ChangeItem);
    return { items, bytes };
  }

  async #commit({ items, bytes }: Group): Promise<void> {
    const timestamp = Math.max(this.#index.lastTimestamp, this.#listener.now());
    const buffer = this.#room(bytes);
    const { lastSequence } = this.#index;
    const group = new GroupWriter(buffer, { lastSequence, timestamp, start: this.#log.active.bytes });
    const waiting = this.#write(items, group);
    try {
      const written = group.bytes === 0 ? undefined : this.#log.append(buffer.subarray(0, group.bytes));
      // While the disk works.
      for (const planned of group.events) planned.id = readUuid(buffer, planned.idAt);
      await written;
    } catch (error) {
      for (const { item } of waiting) item.reject(error as StoreError);
      return;
    }
    for (const planned of group.events) planned.appended = this.#listener.committed(planned, buffer);
    for (const { item, planned, at } of waiting) {
      if ('json' in item) item.resolve(at);
      else item.resolve(planned.map((one) => resultOf(one, this.#listener)));
    }
    this.#listener.settled();
  }

  /** Writes what can be stored, refuses the rest, and gives who waits for the disk. */
  #write(items: readonly (AppendItem | ChangeItem)[], group: GroupWriter): readonly Waiting[] {
    const plan = new Plan(this.#index);
    const waiting: Waiting[] = [];
    for (const item of items) {
      if ('json' in item) {
        group.addChange(item.json);
        waiting.push({ item, planned: [], at: group.lastSequence });
        continue;
      }
      const planned = plan.add(item.events, item.partial);
      if (planned instanceof StoreError) item.reject(planned);
      else {
        group.addBatch(planned);
        waiting.push({ item, planned, at: group.lastSequence });
      }
    }
    return waiting;
  }

  #room(bytes: number): Buffer {
    if (bytes <= this.#buffer.length) return this.#buffer;
    const buffer = Buffer.allocUnsafeSlow(Math.max(bytes, 64 * 1024));
    if (bytes <= mostGroupBytes) this.#buffer = buffer;
    return buffer;
  }
}

function resultOf(planned: PlannedEvent, listener: CommitListener): Appended | StoreError {
  if (planned.error) return planned.error;
  if (planned.stored !== undefined) return listener.stored(planned.stored);
  return (planned.same ?? planned).appended!;
}

/** Writes the records of one group, one after the other. */
class GroupWriter {
  readonly #buffer: Buffer;
  readonly #timestamp: number;
  readonly #start: number;
  /** Events that are stored, in order. */
  readonly events: PlannedEvent[] = [];
  lastSequence: number;
  /** Written so far. */
  bytes = 0;

  constructor(
    buffer: Buffer,
    group: { readonly lastSequence: number; readonly timestamp: number; readonly start: number },
  ) {
    this.#buffer = buffer;
    this.#timestamp = group.timestamp;
    this.#start = group.start;
    this.lastSequence = group.lastSequence;
  }

  addChange(json: string): void {
    const at = this.bytes + recordHeaderBytes;
    this.#seal(encodeChange(this.#buffer, { at, sequence: this.lastSequence, json }));
  }

  addBatch(planned: readonly PlannedEvent[]): void {
    const events = planned.filter((one) => one.isNew);
    if (events.length === 0) return;
    const firstSequence = this.lastSequence + 1;
    for (const one of events) {
      one.sequence = ++this.lastSequence;
      one.timestamp = this.#timestamp;
      this.events.push(one);
    }
    const at = this.bytes + recordHeaderBytes;
    this.#seal(encodeBatch(this.#buffer, { firstSequence, timestamp: this.#timestamp, events, at, base: this.#start }));
  }

  #seal(end: number): void {
    sealRecord(this.#buffer, { at: this.bytes, end, groupStart: this.#start });
    this.bytes = end;
  }
}
