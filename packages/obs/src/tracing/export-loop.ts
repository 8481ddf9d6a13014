import type { ReadableSpan } from '@opentelemetry/sdk-trace';
import type { Failure } from '../api.ts';
import type { ContextAccess } from './context-access.ts';
import type { TracingListener } from './listener.ts';
import { type HurryingExporter, SpanExportError } from './span-exporter.ts';
import type { SpanQueue } from './span-queue.ts';

export interface ExportLoopOptions {
  readonly queue: SpanQueue;
  readonly exporter: HurryingExporter;
  readonly context: Pick<ContextAccess, 'rootContext' | 'runWith'>;
  readonly listener: TracingListener;
  /** Told of failed exports, at most once per minute. */
  readonly warn: (message: string) => void;
  readonly batchSpans?: number;
  readonly batchBytes?: number;
  /** Longest wait for a batch to fill. */
  readonly delayMs?: number;
  readonly concurrency?: number;
  /** After this an exporter that does not answer is given up. */
  readonly exportTimeoutMs?: number;
  /** Nothing goes out before `release`, unless flushed. */
  readonly held?: boolean;
}

/** Instrumentations that see this leave our own requests alone. */
const suppressTracingKey = Symbol.for('OpenTelemetry SDK Context Key SUPPRESS_TRACING');
const warnEveryMs = 60_000;

/** Moves spans from the queue to the exporter: in batches, a few at a time, on timers that keep no process alive. */
export class ExportLoop {
  readonly #options: ExportLoopOptions;
  readonly #batchSpans: number;
  readonly #delayMs: number;
  readonly #concurrency: number;
  readonly #failures = new Set<(message: string) => void>();
  /** Called after each export. */
  readonly #waiters = new Set<() => void>();
  /** The numbers of the first spans of the exports in flight; spans are numbered as they leave the queue. */
  readonly #inFlight = new Set<number>();
  #timer: NodeJS.Timeout | undefined;
  #soon = false;
  #held: boolean;
  #taken = 0;
  #flushing = 0;
  #warnedAt = Number.NEGATIVE_INFINITY;
  #failedSinceWarning = 0;

  constructor(options: ExportLoopOptions) {
    this.#options = options;
    this.#batchSpans = options.batchSpans ?? 512;
    this.#delayMs = options.delayMs ?? 1000;
    this.#concurrency = options.concurrency ?? 4;
    this.#held = options.held ?? false;
  }

  /** From now on spans go out by themselves. */
  release(): void {
    this.#held = false;
    if (this.#options.queue.length > 0) this.notify();
  }

  /** A span has been queued. */
  notify(): void {
    if (this.#held || this.#soon || this.#inFlight.size >= this.#concurrency) return;
    if (this.#options.queue.length >= this.#batchSpans) {
      this.#soon = true;
      setImmediate(() => {
        this.#soon = false;
        this.#pump();
      }).unref();
    } else if (this.#timer === undefined) {
      this.#timer = setTimeout(() => {
        this.#timer = undefined;
        this.#pump(true);
      }, this.#delayMs).unref();
    }
  }

  /**
   * Exports everything that is queued or in flight now, within `timeoutMs`, and says what failed meanwhile. Spans that
   * come later are not waited for.
   */
  async flush(timeoutMs: number): Promise<readonly Failure[]> {
    const messages = new Set<string>();
    const end = this.#taken + this.#options.queue.length;
    const note = (message: string): void => void messages.add(message);
    this.#failures.add(note);
    this.#flushing += 1;
    try {
      this.#options.exporter.hurry?.(timeoutMs);
      this.#pump();
      if (!(await this.#drained(end, timeoutMs))) {
        const left = Math.max(0, end - this.#taken);
        note(`not done within ${timeoutMs} ms: ${left} spans waiting, ${this.#inFlight.size} exports in flight`);
      }
    } finally {
      this.#flushing -= 1;
      this.#failures.delete(note);
    }
    return [...messages].map((message) => ({ part: 'traces', message }));
  }

  /** Stops the timer; nothing is exported any more unless flushed. */
  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  /** The timer is the one handle that keeps the process alive: somebody waits for this. */
  #drained(end: number, timeoutMs: number): Promise<boolean> {
    if (this.#isDone(end)) return Promise.resolve(true);
    return new Promise((resolve) => {
      const settle = (drained: boolean): void => {
        clearTimeout(timer);
        this.#waiters.delete(check);
        resolve(drained);
      };
      const check = (): void => {
        if (this.#isDone(end)) settle(true);
      };
      const timer = setTimeout(() => settle(false), timeoutMs);
      this.#waiters.add(check);
    });
  }

  /** Whether the spans before number `end` have left the queue and their exports are over. */
  #isDone(end: number): boolean {
    if (this.#taken < end) return false;
    for (const first of this.#inFlight) if (first < end) return false;
    return true;
  }

  #pump(partial = false): void {
    const { queue } = this.#options;
    while (this.#inFlight.size < this.#concurrency && queue.length > 0) {
      if (!partial && this.#flushing === 0 && queue.length < this.#batchSpans) break;
      void this.#exportBatch(queue.take(this.#batchSpans, this.#options.batchBytes ?? 1_000_000));
    }
    if (queue.length > 0 && this.#inFlight.size < this.#concurrency) this.notify();
  }

  async #exportBatch(spans: readonly ReadableSpan[]): Promise<void> {
    const { context, listener } = this.#options;
    const first = this.#taken;
    this.#taken += spans.length;
    this.#inFlight.add(first);
    const start = performance.now();
    const suppressed = context.rootContext.setValue(suppressTracingKey, true);
    let error: Error | undefined;
    try {
      error = await context.runWith(suppressed, () => this.#export(spans));
    } catch (cause) {
      error = cause instanceof Error ? cause : new Error(String(cause));
    }
    this.#inFlight.delete(first);
    try {
      listener.exportSeconds((performance.now() - start) / 1000);
      this.#account(spans.length, error);
    } catch {
      // A listener's defect must not stop the exports.
    }
    this.#pump();
    for (const check of [...this.#waiters]) check();
  }

  /** Resolves with what went wrong, also when the exporter throws or never answers. */
  #export(spans: readonly ReadableSpan[]): Promise<Error | undefined> {
    const timeoutMs = this.#options.exportTimeoutMs ?? 15_000;
    return new Promise((resolve) => {
      const late = new SpanExportError('timeout', `no result within ${timeoutMs} ms`, spans.length);
      const timer = setTimeout(() => resolve(late), timeoutMs).unref();
      const finish = (error: Error | undefined): void => {
        clearTimeout(timer);
        resolve(error);
      };
      try {
        this.#options.exporter.export([...spans], ({ code, error }) =>
          finish(code === 0 ? undefined : (error ?? new Error('failed without a reason'))),
        );
      } catch (error) {
        finish(error instanceof Error ? error : new Error(String(error)));
      }
    });
  }

  #account(count: number, error: Error | undefined): void {
    const { listener } = this.#options;
    const failed = error === undefined ? 0 : error instanceof SpanExportError ? error.failedSpans : count;
    if (count > failed) listener.spansExported(count - failed);
    if (error === undefined) return;
    listener.spansFailed(error instanceof SpanExportError ? error.reason : 'error', failed);
    listener.dropped('traces', 'export_failed', failed);
    for (const note of this.#failures) note(error.message);
    this.#failedSinceWarning += failed;
    if (performance.now() - this.#warnedAt < warnEveryMs) return;
    this.#options.warn(`${this.#failedSinceWarning} spans could not be exported: ${error.message}`);
    this.#warnedAt = performance.now();
    this.#failedSinceWarning = 0;
  }
}
