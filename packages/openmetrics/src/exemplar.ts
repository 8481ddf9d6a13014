import type { Exemplar } from './model.ts';

/** A reference from a record to its trace; it is read at once and never kept. */
export interface ExemplarReference {
  readonly traceId: string;
  readonly spanId: string;
  /** Unix milliseconds, usually of the span's end; now when absent. */
  readonly timestampMs?: number | undefined;
}

/** What exemplars need from their registry: the time, and how often it was collected. */
export interface ExemplarClock {
  readonly now: () => number;
  generation: number;
  collectedAtMs: number;
}

/** Exemplars that are older are not rendered. */
const exemplarLifetimeMs: number = 15 * 60_000;

const maxIdLength = 48;

/**
 * One exemplar per slot (a bucket, a counter). A slot takes the first record after each collect; collecting deletes
 * nothing, so that two scrapers see the same exemplars.
 */
export class ExemplarSlots {
  readonly #traceIds: string[] = [];
  readonly #spanIds: string[] = [];
  readonly #values: number[] = [];
  readonly #timestampsMs: number[] = [];
  readonly #generations: number[] = [];

  constructor(size: number) {
    for (let slot = 0; slot < size; slot++) {
      this.#traceIds.push('');
      this.#spanIds.push('');
      this.#values.push(0);
      this.#timestampsMs.push(0);
      this.#generations.push(-1);
    }
  }

  /** Whether a record may still go into the slot until the next collect. */
  isOpen(slot: number, clock: ExemplarClock): boolean {
    return this.#generations[slot] !== clock.generation;
  }

  /** Fills the slot. Returns false, and changes nothing, when the reference is no valid one. */
  fill(slot: number, value: number, reference: ExemplarReference, clock: ExemplarClock): boolean {
    const { traceId, spanId, timestampMs } = reference;
    if (!isId(traceId) || !isId(spanId)) {
      return false;
    }
    const time = Number.isFinite(timestampMs) ? (timestampMs as number) : clock.now();
    this.#traceIds[slot] = traceId;
    this.#spanIds[slot] = spanId;
    this.#values[slot] = value;
    this.#timestampsMs[slot] = time;
    this.#generations[slot] = clock.generation;
    return true;
  }

  /** The exemplar of a slot as the snapshot model has it, unless it is too old or there is none. */
  read(slot: number, clock: ExemplarClock): Exemplar | undefined {
    const timestampMs = this.#timestampsMs[slot] as number;
    if (this.#generations[slot] === -1 || clock.collectedAtMs - timestampMs > exemplarLifetimeMs) {
      return undefined;
    }
    return {
      labels: [
        ['trace_id', this.#traceIds[slot] as string],
        ['span_id', this.#spanIds[slot] as string],
      ],
      value: this.#values[slot] as number,
      timestamp: timestampMs / 1000,
    };
  }
}

function isId(id: unknown): id is string {
  return typeof id === 'string' && id.length > 0 && id.length <= maxIdLength;
}
