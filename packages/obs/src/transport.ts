import type { Agent, ClientRequest, IncomingMessage } from 'node:http';

export interface TransportOptions {
  /** `http:` or `https:`; credentials in it are sent as basic authentication and never shown in messages. */
  readonly url: string | URL;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** For one `send`, its retries included, milliseconds. Default 10000. */
  readonly timeoutMs?: number;
  /** Compress bodies above 10 KB with gzip, on the thread pool. Default false. */
  readonly compress?: boolean;
}

/** Why a body was not delivered: `rejected` was answered so, `unavailable` asked to come back later and never took it. */
export type SendFailureReason = 'network' | 'timeout' | 'rejected' | 'unavailable' | 'closed';

export type SendResult =
  | { readonly ok: true; readonly status: number }
  | { readonly ok: false; readonly reason: SendFailureReason; readonly message: string };

/** Sends telemetry to one URL. Nothing it opens keeps the process alive. */
export interface Transport {
  /**
   * POSTs a body, again after a network error, 429, 502, 503 or 504, until `timeoutMs` is over. Respects `Retry-After`.
   * Never rejects.
   */
  send(body: Uint8Array, contentType: string): Promise<SendResult>;
  /** For the next `timeoutMs` milliseconds no backoff is waited out, only what `Retry-After` asks for within them. */
  hurry(timeoutMs: number): void;
  /** Aborts what is in flight and closes the connections. Every later `send` resolves with `closed`. */
  close(): void;
}

/** Opens nothing yet: `node:http` is loaded by the first `send`. Throws a `TypeError` for a URL that is none. */
export function createTransport(options: TransportOptions): Transport {
  return new HttpTransport(options);
}

interface Answer {
  readonly result: SendResult;
  /** Undefined where trying again makes no sense. */
  readonly retryAfterMs?: number | 'backoff';
}

const responseLimit = 65_536;
const messageLimit = 200;
const compressAbove = 10_240;
/** Also where `Retry-After` asks for less: a collector in trouble must not be hammered. */
const minimumWaitMs = 100;

class HttpTransport implements Transport {
  readonly #url: URL;
  readonly #headers: Readonly<Record<string, string>>;
  readonly #timeoutMs: number;
  readonly #compress: boolean;
  readonly #requests = new Set<ClientRequest>();
  readonly #sleepers = new Set<() => void>();
  #agent: Agent | undefined;
  #hurriedUntil = 0;
  #closed = false;

