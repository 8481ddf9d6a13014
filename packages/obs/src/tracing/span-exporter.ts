import type { ReadableSpan, SpanExporter } from '@opentelemetry/sdk-trace';
import type { Transport } from '../transport.ts';

type Done = Parameters<SpanExporter['export']>[1];

/** A wire format of spans. */
export interface SpanEncoder {
  readonly contentType: string;
  /** One body for spans that share a resource; at least one span. */
  encode(spans: readonly ReadableSpan[]): Uint8Array;
}

/** An exporter that can be told to stop waiting for better times. */
export interface HurryingExporter extends SpanExporter {
  hurry?(timeoutMs: number): void;
}

/** What an export result carries when spans were not delivered. */
export class SpanExportError extends Error {
  /** A bounded word: the label `reason` of `alex_obs_spans_failed_total`. */
  readonly reason: string;
  /** How many spans of the export failed; the others arrived. */
  readonly failedSpans: number;

  constructor(reason: string, message: string, failedSpans: number) {
    super(message);
    this.reason = reason;
    this.failedSpans = failedSpans;
  }
}

/** Collectors accept a few megabytes; below this a request is never split. */
const bodyLimit = 1_000_000;

/** Sends spans in some wire format, one request for each resource and megabyte. */
export class HttpSpanExporter implements HurryingExporter {
  readonly #encoder: SpanEncoder;
  readonly #transport: Transport;

  constructor(encoder: SpanEncoder, transport: Transport) {
    this.#encoder = encoder;
    this.#transport = transport;
  }

  export(spans: ReadableSpan[], done: Done): void {
    void this.#export(spans).then((error) => done(error === undefined ? { code: 0 } : { code: 1, error }));
  }

  hurry(timeoutMs: number): void {
    this.#transport.hurry(timeoutMs);
  }

  async forceFlush(): Promise<void> {}

  async shutdown(): Promise<void> {
    this.#transport.close();
  }

  async #export(spans: readonly ReadableSpan[]): Promise<SpanExportError | undefined> {
    let failure: SpanExportError | undefined;
    let failed = 0;
    for (const group of Map.groupBy(spans, (span) => span.resource).values()) {
      const error = await this.#send(group);
      if (error === undefined) continue;
      failed += error.failedSpans;
      failure = new SpanExportError(error.reason, error.message, failed);
    }
    return failure;
  }

  async #send(spans: readonly ReadableSpan[]): Promise<SpanExportError | undefined> {
    let body: Uint8Array;
    try {
      body = this.#encoder.encode(spans);
    } catch (error) {
      if (spans.length > 1) return this.#halves(spans);
      return new SpanExportError('encode', `A span cannot be encoded: ${String(error)}`, 1);
    }
    if (body.length > bodyLimit && spans.length > 1) return this.#halves(spans);
    const result = await this.#transport.send(body, this.#encoder.contentType);
    return result.ok ? undefined : new SpanExportError(result.reason, result.message, spans.length);
  }

  async #halves(spans: readonly ReadableSpan[]): Promise<SpanExportError | undefined> {
    const middle = Math.ceil(spans.length / 2);
    const first = await this.#send(spans.slice(0, middle));
    const second = await this.#send(spans.slice(middle));
    if (first === undefined || second === undefined) return first ?? second;
    return new SpanExportError(second.reason, second.message, first.failedSpans + second.failedSpans);
  }
}
