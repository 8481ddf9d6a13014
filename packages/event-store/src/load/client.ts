import { Agent, request } from 'node:http';
import { Agent as TlsAgent, request as tlsRequest } from 'node:https';

/** What a call came to. */
export interface CallResult {
  readonly status: number;
  readonly body: string;
}

/** Calls a service over connections that are kept open. */
export class LoadClient {
  readonly #base: URL;
  readonly #token: string | undefined;
  readonly #agent: Agent;
  readonly #timeoutMs: number;

  constructor(
    url: string,
    options: { readonly token?: string | undefined; readonly connections: number; readonly timeoutMs?: number },
  ) {
    this.#base = new URL(url);
    this.#token = options.token;
    this.#timeoutMs = options.timeoutMs ?? 30_000;
    const kind = this.#base.protocol === 'https:' ? TlsAgent : Agent;
    this.#agent = new kind({ keepAlive: true, maxSockets: options.connections });
  }

  /** Rejects when there is no answer in time. */
  call(method: string, path: string, body?: string): Promise<CallResult> {
    const send = this.#base.protocol === 'https:' ? tlsRequest : request;
    return new Promise((resolve, reject) => {
      const outgoing = send(
        new URL(this.#base.pathname.replace(/\/$/, '') + path, this.#base),
        {
          method,
          agent: this.#agent,
          timeout: this.#timeoutMs,
          headers: {
            ...(body === undefined
              ? {}
              : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }),
            ...(this.#token === undefined ? {} : { authorization: `Bearer ${this.#token}` }),
          },
        },
        (response) => {
          let text = '';
          response.setEncoding('utf8');
          response.on('data', (part) => (text += part));
          response.on('end', () => resolve({ status: response.statusCode ?? 0, body: text }));
          response.on('error', reject);
        },
      );
      outgoing.on('timeout', () => outgoing.destroy(new Error(`no answer within ${this.#timeoutMs} ms`)));
      outgoing.on('error', reject);
      outgoing.end(body);
    });
  }

  close(): void {
    this.#agent.destroy();
  }
}
