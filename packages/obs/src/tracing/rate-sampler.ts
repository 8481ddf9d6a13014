import type { Context, SpanContext } from '@opentelemetry/api';
import type { Sampler, SamplingResult } from '@opentelemetry/sdk-trace';
import type { ContextAccess } from './context-access.ts';

const dropped: SamplingResult = { decision: 0 };
const sampled: SamplingResult = { decision: 2 };

/**
 * Keeps a share of traces that can be changed while running. A span follows its local parent always and its remote
 * parent unless the rate is 0 (never) or 1 (always); a root is kept when its trace id, folded as OpenTelemetry JS folds
 * it, falls below the rate. Never throws.
 */
export class RateSampler implements Sampler {
  readonly #spanOf: ContextAccess['spanOf'];
  #rate = 1;

  constructor(rate: number, spanOf: ContextAccess['spanOf']) {
    this.#spanOf = spanOf;
    this.setRate(rate);
  }

  /** A rate that is no number from 0 to 1 is ignored. */
  setRate(rate: number): void {
    if (typeof rate === 'number' && rate >= 0 && rate <= 1) this.#rate = rate;
  }

  shouldSample(context: Context, traceId: string): SamplingResult {
    try {
      return this.#isSampled(this.#spanOf(context)?.spanContext(), traceId) ? sampled : dropped;
    } catch {
      return dropped;
    }
  }

  toString(): string {
    return `RateSampler{${this.#rate}}`;
  }

  #isSampled(parent: SpanContext | undefined, traceId: string): boolean {
    const hasParent = parent !== undefined && parent.traceId === traceId;
    if (hasParent && !parent.isRemote) return (parent.traceFlags & 1) === 1;
    if (this.#rate === 0 || this.#rate === 1) return this.#rate === 1;
    if (hasParent) return (parent.traceFlags & 1) === 1;
    return fold(traceId) < Math.floor(this.#rate * 0xffffffff);
  }
}

/** The exclusive or of the four 32-bit words of a trace id; NaN for what is none. */
function fold(traceId: string): number {
  let folded = 0;
  for (let at = 0; at < 32; at += 8) {
    const word = Number.parseInt(traceId.slice(at, at + 8), 16);
    if (Number.isNaN(word)) return Number.NaN;
    folded = (folded ^ word) >>> 0;
  }
  return folded;
}
