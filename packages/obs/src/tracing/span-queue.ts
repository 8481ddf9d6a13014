import type { ReadableSpan } from '@opentelemetry/sdk-trace';
import type { DropReason } from '../catalog.ts';
import { measureSpan } from './span-size.ts';

export interface QueueLimits {
  readonly maxSpans: number;
  /** Estimated bytes of all spans together. */
  readonly maxBytes: number;
  /** Estimated bytes of one span. */
  readonly maxSpanBytes: number;
}

/** Finished spans that wait for export, bounded by number and by size. */
export class SpanQueue {
  readonly #limits: QueueLimits;
  #spans: ReadableSpan[] = [];
  #sizes: number[] = [];
  #bytes = 0;

  constructor(limits: QueueLimits) {
    this.#limits = limits;
  }

  get length(): number {
    return this.#spans.length;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Adds a span, or says why not. */
  add(span: ReadableSpan): DropReason | undefined {
    if (this.#spans.length >= this.#limits.maxSpans) return 'queue_full';
    const bytes = measureSpan(span, this.#limits.maxSpanBytes);
    if (bytes > this.#limits.maxSpanBytes) return 'span_too_large';
    if (this.#bytes + bytes > this.#limits.maxBytes) return 'queue_full';
    this.#spans.push(span);
    this.#sizes.push(bytes);
    this.#bytes += bytes;
    return undefined;
  }

  /** Removes the oldest spans, at most so many and about so many bytes, but at least one if there is any. */
  take(maxSpans: number, maxBytes: number): readonly ReadableSpan[] {
    let count = 0;
    let bytes = 0;
    while (count < Math.min(maxSpans, this.#spans.length)) {
      const size = this.#sizes[count]!;
      if (count > 0 && bytes + size > maxBytes) break;
      bytes += size;
      count += 1;
    }
    this.#bytes -= bytes;
    this.#sizes.splice(0, count);
    return this.#spans.splice(0, count);
  }

  /** Removes everything and says how many spans that was. */
  clear(): number {
    const { length } = this.#spans;
    this.#spans = [];
    this.#sizes = [];
    this.#bytes = 0;
    return length;
  }
}
