import { StoreError } from '../errors.ts';
import type { Appended, CheckedEvent } from '../event.ts';
import { batchBytes, changeBytes, encodeBatch, encodeChange } from '../log/codec.ts';
import type { EventLog } from '../log/event-log.ts';
import { recordHeaderBytes, sealRecord } from '../log/record.ts';
import { readUuid } from '../uuid.ts';
import type { Change } from './changes.ts';
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
  readonly change: Change;
  readonly json: string;
  readonly resolve: () => void;
  readonly reject: (error: StoreError) => void;
}

interface WorkItem {
  readonly work: () => Promise<void>;
}

/** What the committer asks, and tells when a group is durable: events and changes in the order in which they were written. */
export interface CommitListener {
  /** Why a change is not to be written any more; asked at its turn. */
  refusal(change: Change): StoreError | undefined;
  /** One event, in order. `buffer` holds its id at `idAt` until this returns. */
  committed(planned: PlannedEvent, buffer: Buffer): Appended;
  /** One change; `sequence` is the last one before it. */
  changed(change: Change, sequence: number): void;
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
  /** What becomes of its events, and those of them that are stored. */
  readonly planned: readonly PlannedEvent[];
  readonly events: readonly PlannedEvent[];
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

  /** Stores a change of something other than events; resolves when it is durable and in force. */
  change(change: Change): Promise<void> {
    return new Promise((resolve, reject) => {
      const json = jsonOf(change);
      this.#push({ change, json, resolve, reject }, changeBytes(json), reject);
    });
  }

  /**
   * Stores a change that rests on what was there before it: `prepare` makes it when all that came before it is in force,
   * and nothing is written with it. It may throw, or say that there is nothing to change.
   */
  changeAlone(prepare: () => Change | undefined): Promise<void> {
    return this.exclusive(async () => {
      const change = prepare();
      if (change === undefined) return;
      const json = jsonOf(change);
      await new Promise<void>((resolve, reject) => {
        void this.#commit({ items: [{ change, json, resolve, reject }], bytes: changeBytes(json) });
      });
    });
  }

  /** Runs work while nothing is written. */
  exclusive<Result>(work: () => Promise<Result>): Promise<Result> {
    return new Promise((resolve, reject) => {
      const settled = async (): Promise<void> => {
        try {
          resolve(await work());
        } catch (error) {
          reject(error);
        }
      };
      this.#push({ work: settled }, 0, reject);
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

  /** Settles every item of a group; never rejects. */
  async #commit({ items, bytes }: Group): Promise<void> {
    let isDurable = false;
    try {
      const timestamp = Math.max(this.#index.lastTimestamp, this.#listener.now());
      const buffer = this.#room(bytes);
      const { lastSequence } = this.#index;
      const group = new GroupWriter(buffer, { lastSequence, timestamp, start: this.#log.active.bytes });
      const waiting = this.#write(items, group);
      const written = group.bytes === 0 ? undefined : this.#log.append(buffer.subarray(0, group.bytes));
      // While the disk works.
      for (const planned of group.events) planned.id = readUuid(buffer, planned.idAt);
      await written;
      isDurable = true;
      this.#tell(waiting, buffer);
    } catch (error) {
      // Memory has less than the disk from here on: only a start brings them together again.
      const reason = isDurable ? this.#log.fail('What was stored could not be put in force', error) : failureOf(error);
      for (const item of items) item.reject(reason);
    }
  }

  /** Writes what can be stored, refuses the rest, and gives who waits for the disk. */
  #write(items: readonly (AppendItem | ChangeItem)[], group: GroupWriter): readonly Waiting[] {
    const plan = new Plan(this.#index);
    const waiting: Waiting[] = [];
    for (const item of items) {
      const written = 'json' in item ? this.#writeChange(item, group) : writeBatch(item, plan, group);
      if (written instanceof StoreError) item.reject(written);
      else waiting.push(written);
    }
    return waiting;
  }

  #writeChange(item: ChangeItem, group: GroupWriter): Waiting | StoreError {
    const refusal = this.#listener.refusal(item.change);
    if (refusal) return refusal;
    group.addChange(item.json);
    return { item, planned: [], events: [], at: group.lastSequence };
  }

  /** Tells what is durable, in the order in which it was written, and then whoever waits for it. */
  #tell(waiting: readonly Waiting[], buffer: Buffer): void {
    for (const { item, events, at } of waiting) {
      if ('json' in item) this.#listener.changed(item.change, at);
      for (const planned of events) planned.appended = this.#listener.committed(planned, buffer);
    }
    for (const { item, planned } of waiting) {
      if ('json' in item) item.resolve();
      else item.resolve(planned.map((one) => resultOf(one, this.#listener)));
    }
    this.#listener.settled();
  }

  #room(bytes: number): Buffer {
    if (bytes <= this.#buffer.length) return this.#buffer;
    const buffer = Buffer.allocUnsafeSlow(Math.max(bytes, 64 * 1024));
    if (bytes <= mostGroupBytes) this.#buffer = buffer;
    return buffer;
  }
}

function writeBatch(item: AppendItem, plan: Plan, group: GroupWriter): Waiting | StoreError {
  const planned = plan.add(item.events, item.partial);
  if (planned instanceof StoreError) return planned;
  return { item, planned, events: group.addBatch(planned), at: group.lastSequence };
}

function jsonOf(change: Change): string {
  try {
    return JSON.stringify(change);
  } catch (error) {
    throw new StoreError('invalid', `it cannot be written as JSON: ${(error as Error).message}`, { cause: error });
  }
}

function failureOf(error: unknown): StoreError {
  if (StoreError.isInstance(error)) return error;
  return new StoreError('storage', `Nothing was stored: ${(error as Error).message}`, { cause: error });
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

  /** Returns the events that are stored. */
  addBatch(planned: readonly PlannedEvent[]): readonly PlannedEvent[] {
    const events = planned.filter((one) => one.isNew);
    if (events.length === 0) return events;
    const firstSequence = this.lastSequence + 1;
    for (const one of events) {
      one.sequence = ++this.lastSequence;
      one.timestamp = this.#timestamp;
      this.events.push(one);
    }
    const at = this.bytes + recordHeaderBytes;
    this.#seal(encodeBatch(this.#buffer, { firstSequence, timestamp: this.#timestamp, events, at, base: this.#start }));
    return events;
  }

  #seal(end: number): void {
    sealRecord(this.#buffer, { at: this.bytes, end, groupStart: this.#start });
    this.bytes = end;
  }
}
