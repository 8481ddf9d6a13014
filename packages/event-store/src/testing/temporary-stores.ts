import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { NewEvent } from '../event.ts';
import { buildSegment } from '../segments/build-segment.ts';
import { EventStore, type EventStoreOptions } from '../store/event-store.ts';

/** Stores and folders of a test file; `clear` closes the ones and removes the others, after each test. */
export class TemporaryStores {
  readonly #folders: string[] = [];
  readonly #stores: EventStore[] = [];

  newFolder(): string {
    const folder = mkdtempSync(join(tmpdir(), 'event-store-test-'));
    this.#folders.push(folder);
    return folder;
  }

  /** Opens a store that builds segments without a thread. */
  open(options: EventStoreOptions = {}): Promise<EventStore> {
    return this.openThreaded({ build: buildSegment, ...options });
  }

  async openThreaded(options: EventStoreOptions): Promise<EventStore> {
    const store = await EventStore.open(options);
    this.#stores.push(store);
    return store;
  }

  async clear(): Promise<void> {
    for (const store of this.#stores.splice(0)) await store.close();
    for (const folder of this.#folders.splice(0)) rmSync(folder, { recursive: true });
  }
}

/** An event with a number, of one of three entities. */
export function numbered(n: number, entity: string = `e-${n % 3}`): NewEvent {
  return { event_type: 'thing.done', entity_id: entity, payload: { n, text: 'ü' } };
}

/** Stores numbered events one after the other. */
export async function fill(store: EventStore, from: number, to: number): Promise<void> {
  for (let n = from; n < to; n++) await store.append(numbered(n));
}

/** The numbers of all events of a store. */
export function numbers(store: EventStore): number[] {
  return store
    .query({ limit: 10_000 })
    .events.map((text) => (JSON.parse(text) as { payload: { n: number } }).payload.n);
}
