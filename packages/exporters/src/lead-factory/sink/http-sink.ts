import type { SpendDecision, SpendRequest } from '../cost-ledger.ts';
import type { CostEntry } from '../entry.ts';
import { LedgerError } from '../errors.ts';

export interface HttpSinkOptions {
  /** Where `costs serve` listens. */
  readonly url: string;
  readonly token: string | undefined;
  readonly authorizeOnError: 'allow' | 'deny';
}

const appendTimeoutMs = 5000;
const authorizeTimeoutMs = 2000;

/** Hands costs to the service of the ledger. */
export class HttpSink {
  readonly #options: HttpSinkOptions;

  constructor(options: HttpSinkOptions) {
    this.#options = options;
  }

  /** Resolves when the service has booked the entry. */
  async append(entry: CostEntry): Promise<void> {
    const { costUsd, timeMs, externalId, sessionId, businessId, ...rest } = entry;
    const body = {
      ...rest,
      cost_dollars: costUsd,
      timestamp: timeMs === undefined ? undefined : new Date(timeMs).toISOString(),
      external_id: externalId,
      session_id: sessionId,
      business_id: businessId,
    };
    await this.#post('/costs', body, appendTimeoutMs);
  }

  async authorize(request: SpendRequest): Promise<SpendDecision> {
    try {
      return (await this.#post('/authorize', request, authorizeTimeoutMs)) as SpendDecision;
    } catch (error) {
      return { allowed: this.#options.authorizeOnError === 'allow', reason: (error as Error).message };
    }
  }

  async close(): Promise<void> {}

  async #post(path: string, body: object, timeoutMs: number): Promise<unknown> {
    const { url, token } = this.#options;
    let response: Response;
    try {
      response = await fetch(`${url.replace(/\/+$/, '')}${path}`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json', ...(token && { Authorization: `Bearer ${token}` }) },
        body: JSON.stringify(body),
        signal: AbortSignal.timeout(timeoutMs),
      });
    } catch (error) {
      throw new LedgerError('store_unavailable', `The cost service ${url} does not answer`, { cause: error });
    }
    if (response.ok) return await response.json();
    const text = (await response.text()).slice(0, 200);
    throw new LedgerError('store_unavailable', `The cost service ${url} answered ${response.status}: ${text}`);
  }
}
