import { StoreError } from '../errors.ts';
import { type Appended, type CheckedEvent, checkEventText } from '../event.ts';
import { batchSpans } from '../json/spans.ts';
import type { StoredEvent } from '../stored-event.ts';
import { clockMs } from './metrics.ts';
import type { StoreParts } from './parts.ts';
import type { PlannedEvent } from './plan.ts';
import { createDueSnapshot } from './snapshot-maker.ts';

/** What became of each event of a batch, in order. */
export type BatchResults = readonly (Appended | StoreError)[];

/** Events that are read one by one, so that each may fail for itself. */
export interface EventBatch {
  readonly length: number;
  /** Throws StoreError. */
  event(index: number): CheckedEvent;
}

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
    try {
      const [result] = await this.#store({ length: 1, event: check }, false, startedAt);
      return result as Appended;
    } catch (error) {
      // As the only one it needs no position.
      throw StoreError.isInstance(error) && error.index !== undefined ? error.cause : error;
    }
  }

  /** Stores events together, or with `partial` each for itself. `read` throws StoreError when it is no batch at all. */
  async batch(read: () => EventBatch, partial: boolean, startedAt: number): Promise<BatchResults> {
    let batch: EventBatch;
    try {
      batch = read();
    } catch (error) {
      this.refused(startedAt);
      throw error;
    }
    return await this.#store(batch, partial, startedAt);
  }

  /** Counts an attempt that did not get as far as an event. */
  refused(startedAt: number): void {
    this.#count({ attempts: 1, errors: 1, startedAt });
  }

  async #store(batch: EventBatch, partial: boolean, startedAt: number): Promise<BatchResults> {
    const attempts = batch.length;
    const good: CheckedEvent[] = [];
    const bad = new Map<number, StoreError>();
    for (let index = 0; index < attempts; index++) {
      const checked = this.#checked(batch, index);
      if (checked instanceof StoreError) bad.set(index, checked);
      else good.push(checked);
    }
    if (bad.size > 0 && !partial) {
      this.#count({ attempts, errors: bad.size, startedAt });
      const [index, error] = bad.entries().next().value!;
      throw new StoreError(error.code, error.message, { cause: error, index });
    }
    try {
      const stored = good.length === 0 ? [] : await this.#append(good, partial);
      let errors = bad.size;
      if (partial) for (const result of stored) if (result instanceof StoreError) errors++;
      this.#count({ attempts, errors, startedAt });
      if (bad.size === 0) return stored;
      let next = 0;
      return Array.from({ length: attempts }, (_, index) => bad.get(index) ?? stored[next++]!);
    } catch (error) {
      const isOne = StoreError.isInstance(error) && error.index !== undefined;
      this.#count({ attempts, errors: bad.size + (isOne ? 1 : good.length), startedAt });
      throw error;
    }
  }

  #append(events: readonly CheckedEvent[], partial: boolean): Promise<BatchResults> {
    return new Promise((resolve, reject) => {
      this.#parts().committer.append({ events, partial, resolve, reject });
    });
  }

  #checked(batch: EventBatch, index: number): CheckedEvent | StoreError {
    try {
      const event = batch.event(index);
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
  committed(planned: PlannedEvent, buffer: Buffer): Appended {
    const parts = this.#parts();
    const { event, id, sequence, timestamp, version, idAt } = planned;
    const { eventType, payload, payloadText, metadataText } = event;
    const entity = planned.entity!;
    planned.file = parts.fileNumbers.get(parts.log.active.name)!;
    parts.index.add(entity, eventType, planned, { bytes: buffer, at: idAt });
    parts.metrics.ingested.add(1);
    parts.metrics.ofType(eventType).add(1);
    // The names of the entity, which stay, not those of the request.
    const { id: entityId, index: number, tenant } = entity;
    this.#afterwards(parts, {
      id,
      sequence,
      timestamp,
      version,
      eventType,
      entityId,
      entity: number,
      tenantId: tenant.id,
      payload,
      payloadText,
      metadataText,
    });
    return { eventId: id, timestamp, sequence, version };
  }

  #afterwards(parts: StoreParts, event: StoredEvent): void {
    try {
      const processedAt = parts.projections.process(event, clockMs());
      parts.pipelines.process(event, processedAt);
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

/** Reads the body of a request for a batch. Throws StoreError. */
export function readBatch(text: string): EventBatch {
  const body = parseBody(text);
  const events = (body as { readonly events?: unknown } | null)?.events;
  if (!Array.isArray(events)) throw new StoreError('invalid', 'the body of a batch is {"events": [...]}');
  if (events.length > mostBatchEvents) {
    throw new StoreError('too_large', `a batch has at most ${mostBatchEvents} events, not ${events.length}`);
  }
  const spans = batchSpans(text);
  return { length: events.length, event: (index) => checkEventText(events[index], text, spans[index]) };
}

function parseBody(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new StoreError('invalid', `the body is no valid JSON: ${(error as Error).message}`, { cause: error });
  }
}
