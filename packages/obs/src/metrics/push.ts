import type { Failure } from '../api.ts';
import { messageOf } from '../errors.ts';
import { createTransport, type Transport } from '../transport.ts';

export interface MetricPushOptions {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>> | undefined;
  readonly intervalMs: number;
  /** The body of one push, `ExportMetricsServiceRequest` in protobuf. */
  readonly collect: () => Promise<Uint8Array>;
  /** Told of each push, with its duration in seconds and what went wrong. */
  readonly done: (seconds: number, failure: string | undefined) => void;
  readonly warn: (message: string) => void;
}

const quietMs = 60_000;

function within<Value>(promise: Promise<Value>, timeoutMs: number): Promise<Value | undefined> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(undefined), timeoutMs).unref();
    promise.then((value) => {
      clearTimeout(timer);
      resolve(value);
    });
  });
}

/**
 * Pushes metrics in intervals, one push at a time; a failed one is made good by the next, since sums are cumulative.
 * Failures are said once a minute. Keeps no process alive.
 */
export class MetricPush {
  private readonly options: MetricPushOptions;
  private readonly transport: Transport;
  private timer: NodeJS.Timeout | undefined;
  private inFlight: Promise<string | undefined> | undefined;
  private warnedAtMs = Number.NEGATIVE_INFINITY;

  /** Throws a `TypeError` for a URL that is none. */
  constructor(options: MetricPushOptions) {
    this.options = options;
    const { url, headers, intervalMs } = options;
    this.transport = createTransport({ url, headers, timeoutMs: Math.min(10_000, intervalMs), compress: true });
  }

  start(): void {
    this.timer ??= setInterval(() => {
      if (this.inFlight === undefined) void this.push();
    }, this.options.intervalMs).unref();
  }

  /** Waits for a push under way, then pushes once more. Resolves within `timeoutMs`; never rejects. */
  async flush(timeoutMs: number): Promise<readonly Failure[]> {
    this.transport.hurry(timeoutMs);
    const all = (async (): Promise<{ readonly failure: string | undefined }> => {
      await this.inFlight;
      return { failure: await this.push() };
    })();
    const result = await within(all, timeoutMs);
    const message = result === undefined ? `metrics were not pushed within ${timeoutMs} ms` : result.failure;
    return message === undefined ? [] : [{ part: 'metrics', message }];
  }

  /** Flushes, then closes connections and timer. */
  async stop(timeoutMs: number): Promise<readonly Failure[]> {
    clearInterval(this.timer);
    this.timer = undefined;
    const failures = await this.flush(timeoutMs);
    this.transport.close();
    return failures;
  }

  private push(): Promise<string | undefined> {
    const pushing = this.send().finally(() => {
      if (this.inFlight === pushing) this.inFlight = undefined;
    });
    this.inFlight = pushing;
    return pushing;
  }

  private async send(): Promise<string | undefined> {
    const start = performance.now();
    const failure = await this.attempt();
    this.options.done((performance.now() - start) / 1000, failure);
    if (failure !== undefined && start - this.warnedAtMs >= quietMs) {
      this.warnedAtMs = start;
      this.options.warn(`Metrics are not pushed: ${failure}`);
    }
    return failure;
  }

  private async attempt(): Promise<string | undefined> {
    try {
      const result = await this.transport.send(await this.options.collect(), 'application/x-protobuf');
      return result.ok ? undefined : result.message;
    } catch (error) {
      return messageOf(error);
    }
  }
}
