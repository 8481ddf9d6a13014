import type { Context } from '@opentelemetry/api';
import type { ReadableSpan, Span, SpanProcessor } from '@opentelemetry/sdk-trace';
import type { Failure } from '../api.ts';
import type { ContextAccess } from './context-access.ts';
import { ExportLoop, type ExportLoopOptions } from './export-loop.ts';
import { soundTimes } from './sound-times.ts';
import { type QueueLimits, SpanQueue } from './span-queue.ts';
import { cut, valueLengthLimit } from './span-size.ts';

export interface QueueSpanProcessorOptions extends Omit<ExportLoopOptions, 'queue' | 'context'> {
  readonly context: ContextAccess;
  readonly limits?: Partial<QueueLimits>;
}

const defaultTimeoutMs = 3000;

/**
 * Puts the session on every span, and queues finished sampled spans for export. The queue takes bursts of 16384 spans and
 * 32 MiB; what is beyond is dropped and counted. No method throws, and none waits longer than it is told to.
 */
export class QueueSpanProcessor implements SpanProcessor {
  readonly #options: QueueSpanProcessorOptions;
  readonly #queue: SpanQueue;
  readonly #loop: ExportLoop;
  #closing: Promise<readonly Failure[]> | undefined;
  #closed = false;

  constructor(options: QueueSpanProcessorOptions) {
    this.#options = options;
    this.#queue = new SpanQueue({
      maxSpans: 16_384,
      maxBytes: 32 * 1024 * 1024,
      maxSpanBytes: 1024 * 1024,
      ...options.limits,
    });
    this.#loop = new ExportLoop({ ...options, queue: this.#queue });
  }

  /** Spans that wait, and their estimated bytes. */
  get queued(): { readonly spans: number; readonly bytes: number } {
    return { spans: this.#queue.length, bytes: this.#queue.bytes };
  }

  /** Ends what the option `held` began: spans go out by themselves. */
  release(): void {
    this.#loop.release();
  }

  onStart(span: Span, parentContext: Context): void {
    try {
      const sessionId = this.#options.context.sessionOf(parentContext);
      if (sessionId === undefined) return;
      span.setAttribute('alex.session_id', sessionId);
      span.setAttribute('gen_ai.conversation.id', sessionId);
    } catch {
      // A context that cannot be read has no session.
    }
  }

  onEnding(span: Span): void {
    try {
      if (typeof span.name !== 'string') span.updateName('unknown');
      if (span.name.length > valueLengthLimit) span.updateName(cut(span.name));
      const { code, message } = span.status;
      if (message !== undefined && message.length > valueLengthLimit) span.setStatus({ code, message: cut(message) });
    } catch {
      // The size limit of the queue still holds.
    }
  }

  onEnd(span: ReadableSpan): void {
    try {
      if ((span.spanContext().traceFlags & 1) === 0) return;
      soundTimes(span);
      const reason = this.#closed ? 'shut_down' : this.#queue.add(span);
      if (reason === undefined) this.#loop.notify();
      else this.#options.listener.dropped('traces', reason, 1);
    } catch {
      // Ending a span never throws into the program.
    }
  }

  /** Exports what waits and what is in flight. Resolves with what failed; never rejects. */
  flush(timeoutMs: number = defaultTimeoutMs): Promise<readonly Failure[]> {
    return this.#closed ? Promise.resolve([]) : this.#loop.flush(timeoutMs);
  }

  /** Flushes and closes the exporter; what is left then is dropped. Resolves with what failed; never rejects. */
  close(timeoutMs: number = defaultTimeoutMs): Promise<readonly Failure[]> {
    this.#closing ??= this.#close(timeoutMs);
    return this.#closing;
  }

  async forceFlush(): Promise<void> {
    await this.flush();
  }

  async shutdown(): Promise<void> {
    await this.close();
  }

  async #close(timeoutMs: number): Promise<readonly Failure[]> {
    const start = performance.now();
    const failures = await this.#loop.flush(timeoutMs);
    this.#closed = true;
    this.#loop.stop();
    const left = this.#queue.clear();
    if (left > 0) this.#options.listener.dropped('traces', 'shut_down', left);
    await this.#closeExporter(Math.max(100, timeoutMs - (performance.now() - start)));
    // What closing has cut off still has to be counted.
    await this.#loop.flush(100);
    return failures;
  }

  #closeExporter(timeoutMs: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, timeoutMs);
      const done = (): void => {
        clearTimeout(timer);
        resolve();
      };
      try {
        this.#options.exporter.shutdown().then(done, done);
      } catch {
        done();
      }
    });
  }
}
