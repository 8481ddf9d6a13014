import { StoreError } from '../errors.ts';
import { type Appended, type CheckedEvent, checkEventText } from '../event.ts';
import { arraySpans, objectSpans } from '../json/spans.ts';
import type { StoredEvent } from '../stored-event.ts';
import { readUuid } from '../uuid.ts';
import type { CommittedEvent } from './committer.ts';
import { clockMs } from './metrics.ts';
import type { StoreParts } from './parts.ts';
import { createDueSnapshot } from './snapshot-maker.ts';

/** What became of each event of a batch, in order. */
export type BatchResults = readonly (Appended | StoreError)[];

const mostBatchEvents = 10_000;

/** Takes events in: counts every attempt, hands good ones to the committer and, once durable, to all that follows. */
export class Ingest {
  readonly #parts: () => StoreParts;
  readonly #broadcast: (event: StoredEvent) => void;

  constructor(parts: () => StoreParts, broadcast: (event: StoredEvent) => void) {
    this.#parts = parts;
    this.#broadcast = broadcast;
  }

  /** Stores one event. `check` gives it or throws StoreError. */
  async one(check: () => CheckedEvent, startedAt: number): Promise<Appended> {
    const [result] = await this.#store(() => [this.#checked(check)], false, startedAt);
    return result as Appended;
  }

  /** Stores events together, or with `partial` each for itself. `checks` throws StoreError when it is no batch at all. */
  async batch(
    checks: () => readonly (() => CheckedEvent)[],
    partial: boolean,
    startedAt: number,
  ): Promise<BatchResults> {
    return await this.#store(() => checks().map((check) => this.#checked(check)), partial, startedAt);
  }

  /** Counts an attempt that did not get as far as an event. */
  refused(startedAt: number): void {
    this.#count({ attempts: 1, errors: 1, startedAt });
  }

  async #store(
    read: () => readonly (CheckedEvent | StoreError)[],
    partial: boolean,
    startedAt: number,
  ): Promise<BatchResults> {
    let checked: readonly (CheckedEvent | StoreError)[];
    try {
      checked = read();
    } catch (error) {
      this.refused(startedAt);
      throw error;
    }
    const bad = checked.filter((one) => one instanceof StoreError);
    const attempts = checked.length;
    if (bad.length > 0 && !partial) {
      this.#count({ attempts, errors: bad.length, startedAt });
      const index = checked.indexOf(bad[0]!);
      throw attempts === 1 ? bad[0] : new StoreError(bad[0]!.code, bad[0]!.message, { cause: bad[0], index });
    }
    const good = checked.filter((one) => !(one instanceof StoreError)) as CheckedEvent[];
    try {
      const stored = good.length === 0 ? [] : await this.#append(good, partial);
      let next = 0;
      const results = checked.map((one) => (one instanceof StoreError ? one : stored[next++]!));
      const errors = results.filter((one) => one instanceof StoreError).length;
      this.#count({ attempts, errors, startedAt });
      return results;
    } catch (error) {
      const isOne = StoreError.isInstance(error) && error.index !== undefined;
      this.#count({ attempts, errors: isOne ? 1 : good.length, startedAt });
      throw error;
    }
  }

  #append(events: readonly CheckedEvent[], partial: boolean): Promise<BatchResults> {
    return new Promise((resolve, reject) => {
      this.#parts().committer.append({ events, partial, resolve, reject });
    });
  }

  #checked(check: () => CheckedEvent): CheckedEvent | StoreError {
    try {
      const event = check();
      this.#parts().schemas.checkEvent(event.eventType, event.payload);
      return event;
    } catch (error) {
      if (error instanceof StoreError) return error;
      throw error;
    }
  }

  #count({ attempts, errors, startedAt }: { attempts: number; errors: number; startedAt: number }): void {
    const { ingestionDuration, ingestionErrors } = this.#parts().metrics;
    const seconds = (clockMs() - startedAt) / 1000;
    for (let index = 0; index < attempts; index++) ingestionDuration.observe(seconds);
    if (errors > 0) ingestionErrors.add(errors);
  }

  /** An event is durable: nothing can fail its ingest any more. */
  committed({ placed, sequence, timestamp, buffer, place, base }: CommittedEvent): Appended {
    const parts = this.#parts();
    const { event, version } = placed;
    const { eventType, entityId, tenantId } = event;
    const entry = {
      sequence,
      timestamp,
      version,
      eventType,
      tenantId,
      entityId,
      file: parts.fileNumbers.get(parts.log.active.name)!,
      payloadAt: base + place.payloadAt,
      payloadBytes: place.payloadBytes,
      metadataAt: base + place.metadataAt,
      metadataBytes: place.metadataBytes,
    };
    parts.index.add(entry, buffer, place.idAt);
    parts.memoryBytes += place.payloadBytes + place.metadataBytes;
    parts.metrics.ingested.add(1);
    parts.metrics.ofType(eventType).add(1);
    const id = readUuid(buffer, place.idAt);
    const { payload, payloadText, metadataText } = event;
    const stored = {
      id,
      sequence,
      timestamp,
      version,
      eventType,
      entityId,
      tenantId,
      payload,
      payloadText,
      metadataText,
    };
    this.#afterwards(parts, stored);
    return { eventId: id, timestamp, sequence, version };
  }

  #afterwards(parts: StoreParts, event: StoredEvent): void {
    try {
      parts.projections.process(event);
      parts.pipelines.process(event);
      this.#broadcast(event);
      if (parts.snapshots.isDue(event.tenantId, event.entityId, event)) createDueSnapshot(parts, event);
    } catch (error) {
      parts.reporter.error({ error, event_id: event.id }, 'An event is stored, but what follows failed');
    }
  }
}

/** Reads the body of a request for one event. Throws StoreError `invalid`. */
export function readEvent(text: string): CheckedEvent {
  return checkEventText(parseBody(text), text);
}

/** Reads the body of a request for a batch: one check for each event. Throws StoreError. */
export function readBatch(text: string): readonly (() => CheckedEvent)[] {
  const body = parseBody(text);
  const events = (body as { readonly events?: unknown } | null)?.events;
  if (!Array.isArray(events)) throw new StoreError('invalid', 'the body of a batch is {"events": [...]}');
  if (events.length > mostBatchEvents) {
    throw new StoreError('too_large', `a batch has at most ${mostBatchEvents} events, not ${events.length}`);
  }
  const spans = arraySpans(text, objectSpans(text).get('events')!.start);
  return events.map((event, index) => () => checkEventText(event, text, spans[index]!.start));
}

function parseBody(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new StoreError('invalid', `the body is no valid JSON: ${(error as Error).message}`, { cause: error });
  }
}