  constructor(options: TransportOptions) {
    this.#url = new URL(options.url);
    if (!/^https?:$/.test(this.#url.protocol)) throw new TypeError(`Not an http or https URL: ${place(this.#url)}`);
    this.#headers = options.headers ?? {};
    this.#timeoutMs = options.timeoutMs ?? 10_000;
    this.#compress = options.compress ?? false;
  }

  async send(body: Uint8Array, contentType: string): Promise<SendResult> {
    const deadline = Date.now() + this.#timeoutMs;
    try {
      const headers: Record<string, string> = { ...this.#headers, 'content-type': contentType };
      if (this.#compress && body.length > compressAbove) {
        body = await gzip(body);
        headers['content-encoding'] = 'gzip';
      }
      for (let attempt = 1; ; attempt++) {
        if (this.#closed) return this.#failure('closed', 'shut down');
        const { result, retryAfterMs } = await this.#attempt(body, headers, deadline);
        if (result.ok || retryAfterMs === undefined || this.#closed) return result;
        const waitMs = this.#wait(attempt, retryAfterMs);
        if (waitMs === undefined || Date.now() + waitMs >= deadline) return result;
        await this.#sleep(waitMs);
      }
    } catch (error) {
      return this.#failure('rejected', describe(error));
    }
  }

  hurry(timeoutMs: number): void {
    this.#hurriedUntil = Date.now() + timeoutMs;
    this.#wake();
  }

  close(): void {
    this.#closed = true;
    for (const request of this.#requests) request.destroy(new Error('shut down'));
    this.#agent?.destroy();
    this.#wake();
  }

  /** Undefined where waiting is not worth it. */
  #wait(attempt: number, retryAfterMs: number | 'backoff'): number | undefined {
    const hurryLeftMs = this.#hurriedUntil - Date.now();
    if (retryAfterMs !== 'backoff') {
      if (hurryLeftMs > 0 && retryAfterMs >= hurryLeftMs) return undefined;
      return Math.max(minimumWaitMs, retryAfterMs);
    }
    if (hurryLeftMs > 0) return attempt > 1 ? undefined : Math.min(minimumWaitMs, hurryLeftMs);
    return Math.min(5000, 250 * 2 ** (attempt - 1)) * (0.8 + Math.random() * 0.4);
  }

  #sleep(milliseconds: number): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        clearTimeout(timer);
        this.#sleepers.delete(done);
        resolve();
      };
      const timer = setTimeout(done, milliseconds).unref();
      this.#sleepers.add(done);
    });
  }

  #wake(): void {
    for (const done of [...this.#sleepers]) done();
  }

  #attempt(body: Uint8Array, headers: Record<string, string>, deadline: number): Promise<Answer> {
    return new Promise((resolve) => {
      const request = this.#open({ ...headers, 'content-length': String(body.length) });
      const timer = setTimeout(() => request.destroy(new TimeoutError()), Math.max(1, deadline - Date.now())).unref();
      const finish = (answer: Answer): void => {
        clearTimeout(timer);
        this.#requests.delete(request);
        resolve(answer);
      };
      this.#requests.add(request);
      request.on('socket', (socket) => socket.unref());
      request.on('error', (error) => finish(this.#broken(error)));
      request.on('response', (response) => this.#read(response, finish));
      request.end(body);
    });
  }

  #open(headers: Record<string, string>): ClientRequest {
    const secure = this.#url.protocol === 'https:';
    const client = secure ? process.getBuiltinModule('node:https') : process.getBuiltinModule('node:http');
    this.#agent ??= new client.Agent({ keepAlive: true, maxSockets: 4, ...proxy() });
    return client.request(this.#url, { method: 'POST', headers, agent: this.#agent });
  }

  #read(response: IncomingMessage, finish: (answer: Answer) => void): void {
    const status = response.statusCode ?? 0;
    let text = '';
    let length = 0;
    response.on('data', (chunk: Buffer) => {
      length += chunk.length;
      if (text.length < messageLimit) text += chunk.toString('utf8', 0, messageLimit);
      if (length > responseLimit) response.destroy();
    });
    response.on('error', () => {});
    response.on('close', () => {
      if (status >= 200 && status < 300) {
        finish({ result: { ok: true, status } });
        return;
      }
      const message = `HTTP ${status} ${printable(text)}`.trim();
      if (![429, 502, 503, 504].includes(status)) finish({ result: this.#failure('rejected', message) });
      else {
        const retryAfterMs = parseRetryAfter(response.headers['retry-after']) ?? 'backoff';
        finish({ result: this.#failure('unavailable', message), retryAfterMs });
      }
    });
  }

  #broken(error: Error): Answer {
    if (this.#closed) return { result: this.#failure('closed', 'shut down') };
    if (error instanceof TimeoutError)
      return { result: this.#failure('timeout', `no answer in ${this.#timeoutMs} ms`) };
    return { result: this.#failure('network', describe(error)), retryAfterMs: 'backoff' };
  }

  #failure(reason: SendFailureReason, message: string): SendResult {
    return { ok: false, reason, message: `${place(this.#url)}: ${message}` };
  }
}

class TimeoutError extends Error {}

/** Where Node itself uses the proxy of the environment, so does our agent. */
function proxy(): { proxyEnv?: NodeJS.ProcessEnv } {
  const wanted = process.env['NODE_USE_ENV_PROXY'] === '1' || process.execArgv.includes('--use-env-proxy');
  return wanted ? { proxyEnv: process.env } : {};
}

function gzip(body: Uint8Array): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    const { gzip: compress } = process.getBuiltinModule('node:zlib');
    compress(body, { level: 1 }, (error, result) => (error === null ? resolve(result) : reject(error)));
  });
}

function parseRetryAfter(value: string | undefined): number | undefined {
  if (value === undefined) return undefined;
  const milliseconds = /^\d+$/.test(value) ? Number(value) * 1000 : Date.parse(value) - Date.now();
  return Number.isFinite(milliseconds) ? Math.max(0, milliseconds) : undefined;
}

function place(url: URL): string {
  return `${url.protocol}//${url.host}${url.pathname}`;
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.message || (error as NodeJS.ErrnoException).code || error.name;
}

function printable(text: string): string {
  return text
    .slice(0, messageLimit)
    .replace(/[^\x20-\x7e]+/g, ' ')
    .trim();
}
