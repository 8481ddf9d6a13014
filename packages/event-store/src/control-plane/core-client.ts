/** What the core answered: its status and its JSON, or that it was no JSON. */
export interface CoreAnswer {
  readonly status: number;
  /** `undefined`: the body was no JSON object. */
  readonly body: Readonly<Record<string, unknown>> | undefined;
}

/** Nothing came back from the core in time. */
export class CoreUnreachable extends Error {
  constructor(cause: unknown, timeoutMs: number) {
    const error = cause as Error & { readonly cause?: Error };
    const isLate = error.name === 'TimeoutError' || error.name === 'AbortError';
    super(
      isLate
        ? `the core did not answer within ${timeoutMs} ms`
        : `the core is unreachable: ${error.cause?.message ?? error.message}`,
    );
    this.name = 'CoreUnreachable';
  }
}

export interface CoreClientOptions {
  readonly url: string;
  /** Milliseconds that the core gets for a whole answer, where a call does not say otherwise. */
  readonly timeoutMs: number;
  /** Bearer token of the core. */
  readonly token?: string | undefined;
}

export interface CallOptions {
  readonly body?: object;
  readonly timeoutMs?: number;
}

const mostAnswerBytes: number = 4 * 1024 * 1024;

/** Calls the core; a core that hangs costs the timeout, never more. */
export class CoreClient {
  readonly url: string;
  readonly #timeoutMs: number;
  readonly #token: string | undefined;

  constructor({ url, timeoutMs, token }: CoreClientOptions) {
    this.url = url.replace(/\/+$/, '');
    this.#timeoutMs = timeoutMs;
    this.#token = token;
  }

  /** Rejects with CoreUnreachable. */
  async call(
    method: 'GET' | 'POST',
    path: string,
    { body, timeoutMs = this.#timeoutMs }: CallOptions = {},
  ): Promise<CoreAnswer> {
    try {
      const response = await fetch(this.url + path, {
        method,
        headers: {
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...(this.#token === undefined ? {} : { authorization: `Bearer ${this.#token}` }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        signal: AbortSignal.timeout(timeoutMs),
      });
      return { status: response.status, body: parseObject(await readAtMost(response, mostAnswerBytes)) };
    } catch (error) {
      throw new CoreUnreachable(error, timeoutMs);
    }
  }
}

async function readAtMost(response: Response, maximumBytes: number): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    bytes += chunk.length;
    if (bytes > maximumBytes) return '';
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

function parseObject(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}
